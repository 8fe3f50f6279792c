"""Every error of a code string, with the exact text, line and caret that a user sees."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from ml_genn.engines.embedded.language import ModelCodeError, Scope, resolve_type
from ml_genn.engines.embedded.language.parser import MAX_DEPTH
from ml_genn.engines.embedded.language.tree import Position, Symbol
from ml_genn.engines.embedded.language.types import FLOAT
from ml_genn.errors import DescriptionError

from .model import SINGLE, formula, program, text

# three lines each: place and reason, the code after two blanks, the caret
BLOCKS = (Path(__file__).parent / "errors.txt").read_text(encoding="utf-8").splitlines()
ERRORS = ["\n".join(BLOCKS[i : i + 3]) for i in range(0, len(BLOCKS), 3)]


@pytest.mark.parametrize("expected", ERRORS, ids=lambda block: block.splitlines()[1].strip())
def test_error(expected: str) -> None:
    code = expected.splitlines()[1][2:]
    with pytest.raises(ModelCodeError) as caught:
        program(code)
    assert str(caught.value) == f"hidden.sim_code:{expected}"


FORMULAS = [
    ("", "1:1: expected a value, found the end of the code\n  \n  ^"),
    ("V > 1;", "1:6: unexpected ';' behind the expression, which takes no ';'\n  V > 1;\n       ^"),
    ("V > 1 V", "1:7: unexpected 'V' behind the expression\n  V > 1 V\n        ^"),
    ("scalar a", "1:1: a type cannot stand here; write (scalar)x to convert x\n  scalar a\n  ^"),
    ("V = 1", "1:3: a condition or formula cannot change variables\n  V = 1\n    ^"),
    ("n++ > 1", "1:5: a condition or formula cannot change variables\n  n++ > 1\n      ^"),
    ("w", "1:1: 'w' is a pointer; take an element, such as w[0]\n  w\n  ^"),
    ("addToPost(V)", "1:1: addToPost gives no value; call it as a statement of its own\n  addToPost(V)\n  ^"),
]


@pytest.mark.parametrize(("code", "expected"), FORMULAS)
def test_error_of_a_formula(code: str, expected: str) -> None:
    with pytest.raises(ModelCodeError) as caught:
        formula(code)
    assert str(caught.value) == f"hidden.sim_code:{expected}"


TYPES = [
    ("", "1:1: expected a type, found the end of the code\n  \n  ^"),
    ("scaler", "1:1: expected a type, found 'scaler' (did you mean 'scalar'?)\n  scaler\n  ^"),
    ("long float", "1:1: 'long float' is not a type\n  long float\n  ^"),
    ("scalar**", "1:8: unexpected '*' behind the type\n  scalar**\n         ^"),
    ("int x", "1:5: unexpected 'x' behind the type\n  int x\n      ^"),
    ("const", "1:1: const needs a type behind it\n  const\n  ^"),
]


@pytest.mark.parametrize(("name", "expected"), TYPES)
def test_error_of_a_type(name: str, expected: str) -> None:
    with pytest.raises(ModelCodeError) as caught:
        resolve_type(name, SINGLE, "hidden.V")
    assert str(caught.value) == f"hidden.V:{expected}"


@pytest.mark.parametrize(
    ("code", "place", "line", "caret"),
    [
        ("V = 1;\n\nV = x;\n", "3:5", "V = x;", 4),
        ("V = 1; /* a\n b */ V = x;\nV = 2;", "2:11", " b */ V = x;", 10),
        ("V = 1;\r\nV = x;\r\n", "2:5", "V = x;", 4),
        ("V = 1\n\n", "1:6", "V = 1", 5),  # the place where ';' is missing, not where the code ends
        ("\tV = x;", "1:6", " V = x;", 5),  # a tab takes one column, in the line and above the caret
        ("V = \x1b;", "1:5", "V =  ;", 4),  # nothing that a terminal would obey
        ("/* \u2028 */ V = x;", "1:13", "/*   */ V = x;", 12),
    ],
)
def test_place_and_line(code: str, place: str, line: str, caret: int) -> None:
    with pytest.raises(ModelCodeError) as caught:
        program(code)
    head, shown, below = str(caught.value).split("\n")
    assert head.startswith(f"hidden.sim_code:{place}: ")
    assert (shown, below) == (f"  {line}", f"  {' ' * caret}^")


def test_long_line_is_cut_around_the_caret() -> None:
    with pytest.raises(ModelCodeError) as caught:
        program("V = 1; " * 20 + "V = x;" + " V = 1;" * 20)
    head, shown, below = str(caught.value).split("\n")
    assert head.startswith("hidden.sim_code:1:145: unknown name 'x'")
    assert shown[below.index("^")] == "x"
    assert shown.startswith("  ...") and shown.endswith("...") and len(shown) == 2 + 3 + 100 + 3


def test_fields_say_what_the_text_says() -> None:
    with pytest.raises(ModelCodeError) as caught:
        program("V = Vrset;")
    error = caught.value
    assert (error.where, error.source, error.position) == ("hidden.sim_code", "V = Vrset;", Position(1, 5))
    assert (error.reason, error.suggestions) == ("unknown name 'Vrset'", ("Vreset",))


def test_error_survives_pickling() -> None:
    with pytest.raises(ModelCodeError) as caught:
        program("V = Vrset;")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301


def test_conflict_names_the_variable_as_the_code_does() -> None:
    with pytest.raises(ModelCodeError, match="'n' is changed and used again here"):
        program("int n; { int n = 1; V = n++ + n; }")


def test_name_given_twice_to_a_scope() -> None:
    with pytest.raises(DescriptionError, match="the name 'V' is given twice; every name in a model must be its own"):
        Scope([Symbol("V", FLOAT), Symbol("V", FLOAT, writable=True)])


# depth: the deepest that is accepted, and one more level

NESTED = {
    "parentheses": lambda depth: "V = " + "(" * (depth - 3) + "V" + ")" * (depth - 3) + ";",
    "signs": lambda depth: "V = " + "- " * (depth - 3) + "V;",
    "sum": lambda depth: "V = 1" + " + 1" * (depth - 3) + ";",
    "indices": lambda depth: "V = " + "w[(int)" * ((depth - 3) // 2) + "n" + "]" * ((depth - 3) // 2) + ";",
    "assignments": lambda depth: "V" + " = V" * (depth - 1) + ";",
    "compound assignments": lambda depth: "n" + " += n" * (depth - 1) + ";",
    "blocks": lambda depth: "{" * (depth - 2) + "V;" + "}" * (depth - 2),
    "else if": lambda depth: "if (b) ; else " * (depth - 2) + "V;",
    "loops": lambda depth: "while (b) " * (depth - 2) + "V;",
    "ternaries": lambda depth: "V = " + "b ? V : " * (depth - 4) + "V;",
    "calls": lambda depth: "V = " + "exp(" * (depth - 3) + "V" + ")" * (depth - 3) + ";",
}
"""Code nested so deep, each with a few levels for the statement and the expression around it."""


@pytest.mark.parametrize("kind", [kind for kind in NESTED if "assignments" not in kind])
def test_depth_is_limited(kind: str) -> None:
    assert text(NESTED[kind](MAX_DEPTH - 5))
    with pytest.raises(ModelCodeError, match="nested deeper than 100 levels; split this into several statements"):
        program(NESTED[kind](MAX_DEPTH + 10))


@pytest.mark.parametrize("kind", NESTED)
def test_absurd_depth_is_an_error_too(kind: str) -> None:
    with pytest.raises(ModelCodeError, match="nested deeper than 100 levels"):
        program(NESTED[kind](10_000))
