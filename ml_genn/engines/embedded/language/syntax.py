"""Untyped tree: what the parser makes of the tokens, and what the checker makes the typed tree of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

from ml_genn.engines.embedded.language.tree import Position
from ml_genn.engines.embedded.language.types import NumericType

# Expressions


@final
@dataclass(frozen=True)
class NumberText:
    """`1`, `0xffu`, `2.5e-3f`: not read yet."""

    text: str
    position: Position


@final
@dataclass(frozen=True)
class Truth:
    """`true` or `false`."""

    value: bool
    position: Position


@final
@dataclass(frozen=True)
class Name:
    """A name used as a value."""

    name: str
    position: Position


@final
@dataclass(frozen=True)
class Prefix:
    """`-x`, `+x`, `~x`, `!x`, `*x`, `++x`, `--x`."""

    operator: str
    operand: Expression
    position: Position


@final
@dataclass(frozen=True)
class Postfix:
    """`x++` or `x--`."""

    operator: str
    operand: Expression
    position: Position


@final
@dataclass(frozen=True)
class Infix:
    """Two operands; the position is the operator's."""

    operator: str
    left: Expression
    right: Expression
    position: Position


@final
@dataclass(frozen=True)
class Assignment:
    """`x = y`, or `x op= y` with the operator before the `=`."""

    operator: str | None
    target: Expression
    value: Expression
    position: Position


@final
@dataclass(frozen=True)
class Ternary:
    """`condition ? then : otherwise`."""

    condition: Expression
    then: Expression
    otherwise: Expression
    position: Position


@final
@dataclass(frozen=True)
class Invocation:
    """`name(arguments)`."""

    name: str
    arguments: tuple[Expression, ...]
    position: Position


@final
@dataclass(frozen=True)
class Subscript:
    """`base[index]`."""

    base: Expression
    index: Expression
    position: Position


@final
@dataclass(frozen=True)
class Conversion:
    """`(type) operand`."""

    type: NumericType
    operand: Expression
    position: Position


Expression = (
    NumberText | Truth | Name | Prefix | Postfix | Infix | Assignment | Ternary | Invocation | Subscript | Conversion
)

# Statements


@final
@dataclass(frozen=True)
class Compound:
    """`{ ... }`."""

    statements: tuple[Statement, ...]
    position: Position


@final
@dataclass(frozen=True)
class Declarator:
    """One variable of a declaration."""

    name: str
    value: Expression | None
    position: Position


@final
@dataclass(frozen=True)
class Declaration:
    """`const type a = 1, b;`."""

    type: NumericType
    constant: bool
    declarators: tuple[Declarator, ...]
    position: Position


@final
@dataclass(frozen=True)
class Act:
    """Expressions for their effect: a statement, or the comma-separated ones of a `for`."""

    expressions: tuple[Expression, ...]
    position: Position


@final
@dataclass(frozen=True)
class Branch:
    """`if` with or without `else`."""

    condition: Expression
    then: Statement
    otherwise: Statement | None
    position: Position


@final
@dataclass(frozen=True)
class Loop:
    """`while`, `do` and `for` in one; a missing condition is true."""

    first: Statement | None
    condition: Expression | None
    steps: tuple[Expression, ...]
    body: Statement
    test_first: bool
    position: Position


@final
@dataclass(frozen=True)
class Section:
    """Labels of a `switch` and the statements behind them; `default` is among the labels as None."""

    labels: tuple[Expression | None, ...]
    statements: tuple[Statement, ...]
    position: Position


@final
@dataclass(frozen=True)
class Switch:
    """`switch (selector) { sections }`."""

    selector: Expression
    sections: tuple[Section, ...]
    position: Position


@final
@dataclass(frozen=True)
class Jump:
    """`break` or `continue`."""

    word: Literal["break", "continue"]
    position: Position


Statement = Compound | Declaration | Act | Branch | Loop | Switch | Jump
