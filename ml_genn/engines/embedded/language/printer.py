"""Typed tree -> readable text in the language itself: every conversion and grouping written out, one statement a line.

The text of a program compiles to a program with the same text. For people, and for tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ml_genn.engines.embedded.language import tree
from ml_genn.engines.embedded.language.types import DOUBLE, FLOAT, INT32, INT64, UINT32, UINT64
from ml_genn.errors import InternalCompilerError

SUFFIXES = {INT32: "", UINT32: "u", INT64: "l", UINT64: "ul", FLOAT: "f", DOUBLE: "d"}

INDENT = "    "


def print_program(program: tree.Program) -> str:
    """Text of a program, without a last newline; empty for an empty one."""
    return "\n".join(_lines(program.body.statements))


def print_formula(formula: tree.Formula) -> str:
    """Text of a formula."""
    return print_expression(formula.expression)


def print_expression(expression: tree.Expression) -> str:
    """Text of an expression."""
    rule = _EXPRESSIONS.get(type(expression))
    if rule is None:
        raise InternalCompilerError(f"no text for {expression!r}")
    return rule(expression)


# Statements


def _lines(statements: Iterable[tree.Statement]) -> Iterator[str]:
    for statement in statements:
        rule = _STATEMENTS.get(type(statement))
        if rule is None:
            raise InternalCompilerError(f"no text for {statement!r}")
        yield from rule(statement)


def _braced(head: str, body: tree.Statement, tail: str = "") -> Iterator[str]:
    """`head { body } tail`, with the body indented."""
    statements = body.statements if isinstance(body, tree.Block) else (body,)
    yield f"{head} {{".lstrip()
    yield from (INDENT + line for line in _lines(statements))
    yield f"}} {tail}".rstrip()


def _block(node: tree.Block) -> Iterator[str]:
    return _braced("", node)


def _declare(node: tree.Declare) -> Iterator[str]:
    value = f" = {print_expression(node.value)}" if node.value is not None else ""
    yield f"{node.type} {node.name}{value};"


def _evaluate(node: tree.Evaluate) -> Iterator[str]:
    yield f"{print_expression(node.expression)};"


def _if(node: tree.If) -> Iterator[str]:
    yield from _braced(f"if ({print_expression(node.condition)})", node.then)
    if node.otherwise is not None:
        yield from _braced("else", node.otherwise)


def _while(node: tree.While) -> Iterator[str]:
    condition = print_expression(node.condition)
    if not node.test_first:
        return _braced("do", node.body, f"while ({condition});")
    if node.steps:
        return _braced(f"for (; {condition}; {', '.join(map(print_expression, node.steps))})", node.body)
    return _braced(f"while ({condition})", node.body)


def _break(node: tree.Break) -> Iterator[str]:
    yield "break;"


def _continue(node: tree.Continue) -> Iterator[str]:
    yield "continue;"


_STATEMENTS: dict[type, Callable[[Any], Iterator[str]]] = {
    tree.Block: _block,
    tree.Declare: _declare,
    tree.Evaluate: _evaluate,
    tree.If: _if,
    tree.While: _while,
    tree.Break: _break,
    tree.Continue: _continue,
}

# Expressions


def _grouped(expression: tree.Expression) -> str:
    """Text that can be an operand of anything."""
    text = print_expression(expression)
    return f"({text})" if isinstance(expression, _LOOSE) else text


_LOOSE = (tree.Unary, tree.Binary, tree.Conditional, tree.Assign)


def _number(node: tree.Number) -> str:
    if node.type.kind == "bool":
        return "true" if node.value else "false"
    value = np.float32(node.value) if node.type == FLOAT else node.value  # the shortest digits of that precision
    if node.type in SUFFIXES:
        return f"{value!s}{SUFFIXES[node.type]}"
    return f"({node.type}){value}"


def _local(node: tree.LocalName) -> str:
    return node.name


def _symbol(node: tree.SymbolName) -> str:
    return node.symbol.name


def _unary(node: tree.Unary) -> str:
    return f"{node.operator}{_grouped(node.operand)}"


def _binary(node: tree.Binary) -> str:
    return f"{_grouped(node.left)} {node.operator} {_grouped(node.right)}"


def _cast(node: tree.Cast) -> str:
    return f"({node.type}){_grouped(node.operand)}"


def _conditional(node: tree.Conditional) -> str:
    return f"{_grouped(node.condition)} ? {_grouped(node.then)} : {_grouped(node.otherwise)}"


def _call(node: tree.Call) -> str:
    return f"{node.function.name}({', '.join(map(print_expression, node.arguments))})"


def _index(node: tree.Index) -> str:
    return f"{_symbol(node.base)}[{print_expression(node.index)}]"


def _assign(node: tree.Assign) -> str:
    target = print_expression(node.target)
    if not node.yields_old:
        return f"{target} = {print_expression(node.value)}"
    step = node.value.operand if isinstance(node.value, tree.Cast) else node.value
    if not isinstance(step, tree.Binary):
        raise InternalCompilerError(f"only x++ and x-- yield the old value, not {node!r}")
    return f"{target}{step.operator * 2}"


_EXPRESSIONS: dict[type, Callable[[Any], str]] = {
    tree.Number: _number,
    tree.LocalName: _local,
    tree.SymbolName: _symbol,
    tree.Unary: _unary,
    tree.Binary: _binary,
    tree.Cast: _cast,
    tree.Conditional: _conditional,
    tree.Call: _call,
    tree.Index: _index,
    tree.Assign: _assign,
}
