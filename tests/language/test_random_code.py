"""Whatever is thrown at the compiler, it gives a well-formed tree or one positioned error, never anything else."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ml_genn.engines.embedded.language import ModelCodeError, tree
from ml_genn.engines.embedded.language.parser import RESERVED_WORDS
from ml_genn.engines.embedded.language.printer import print_program
from ml_genn.engines.embedded.language.scanner import OPERATORS, REFUSED
from ml_genn.engines.embedded.language.semantics import BINARY as BINARY_OPERATORS
from ml_genn.engines.embedded.language.types import BOOL, NumericType

from .model import NUMBERS, program

LOGIC, COMPARISONS, SHIFTS = ("&&", "||"), ("==", "!=", "<", "<=", ">", ">="), ("<<", ">>")

# Text


def compiled(code: str) -> tree.Program | None:
    """The program, or None for code refused with an error whose place lies within the code."""
    try:
        return program(code)
    except ModelCodeError as error:
        lines = code.split("\n")
        assert 1 <= error.position.line <= len(lines)
        assert 1 <= error.position.column <= len(lines[error.position.line - 1]) + 1
        assert str(error).count("\n") == 2
        return None


def check(code: str) -> None:
    """Compiles the code; if that works, checks the tree, and that its text compiles to the same text."""
    result = compiled(code)
    if result is None:
        return
    check_block(result.body, {})
    text = print_program(result)
    assert print_program(program(text)) == text


WORDS = [
    *OPERATORS,
    *REFUSED,
    *sorted(RESERVED_WORDS),
    *NUMBERS,
    *("w", "table", "Vreset", "x", "exp", "pow", "min", "gennrand", "gennrand_uniform", "addToPost", "printf"),
    *("0", "1", "7u", "010", "0xff", "1.5", "2.5f", ".5d", "1e9", "99999999999999999999", "\n", "// x\n", "/* x */"),
]


@given(st.binary(max_size=80))
@settings(deadline=None)
def test_bytes(data: bytes) -> None:
    check(data.decode("latin-1"))


@given(st.text(max_size=60))
@settings(deadline=None)
def test_characters(code: str) -> None:
    check(code)


@given(st.lists(st.sampled_from(WORDS), max_size=25), st.sampled_from(["", " "]))
@settings(deadline=None, max_examples=400)
def test_tokens(words: list[str], separator: str) -> None:
    check(separator.join(words))


# Code that is mostly right

LEAVES = st.sampled_from([*NUMBERS, "Vreset", "w[n]", "*w", "table[0]", "1", "3u", "0xffl", "2.5", "0.1d", "true", "x"])
BINARY = st.sampled_from(list(BINARY_OPERATORS))


def _combine(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, BINARY, inner).map(" ".join),
        st.tuples(st.sampled_from("-~!+"), inner).map(" ".join),
        inner.map("({})".format),
        st.tuples(st.sampled_from(["int", "uint8_t", "scalar", "double", "bool"]), inner).map(
            "({0[0]})({0[1]})".format
        ),
        st.tuples(inner, inner, inner).map("({0[0]} ? {0[1]} : {0[2]})".format),
        st.tuples(st.sampled_from(["exp", "isnan", "abs", "(int)"]), inner).map("{0[0]}({0[1]})".format),
        st.tuples(st.sampled_from(["pow", "min", "fmod"]), inner, inner).map("{0[0]}({0[1]}, {0[2]})".format),
        inner.map("w[(int)({})]".format),
        st.sampled_from(["n++", "--k", "(u = 3)", "gennrand_uniform()"]),
    )


EXPRESSIONS = st.recursive(LEAVES, _combine, max_leaves=8)
TARGETS = st.sampled_from([*NUMBERS, "w[n]", "x"])
SIMPLE = st.one_of(
    st.tuples(TARGETS, st.sampled_from(["=", "+=", "-=", "/=", "%=", "<<=", "&="]), EXPRESSIONS).map(
        "{0[0]} {0[1]} {0[2]};".format
    ),
    st.tuples(st.sampled_from(["scalar", "int", "const uint8_t"]), EXPRESSIONS).map("{0[0]} x = {0[1]};".format),
    st.sampled_from(["n++;", "scalar x;", "addToPost(V);", "break;", "continue;", ";"]),
)


def _nest(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    block = st.lists(inner, max_size=3).map(lambda statements: "{ " + " ".join(statements) + " }")
    return st.one_of(
        block,
        st.tuples(EXPRESSIONS, block).map("if ({0[0]}) {0[1]}".format),
        st.tuples(EXPRESSIONS, block, block).map("if ({0[0]}) {0[1]} else {0[2]}".format),
        st.tuples(EXPRESSIONS, block).map("while ({0[0]}) {0[1]}".format),
        st.tuples(block, EXPRESSIONS).map("do {0[0]} while ({0[1]});".format),
        st.tuples(EXPRESSIONS, block).map("for (int x = 0, y; x < {0[0]}; x++, V += y) {0[1]}".format),
        st.tuples(block, block).map("switch (n) {{ case 1: {0[0]} break; default: {0[1]} }}".format),
    )


PROGRAMS = st.lists(st.recursive(SIMPLE, _nest, max_leaves=6), max_size=4).map("\n".join)


@given(PROGRAMS)
@settings(deadline=None, max_examples=200)
def test_programs(code: str) -> None:
    check(code)


@given(EXPRESSIONS)
@settings(deadline=None, max_examples=300)
def test_expressions(code: str) -> None:
    check(f"V = {code};")


# What tree.py promises


def check_block(block: tree.Block, known: dict[str, NumericType]) -> None:
    """Every node has the types that tree.py promises; every local is declared once, before its use."""
    for statement in block.statements:
        for expression in _expressions(statement):
            check_expression(expression, known)
        if isinstance(statement, tree.Declare):
            assert statement.name not in known and statement.name not in NUMBERS
            assert statement.value is None or statement.value.type == statement.type
            known[statement.name] = statement.type
        if isinstance(statement, tree.If | tree.While):
            assert statement.condition.type == BOOL
        for child in _children(statement):
            if isinstance(child, tree.Statement):
                check_block(child if isinstance(child, tree.Block) else tree.Block((child,)), known)


def check_expression(node: tree.Expression, known: dict[str, NumericType]) -> None:
    for child in _expressions(node):
        check_expression(child, known)
    if isinstance(node, tree.LocalName):
        assert known[node.name] == node.type
    promise = PROMISES.get(type(node))
    assert promise is None or promise(node), node


def good_binary(node: tree.Binary) -> bool:
    left, right = node.left.type, node.right.type
    if node.operator in LOGIC:
        return left == right == node.type == BOOL
    if node.operator in COMPARISONS:
        return left == right and node.type == BOOL
    if node.operator in SHIFTS:
        return left == node.type and not left.is_float and not right.is_float
    return left == right == node.type and node.type.bits >= 32


PROMISES: dict[type, Callable[[Any], bool]] = {
    tree.Number: lambda node: 0 <= node.value < float("inf"),
    tree.Unary: lambda node: node.operand.type == node.type,
    tree.Binary: good_binary,
    tree.Cast: lambda node: node.operand.type != node.type,
    tree.Conditional: lambda node: node.condition.type == BOOL and node.then.type == node.otherwise.type == node.type,
    tree.Call: lambda node: tuple(argument.type for argument in node.arguments) == node.function.parameters,
    tree.Index: lambda node: node.index.type.kind in ("int", "uint") and node.index.type.bits >= 32,
    tree.Assign: lambda node: node.value.type == node.target.type,
}


def _children(node: object) -> Iterator[object]:
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        yield from value if isinstance(value, tuple) else (value,)


def _expressions(node: object) -> Iterator[tree.Expression]:
    return (child for child in _children(node) if isinstance(child, tree.Expression))
