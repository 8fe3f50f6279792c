"""Typed tree of a checked code string: what the reference interprets and the cpu engine prints.

The checker makes every conversion explicit (`Cast`), lowers `x += y`, `++x` and `x--` to `Assign`, `for` and `do` to
`While`, and gives each local variable of one program a name of its own: whoever walks the tree needs no rules of C
beyond arithmetic on two operands of the same type.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, final

from ml_genn.engines.embedded.language.types import VOID, NumericType, PointerType, Type


@final
@dataclass(frozen=True)
class Position:
    """Place in a code string, both counted from one."""

    line: int
    column: int


@final
@dataclass(frozen=True)
class Symbol:
    """A name that the scope of a code string offers: a variable, parameter, pointer or built-in value.

    A `summed` one takes what is added to it and cannot be read: `x += y` becomes a call of `addition(symbol)`.
    """

    name: str
    type: NumericType | PointerType
    writable: bool = False
    summed: bool = False


class FunctionKind(Enum):
    """What calling a function means to a schedule."""

    MATHS = "maths"  # a pure function of its arguments
    RANDOM = "random"  # takes the next draw of the element that runs the code
    ACTION = "action"  # an effect on the network that the scope offers: addToPost, injectCurrent ...


@final
@dataclass(frozen=True)
class Function:
    """One overload of a library function, or an action of the scope."""

    name: str
    parameters: tuple[Type, ...]
    result: Type
    kind: FunctionKind = FunctionKind.MATHS


def addition(symbol: Symbol) -> Function:
    """The action that adds its argument to a summed variable."""
    return Function(f"{symbol.name} +=", (symbol.type,), VOID, FunctionKind.ACTION)


# Expressions


@final
@dataclass(frozen=True)
class Number:
    """A number or truth value written in the code, already in its final type; never negative, infinite or NaN."""

    value: int | float | bool
    type: NumericType
    position: Position


@final
@dataclass(frozen=True)
class LocalName:
    """Use of a variable declared in the code; `name` is unique within the program."""

    name: str
    type: NumericType
    position: Position


@final
@dataclass(frozen=True)
class SymbolName:
    """Use of a name of the scope."""

    symbol: Symbol
    position: Position

    @property
    def type(self) -> NumericType | PointerType:
        """Type of the value."""
        return self.symbol.type


UnaryOperator = Literal["-", "~", "!"]
BinaryOperator = Literal[
    "+", "-", "*", "/", "%", "<<", ">>", "&", "|", "^", "&&", "||", "==", "!=", "<", "<=", ">", ">="
]


@final
@dataclass(frozen=True)
class Unary:
    """`-x`, `~x` or `!x`; the operand already has the result's type (`bool` for `!`)."""

    operator: UnaryOperator
    operand: Expression
    type: NumericType
    position: Position


@final
@dataclass(frozen=True)
class Binary:
    """Two operands of one type (shifts: each its own; `&&`, `||`: bool); comparisons yield bool."""

    operator: BinaryOperator
    left: Expression
    right: Expression
    type: NumericType
    position: Position


@final
@dataclass(frozen=True)
class Cast:
    """Conversion to `type`, written or implied; out-of-range values have a defined result (semantics.md)."""

    operand: Expression
    type: NumericType
    position: Position


@final
@dataclass(frozen=True)
class Conditional:
    """`condition ? then : otherwise`; only the chosen side is evaluated."""

    condition: Expression
    then: Expression
    otherwise: Expression
    type: NumericType
    position: Position


@final
@dataclass(frozen=True)
class Call:
    """A function of the library or an action of the scope."""

    function: Function
    arguments: tuple[Expression, ...]
    position: Position

    @property
    def type(self) -> Type:
        """Type of the result."""
        return self.function.result


@final
@dataclass(frozen=True)
class Index:
    """`pointer[index]`."""

    base: SymbolName
    index: Expression
    type: NumericType
    position: Position


@final
@dataclass(frozen=True)
class Assign:
    """Stores `value`, which has the target's type; yields the new value, or the old one for `x++`."""

    target: LocalName | SymbolName | Index
    value: Expression
    position: Position
    yields_old: bool = False

    @property
    def type(self) -> Type:
        """Type of the target."""
        return self.target.type


Expression = Number | LocalName | SymbolName | Unary | Binary | Cast | Conditional | Call | Index | Assign

# Statements


@final
@dataclass(frozen=True)
class Block:
    """Statements in order."""

    statements: tuple[Statement, ...]


@final
@dataclass(frozen=True)
class Declare:
    """A new local variable; without an initial value it starts at zero."""

    name: str
    type: NumericType
    value: Expression | None
    position: Position


@final
@dataclass(frozen=True)
class Evaluate:
    """An expression for its effect."""

    expression: Expression


@final
@dataclass(frozen=True)
class If:
    """Branch on a bool."""

    condition: Expression
    then: Statement
    otherwise: Statement | None


@final
@dataclass(frozen=True)
class While:
    """Loop; `steps` run in order after the body and after `continue`; `test_first` is False for do-while."""

    condition: Expression
    body: Statement
    steps: tuple[Expression, ...] = ()
    test_first: bool = True


@final
@dataclass(frozen=True)
class Break:
    """Leaves the innermost loop."""


@final
@dataclass(frozen=True)
class Continue:
    """Goes to the next round of the innermost loop."""


Statement = Block | Declare | Evaluate | If | While | Break | Continue


@final
@dataclass(frozen=True)
class Program:
    """A checked code string: `reads` and `writes` are the scope's names it touches, `calls` the functions it uses.

    These three follow from the rest; their text, whose order is nobody's, is left out of a program's.
    """

    source: str
    where: str
    body: Block
    reads: frozenset[str] = field(repr=False)
    writes: frozenset[str] = field(repr=False)
    calls: frozenset[str] = field(repr=False)


@final
@dataclass(frozen=True)
class Formula:
    """A checked expression, such as a threshold condition (bool); its text is as that of a program."""

    source: str
    where: str
    expression: Expression
    reads: frozenset[str] = field(repr=False)
    calls: frozenset[str] = field(repr=False)
