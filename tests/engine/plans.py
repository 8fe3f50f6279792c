"""Small plans by hand: what tests of the engines write instead of a model description."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ml_genn.engines.embedded.language import Scope, compile_formula, compile_program
from ml_genn.engines.embedded.language.tree import Function, FunctionKind, Symbol
from ml_genn.engines.embedded.language.types import UINT32, VOID, NumericType, PointerType, Precision
from ml_genn.engines.embedded.plan.plan import (
    Array,
    ArrayInitial,
    Axis,
    Binding,
    Builtin,
    Code,
    CodeInitial,
    Condition,
    ConstantInitial,
    CustomUpdate,
    Element,
    Initial,
    NeuronUpdate,
    Plan,
    Pointer,
    Propagation,
    Recording,
    SpikeQueue,
    Value,
)
from ml_genn.engines.embedded.plan.storage import Executable, Storage, allocate
from ml_genn.engines.embedded.reference import ReferenceExecutable, initialise

FLOATING = (Builtin.DT, Builtin.ACCUMULATOR, Builtin.REDUCTION)

ISYN = Value(Builtin.ACCUMULATOR)
REDUCED = Value(Builtin.REDUCTION)
ID = Value(Builtin.ID)
T = Value(Builtin.T)


@dataclass
class PlanMaker:
    """Collects arrays and kernels; `plan()` is the whole, with neuron updates after all that synapses do."""

    batch_size: int = 1
    precision: Precision = field(default_factory=Precision)
    dt: float = 1.0
    seed: int = 0
    arrays: list[Array] = field(default_factory=list)
    initial: dict[str, Initial] = field(default_factory=dict)
    step: list[Propagation | NeuronUpdate] = field(default_factory=list)
    custom_updates: dict[str, tuple[CustomUpdate, ...]] = field(default_factory=dict)

    def plan(self) -> Plan:
        """Everything so far."""
        return Plan(
            "test",
            self.precision,
            self.dt,
            self.batch_size,
            self.seed,
            tuple(self.arrays),
            self.initial,
            tuple(sorted(self.step, key=lambda kernel: isinstance(kernel, NeuronUpdate))),
            self.custom_updates,
        )

    def array(
        self,
        name: str,
        elements: int,
        values: Any = None,
        *,
        type_: NumericType | None = None,
        batched: bool = False,
        slots: int = 1,
    ) -> Array:
        """A new array, with initial values if they are given: a number, an array or a CodeInitial."""
        array = Array(name, type_ or self.precision.scalar, elements, batched, slots)
        self.arrays.append(array)
        if values is not None:
            self.initial[name] = _initial(values)
        return array

    def parameter(self, name: str, value: float, type_: NumericType | None = None) -> Element:
        """A model parameter."""
        return Element(self.array(name, 1, value, type_=type_), Axis.SHARED)

    def variable(
        self, name: str, elements: int, values: Any = 0.0, *, axis: Axis = Axis.NEURON, delay: int = 0, **options: Any
    ) -> Element:
        """A variable, batched unless told otherwise."""
        return Element(self.array(name, elements, values, **{"batched": True, **options}), axis, delay)

    def queue(self, name: str, neurons: int, slots: int = 1) -> SpikeQueue:
        """A spike queue."""
        return SpikeQueue(
            self.array(f"{name}.counts", 1, type_=UINT32, batched=True, slots=slots),
            self.array(f"{name}.ids", neurons, type_=UINT32, batched=True, slots=slots),
        )

    def recording(self, name: str, neurons: int, timesteps: int) -> Recording:
        """A spike recording."""
        return Recording(self.array(name, (neurons + 31) // 32, type_=UINT32, batched=True, slots=timesteps))

    def code(self, text: str, names: Mapping[str, Binding], actions: Iterable[str] = ()) -> Code:
        """Compiled statements; `actions` are called with one scalar, `addSynapse` with an index."""
        return Code(compile_program(text, self._scope(names, actions), "test", self.precision), names)

    def condition(self, text: str, names: Mapping[str, Binding]) -> Condition:
        """A compiled condition."""
        return Condition(compile_formula(text, self._scope(names, ()), "test", self.precision), names)

    def neurons(self, name: str, neurons: int, **parts: Any) -> NeuronUpdate:
        """Adds a neuron update; parts left out are empty."""
        empty = NeuronUpdate(name, 1 + len(self.step), neurons, (), (), None, (), None, None, None, None)
        self.step.append(replace(empty, **parts))
        return replace(empty, **parts)

    def _scope(self, names: Mapping[str, Binding], actions: Iterable[str]) -> Scope:
        symbols = [Symbol(name, self._type(bound), _writable(bound)) for name, bound in names.items()]
        return Scope(symbols, [self._action(action) for action in actions])

    def _type(self, bound: Binding) -> NumericType | PointerType:
        if isinstance(bound, Element):
            return bound.array.type
        if isinstance(bound, Pointer):
            return PointerType(bound.array.type)
        if bound.builtin is Builtin.T:
            return self.precision.time
        return self.precision.scalar if bound.builtin in FLOATING else UINT32

    def _action(self, name: str) -> Function:
        argument = UINT32 if name == "addSynapse" else self.precision.scalar
        return Function(name, (argument,), VOID, FunctionKind.ACTION)


def load(
    maker: PlanMaker, engine: Callable[[Plan, Storage], Executable] = ReferenceExecutable
) -> tuple[Executable, Storage]:
    """The plan so far, with its arrays initialised, ready to run."""
    plan = maker.plan()
    storage = allocate(plan)
    initialise(plan, storage)
    return engine(plan, storage), storage


def _writable(bound: Binding) -> bool:
    if isinstance(bound, Value):
        return bound.builtin in (Builtin.ACCUMULATOR, Builtin.REDUCTION)
    return isinstance(bound, Pointer) or bound.axis is not Axis.SHARED


def _initial(values: Any) -> Initial:
    if isinstance(values, CodeInitial):
        return values
    return ArrayInitial(values) if isinstance(values, np.ndarray) else ConstantInitial(values)
