"""One lane of the modelling language in plain Python: integers of any size cut to their width, floats rounded.

Independent of numpy's arithmetic and of the interpreter's masks: `break` and `continue` are Python exceptions.
"""

from __future__ import annotations

import math
import operator
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import singledispatchmethod
from typing import Any

import numpy as np

from ml_genn.engines.embedded.language import tree
from ml_genn.engines.embedded.language.types import NumericType

Number = int | float | bool

_TINY_SINGLE, _TINY_DOUBLE = 2.0**-126, 2.0**-1022


class Unsafe(Exception):
    """The program reaches outside an array, touches what another lane does, or takes very long."""


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


class ScalarMachine:
    """Runs a program on values by name; `met_denormal` tells whether any float on the way was denormal.

    Args:
        values: Variables and built-in values by name.
        arrays: What pointers point to, by name; read only.
        own: The elements that the lane has to itself, by name of the pointer and index.
        draw: Gives the words of the lane's next block of random numbers.
        fuel: Nodes to evaluate before giving up.

    Raises:
        Unsafe: While it runs.
    """

    def __init__(
        self,
        values: dict[str, Number],
        *,
        arrays: dict[str, Sequence[Number]] | None = None,
        own: dict[tuple[str, int], Number] | None = None,
        draw: Callable[[], tuple[int, ...]] | None = None,
        fuel: float = math.inf,
    ) -> None:
        self.values = dict(values)
        self.arrays = arrays or {}
        self.own = dict(own or {})
        self.draw = draw or _no_draw
        self.fuel = fuel
        self.met_denormal = False

    def run(self, program: tree.Program) -> dict[str, Number]:
        """The values after the program."""
        with np.errstate(all="ignore"):
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
        self.burn(1)
        value = self._evaluate(node)
        if isinstance(value, float) and 0 < abs(value) < (_TINY_SINGLE if node.type.bits == 32 else _TINY_DOUBLE):
            self.met_denormal = True
        return value

    def burn(self, nodes: float) -> None:
        """Counts nodes."""
        self.fuel -= nodes
        if self.fuel < 0:
            raise Unsafe("it takes too long")

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
        match node.function.kind:
            case tree.FunctionKind.ACTION:
                return False
            case tree.FunctionKind.RANDOM:
                return self.random(node.function, arguments)
            case _:
                return cut(_LIBRARY.get(node.function.name, _of_no_use)(*arguments), node.type)

    def random(self, function: tree.Function, arguments: list[Number]) -> Number:
        """Random numbers of one right result; others are 0: nothing reads them."""
        if function.name == "gennrand":
            return self.draw()[0]
        if function.name == "gennrand_uniform":
            return self.uniform(function.result)
        if function.name == "gennrand_binomial":
            trials, probability = arguments
            self.burn(100 * trials)
            return sum(self.uniform(function.parameters[1]) <= probability for _ in range(int(trials)))
        self.draw()
        return 0.0

    def uniform(self, type_: Any) -> float:
        """Within (0, 1]."""
        high, low, *_ = self.draw()
        return ((high >> 8) + 1) * 2.0**-24 if type_.bits == 32 else ((high << 21 | low >> 11) + 1) * 2.0**-53

    @_evaluate.register
    def _(self, node: tree.Index) -> Number:
        place = (node.base.symbol.name, int(self.evaluate(node.index)))
        return self.load(place)

    @_evaluate.register
    def _(self, node: tree.Assign) -> Number:
        if isinstance(node.target, tree.Index):
            place = (node.target.base.symbol.name, int(self.evaluate(node.target.index)))
            old = self.load(place) if node.yields_old else 0
            value = self.evaluate(node.value)
            if place not in self.own:
                raise Unsafe(f"it stores to {place}")
            self.own[place] = value
        else:
            name = node.target.name if isinstance(node.target, tree.LocalName) else node.target.symbol.name
            old = self.values[name]
            value = self.values[name] = self.evaluate(node.value)
        return old if node.yields_old else value

    def load(self, place: tuple[str, int]) -> Number:
        """An element."""
        name, index = place
        if place in self.own:
            return self.own[place]
        if name not in self.arrays or not 0 <= index < len(self.arrays[name]):
            raise Unsafe(f"it reads {place}")
        return self.arrays[name][index]


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


def _no_draw() -> tuple[int, ...]:
    raise TypeError("this lane has no random numbers")


def _of_no_use(*_: Number) -> Number:
    """What functions of last places that differ yield, which nothing reads."""
    return 0.0


def _round(value: float) -> float:
    whole = math.trunc(value) if math.isfinite(value) else value
    return math.copysign(abs(whole) + (abs(value - whole) >= 0.5 if math.isfinite(value) else 0), value)


def _remainder(left: float, right: float) -> float:
    try:
        return math.remainder(left, right)
    except ValueError:
        return math.nan


def _fdim(left: float, right: float) -> float:
    return left - right if left > right else 0.0 if left <= right else math.nan


_LIBRARY: dict[str, Callable[..., Number]] = {
    "sqrt": lambda x: math.sqrt(x) if x >= 0 else math.nan,
    "fabs": abs,
    "abs": abs,
    "min": lambda a, b: b if b < a or a != a else a,
    "max": lambda a, b: b if a < b or a != a else a,
    "fmin": lambda a, b: b if b < a or a != a else a,
    "fmax": lambda a, b: b if a < b or a != a else a,
    **{name: getattr(np, name) for name in ("ceil", "floor", "trunc", "rint", "fmod", "copysign")},
    "nearbyint": np.rint,
    "round": _round,
    "remainder": _remainder,
    "fdim": _fdim,
    "ldexp": lambda x, n: float(np.ldexp(np.float64(x), n)),
    "isnan": lambda x: x != x,
    "isinf": lambda x: abs(x) == math.inf,
    "isfinite": lambda x: abs(x) < math.inf,
}
