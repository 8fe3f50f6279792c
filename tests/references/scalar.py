"""One lane of the modelling language in plain Python: integers of any size cut to their width, floats rounded.

Independent of numpy's arithmetic and of the interpreter's masks: `break` and `continue` are Python exceptions.
"""

from __future__ import annotations

import math
import operator
import struct
from collections.abc import Callable
from contextlib import suppress
from functools import singledispatchmethod
from typing import Any

import numpy as np

from ml_genn.engines.embedded.language import tree
from ml_genn.engines.embedded.language.types import NumericType

Number = int | float | bool


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


class ScalarMachine:
    """Runs a program on values by name; `met_denormal` tells whether any float on the way was denormal."""

    def __init__(self, values: dict[str, Number]) -> None:
        self.values = dict(values)
        self.met_denormal = False

    def run(self, program: tree.Program) -> dict[str, Number]:
        """The values after the program."""
        self.execute(program.body)
        return self.values

    @singledispatchmethod
    def execute(self, node: Any) -> None:
        raise TypeError(f"unknown statement {node!r}")

    @execute.register
    def _(self, node: tree.Block) -> None:
        for statement in node.statements:
            self.execute(statement)

    @execute.register
    def _(self, node: tree.Declare) -> None:
        self.values[node.name] = cut(0, node.type) if node.value is None else self.evaluate(node.value)

    @execute.register
    def _(self, node: tree.Evaluate) -> None:
        self.evaluate(node.expression)

    @execute.register
    def _(self, node: tree.If) -> None:
        if self.evaluate(node.condition):
            self.execute(node.then)
        elif node.otherwise is not None:
            self.execute(node.otherwise)

    @execute.register
    def _(self, node: tree.While) -> None:
        first = True
        try:
            while (first and not node.test_first) or self.evaluate(node.condition):
                first = False
                with suppress(_Continue):
                    self.execute(node.body)
                for step in node.steps:
                    self.evaluate(step)
        except _Break:
            pass

    @execute.register
    def _(self, node: tree.Break) -> None:
        raise _Break

    @execute.register
    def _(self, node: tree.Continue) -> None:
        raise _Continue

    def evaluate(self, node: Any) -> Number:
        """Value of an expression."""
        value = self._evaluate(node)
        if isinstance(value, float) and 0 < abs(value) < np.finfo(node.type.dtype).tiny:
            self.met_denormal = True
        return value

    @singledispatchmethod
    def _evaluate(self, node: Any) -> Number:
        raise TypeError(f"unknown expression {node!r}")

    @_evaluate.register
    def _(self, node: tree.Number) -> Number:
        return cut(node.value, node.type)

    @_evaluate.register
    def _(self, node: tree.LocalName) -> Number:
        return self.values[node.name]

    @_evaluate.register
    def _(self, node: tree.SymbolName) -> Number:
        return self.values[node.symbol.name]

    @_evaluate.register
    def _(self, node: tree.Unary) -> Number:
        operand = self.evaluate(node.operand)
        if node.operator == "!":
            return not operand
        return cut(-operand if node.operator == "-" else ~int(operand), node.type)

    @_evaluate.register
    def _(self, node: tree.Binary) -> Number:
        left = self.evaluate(node.left)
        if node.operator == "&&":
            return bool(left and self.evaluate(node.right))
        if node.operator == "||":
            return bool(left or self.evaluate(node.right))
        right = self.evaluate(node.right)
        if node.operator in ("<<", ">>"):
            return cut(_OPERATORS[node.operator](left, right % node.type.bits), node.type)
        return cut(_OPERATORS[node.operator](left, right), node.type)

    @_evaluate.register
    def _(self, node: tree.Cast) -> Number:
        value = self.evaluate(node.operand)
        if node.type.kind == "bool":
            return value != 0
        if isinstance(value, float) and not node.type.is_float:
            return saturate(value, node.type)
        return cut(value, node.type)

    @_evaluate.register
    def _(self, node: tree.Conditional) -> Number:
        return self.evaluate(node.then if self.evaluate(node.condition) else node.otherwise)

    @_evaluate.register
    def _(self, node: tree.Call) -> Number:
        arguments = [self.evaluate(argument) for argument in node.arguments]
        return cut(_LIBRARY[node.function.name](*arguments), node.type)

    @_evaluate.register
    def _(self, node: tree.Assign) -> Number:
        name = node.target.name if isinstance(node.target, tree.LocalName) else node.target.symbol.name
        old = self.values[name]
        self.values[name] = self.evaluate(node.value)
        return old if node.yields_old else self.values[name]


def cut(value: Number, type_: NumericType) -> Number:
    """An exact result in its type: integers wrap, floats round."""
    if type_.kind == "bool":
        return bool(value)
    if type_.is_float:
        return single(value) if type_.bits == 32 else float(value)
    wrapped = int(value) % (1 << type_.bits)
    return wrapped - (1 << type_.bits) if type_.kind == "int" and wrapped >> (type_.bits - 1) else wrapped


def single(value: Number) -> float:
    """Rounded to single precision; integers of more than 40 bits with their tail as one sticky bit, so only once."""
    if isinstance(value, int) and value.bit_length() > 40:
        tail = value.bit_length() - 40
        return math.ldexp(single(value >> tail | bool(value & ((1 << tail) - 1))), tail)
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def saturate(value: float, type_: NumericType) -> int:
    """A float as an integer: toward zero, then to the nearest limit; NaN is zero."""
    low, high = (
        (-(1 << (type_.bits - 1)), (1 << (type_.bits - 1)) - 1) if type_.kind == "int" else (0, (1 << type_.bits) - 1)
    )
    if math.isnan(value):
        return 0
    if math.isinf(value):
        return high if value > 0 else low
    return min(max(int(value), low), high)


def _divide(left: Number, right: Number) -> Number:
    if isinstance(left, float):
        if right != 0:
            return left / right
        if left == 0 or math.isnan(left):
            return math.nan
        return math.copysign(math.inf, left) * math.copysign(1.0, right)
    if right == 0:
        return 0
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _modulo(left: int, right: int) -> int:
    return 0 if right == 0 else left - right * int(_divide(left, right))


_OPERATORS: dict[str, Callable[[Any, Any], Number]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "%": _modulo,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_LIBRARY: dict[str, Callable[..., Number]] = {
    "sqrt": lambda x: math.sqrt(x) if x >= 0 else math.nan,
    "fabs": abs,
    "abs": abs,
    "min": lambda a, b: b if b < a or a != a else a,
    "max": lambda a, b: b if a < b or a != a else a,
}
