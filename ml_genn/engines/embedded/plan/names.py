"""The names that one code string may use, each a symbol of the language and what it is bound to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import final

from ml_genn.engines.embedded.language import Scope, compile_formula, compile_program, indexed, resolve_type
from ml_genn.engines.embedded.language.tree import Formula, Function, Program, Symbol
from ml_genn.engines.embedded.language.types import UINT32, NumericType, PointerType, Precision
from ml_genn.engines.embedded.plan.plan import Array, Binding, Builtin, Code, Condition, Delayed, Sum, Value
from ml_genn.errors import DescriptionError, UnsupportedError


@lru_cache(maxsize=1024)
def _program(
    code: str, symbols: tuple[Symbol, ...], actions: tuple[Function, ...], where: str, precision: Precision
) -> Program:
    return compile_program(code, Scope(symbols, actions), where, precision)


@lru_cache(maxsize=1024)
def _formula(code: str, symbols: tuple[Symbol, ...], where: str, precision: Precision) -> Formula:
    return compile_formula(code, Scope(symbols), where, precision)


def numeric_type(name: str, where: str, precision: Precision) -> NumericType:
    """The number type called `name`; a pointer is refused."""
    resolved = resolve_type(name, precision, where)
    if isinstance(resolved, PointerType):
        raise DescriptionError(f"{where}: a variable or parameter must be a number, not {name}")
    return resolved


def pointer_type(name: str, where: str, precision: Precision) -> PointerType:
    """The pointer type called `name`; a plain number is refused."""
    resolved = resolve_type(name, precision, where)
    if not isinstance(resolved, PointerType):
        raise DescriptionError(f"{where}: an extra global parameter must be a pointer such as '{name}*', not {name}")
    return resolved


@final
class Namespace:
    """Collects symbols with their bindings, then checks code strings against them.

    A binding may be a function: it is called only when a code string uses the name. A code string that indexes a name
    which has a delayed binding uses it throughout as `name[delay]`.
    """

    def __init__(self, where: str, precision: Precision) -> None:
        self.where = where
        self._precision = precision
        self._symbols: dict[str, Symbol] = {}
        self._bindings: dict[str, Binding | Callable[[], Binding]] = {}
        self._refused: dict[str, str] = {}
        self._delayed: dict[str, Delayed] = {}
        self._sums: list[Sum] = []

    def add(
        self,
        name: str,
        type_: NumericType | PointerType,
        binding: Binding | Callable[[], Binding],
        *,
        writable: bool = False,
    ) -> None:
        """Makes `name` usable."""
        if name in self._symbols:
            raise self._twice(name)
        self._symbols[name] = Symbol(name, type_, writable)
        self._bindings[name] = binding

    def add_sum(self, name: str, array: Array) -> None:
        """Makes `name` a variable that code only adds to."""
        if name in self._symbols:
            raise self._twice(name)
        self._sums.append(Sum(name, array))
        self._symbols[name] = Symbol(name, array.type, summed=True)

    @property
    def sums(self) -> tuple[Sum, ...]:
        """The variables that code only adds to."""
        return tuple(self._sums)

    def add_delayed(self, name: str, binding: Delayed) -> None:
        """Makes a name that is known usable as `name[delay]` as well."""
        self._delayed[name] = binding

    def refuse(self, name: str, type_: NumericType, reason: str) -> None:
        """Makes `name` known, and using it an error that gives the reason; a declared name takes precedence."""
        if name not in self._symbols:
            self._symbols[name] = Symbol(name, type_)
            self._refused[name] = reason

    def add_clock(self, *, no_example: str = "") -> None:
        """Adds what every kernel knows: time, step, the size of the batch, and the example, or why there is none."""
        time = self._precision.time
        self.add("t", time, Value(Builtin.T))
        self.add("dt", self._precision.scalar, Value(Builtin.DT))
        if no_example:
            self.refuse("batch", UINT32, no_example)
        else:
            self.add("batch", UINT32, Value(Builtin.BATCH))
        self.add("num_batch", UINT32, Value(Builtin.NUM_BATCH))

    def add_neuron_index(self) -> None:
        """Adds the index of the running neuron and the number of neurons."""
        self.add("id", UINT32, Value(Builtin.ID))
        self.add("num_neurons", UINT32, Value(Builtin.NUM_NEURONS))

    def code(
        self,
        source: str,
        role: str,
        actions: Iterable[Function] = (),
        refused: Mapping[Function, str] | None = None,
    ) -> Code | None:
        """Checks statements; None for an empty string. Calling a `refused` action is an error that gives the reason."""
        if not source.strip():
            return None
        reasons = refused or {}
        allowed = (*actions, *reasons)
        where = f"{self.where}.{role}"
        delayed = {name: self._delayed[name] for name in sorted(indexed(source, where)) if name in self._delayed}
        pointers = {name: Symbol(name, PointerType(binding.array.type)) for name, binding in delayed.items()}
        symbols = tuple({**self._symbols, **pointers}.values())
        program = _program(source, symbols, allowed, where, self._precision)
        for action, reason in reasons.items():
            if action.name in program.calls:
                raise UnsupportedError(f"{self.where}.{role} uses '{action.name}': {reason}")
        return Code(program, {**self._bound(program, role), **delayed})

    def condition(self, source: str, role: str) -> Condition | None:
        """Checks a truth expression; None for an empty string."""
        if not source.strip():
            return None
        formula = _formula(source, tuple(self._symbols.values()), f"{self.where}.{role}", self._precision)
        return Condition(formula, self._bound(formula, role))

    def _twice(self, name: str) -> DescriptionError:
        return DescriptionError(f"{self.where}: '{name}' is declared twice; rename one of the two")

    def _bound(self, checked: Program | Formula, role: str) -> dict[str, Binding]:
        used = checked.reads | checked.writes if isinstance(checked, Program) else checked.reads
        for name in sorted(used & self._refused.keys()):
            raise UnsupportedError(f"{self.where}.{role} uses '{name}': {self._refused[name]}")
        bindings: dict[str, Binding] = {}
        for name in sorted(used):
            binding = self._bindings[name]
            bindings[name] = binding() if callable(binding) else binding
        return bindings
