"""From the bindings of a code string to C names; each role says what an element of an axis is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import final

from ml_genn.engines.embedded.cpu.emit.expressions import Action, Names
from ml_genn.engines.embedded.cpu.emit.kernel import Kernel
from ml_genn.engines.embedded.language.tree import Cast, Expression, Number, Symbol, SymbolName
from ml_genn.engines.embedded.language.types import NumericType
from ml_genn.engines.embedded.plan.plan import (
    Arrival,
    Axis,
    Binding,
    Builtin,
    Code,
    Condition,
    Delayed,
    Element,
    Pointer,
    Value,
)
from ml_genn.errors import InternalCompilerError

_INDICES = {Axis.PRE: Builtin.ID_PRE, Axis.POST: Builtin.ID_POST}

ElementText = Callable[[str, Element, bool], str]
"""C text of a name bound to an element, given whether the code writes it."""


@final
@dataclass(frozen=True)
class Scope:
    """What the names of one role's code mean.

    `indices`: C text of the built-in values that run with the loops (id, id_pre ...); `locals_`: accumulators and
    reductions by name; `element`: what an element of a running axis is.
    """

    kernel: Kernel
    element: ElementText
    indices: Mapping[Builtin, str] = field(default_factory=dict)
    local: Callable[[str], str] = "gen_v_{}".format

    def names(
        self,
        code: Code | Condition,
        actions: Mapping[str, Action] | None = None,
        draws: Callable[[], str] | None = None,
    ) -> Names:
        """Names for the printer of `code`."""
        writes = code.program.writes if isinstance(code, Code) else frozenset()

        def symbol_text(symbol: Symbol) -> str:
            binding = code.bindings.get(symbol.name)
            if binding is None:
                raise InternalCompilerError(f"'{symbol.name}' is bound to nothing; this is a bug in ml_genn")
            return self._text(symbol, binding, symbol.name in writes)

        def delayed_text(symbol: Symbol, delay: str, expression: Expression) -> str | None:
            binding = code.bindings.get(symbol.name)
            if not isinstance(binding, Delayed):
                return None
            return self._delayed(symbol, binding, delay, shared=is_shared(expression, code.bindings))

        return Names(symbol_text, actions or {}, draws, delayed=delayed_text)

    def _text(self, symbol: Symbol, binding: Binding, written: bool) -> str:
        match binding:
            case Element(array, Axis.SHARED, delay) if not written:
                return self.kernel.shared(symbol.name, array, delay)
            case Element():
                return self.element(symbol.name, binding, written)
            case Pointer(array):
                # other names may point into the same memory, and code may store through this one
                return self.kernel.pointer(symbol.name, array, delay=0, written=True, restricted=False)
            case Value(builtin):
                return self._value(symbol, builtin)
            case Delayed():
                raise InternalCompilerError(f"'{symbol.name}' without its delay; this is a bug in ml_genn")
            case Arrival(element, steps):
                return f"({self._later(symbol, element, steps)} + {self.element(symbol.name, element, False)})"

    def _delayed(self, symbol: Symbol, binding: Delayed, delay: str, *, shared: bool) -> str:
        """An element of an earlier step."""
        ring = self.kernel.ring(symbol.name, binding.array, "gen_now->ring - 1")
        element = "0" if binding.axis is Axis.SHARED else self.indices[_INDICES[binding.axis]]
        slot = f"gen_earlier_slot({ring.slot}, {delay}, {ring.slots})"
        return f"{ring.base}[{ring.shared_index(slot, element) if shared else ring.index(slot, element)}]"

    def _later(self, symbol: Symbol, element: Element, steps: int) -> str:
        """The time that a number of steps takes."""
        type_, count = element.array.type, self.kernel.size(f"{symbol.name}_steps", steps)
        return self.kernel.constant(f"{symbol.name}_later", type_, f"({type_})(gen_now->dt * (double){count})")

    def _value(self, symbol: Symbol, builtin: Builtin) -> str:
        if builtin in (Builtin.ACCUMULATOR, Builtin.REDUCTION):
            return self.local(symbol.name)
        if not isinstance(symbol.type, NumericType):
            raise InternalCompilerError(f"'{symbol.name}' is no number; this is a bug in ml_genn")
        if builtin in self.indices:
            return f"(({symbol.type}){self.indices[builtin]})"
        return self.kernel.builtin(symbol.name, builtin, symbol.type)


def is_shared(expression: Expression, bindings: Mapping[str, Binding]) -> bool:
    """Whether all elements have this number: one that is written there, or a parameter."""
    match expression:
        case Number():
            return True
        case Cast(operand):
            return is_shared(operand, bindings)
        case SymbolName(symbol):
            binding = bindings[symbol.name]
            return isinstance(binding, Element) and binding.axis is Axis.SHARED
        case _:
            return False
