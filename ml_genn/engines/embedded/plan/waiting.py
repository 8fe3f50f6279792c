"""Populations that only wait: nothing of a neuron changes until a time comes that it knows, such as its next spike's.

Sources that play back spike trains are such: without sim code and input, their threshold is `... && t >= due`, where
neither `due` nor what stands before it changes before the neuron's reset code runs. An implementation may keep `due`
of each neuron and look at nothing else between two spikes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, final

from ml_genn.engines.embedded.language import tree
from ml_genn.engines.embedded.language.effects import effects
from ml_genn.engines.embedded.plan.plan import (
    Array,
    Axis,
    Binding,
    Builtin,
    Code,
    Condition,
    Element,
    NeuronUpdate,
    Pointer,
    StepKernel,
    Value,
)

_DESCRIBED = frozenset(
    {"name", "stream", "neurons", "accumulators", "threshold", "reset", "queue", "recording", "events"}
)
_CONSTANT = frozenset({Builtin.ID, Builtin.NUM_NEURONS, Builtin.BATCH, Builtin.NUM_BATCH, Builtin.DT})


@final
@dataclass(frozen=True)
class Waiting:
    """The threshold is `guard && now >= due`: `now` is the time, the others are constant between spikes of a neuron."""

    guard: tree.Expression | None
    now: tree.Expression
    due: tree.Expression


def waiting(step: Sequence[StepKernel]) -> dict[str, Waiting]:
    """The waiting populations among the kernels of a step, by name."""
    found: dict[str, Waiting] = {}
    for kernel in step:
        if isinstance(kernel, NeuronUpdate) and kernel.threshold is not None and _is_described(kernel):
            waits = _waiting(kernel.threshold)
            if waits is not None and not _is_disturbed(step, kernel, kernel.threshold):
                found[kernel.name] = waits
    return found


def _is_described(update: NeuronUpdate) -> bool:
    """Whether a population has nothing but a threshold and what follows from it; events, if any, never come."""
    if not all(event.condition.is_never and event.code is None for event in update.events):
        return False
    if any(getattr(update, field.name) for field in fields(update) if field.name not in _DESCRIBED):
        return False
    bindings = {} if update.reset is None else update.reset.bindings
    used = frozenset() if update.reset is None else update.reset.program.reads | update.reset.program.writes
    return all(bindings[name] != Value(Builtin.ACCUMULATOR) for name in used)


def _waiting(threshold: Condition) -> Waiting | None:
    expression, bindings = threshold.formula.expression, threshold.bindings
    match expression:
        case tree.Binary("&&", left, tree.Binary(">=", now, due)):
            waits = Waiting(left, now, due)
        case tree.Binary(">=", now, due):
            waits = Waiting(None, now, due)
        case _:
            return None
    constant = _is_constant(due, bindings) and (waits.guard is None or _is_constant(waits.guard, bindings))
    return waits if constant and _is_time(now, bindings) else None


def _is_time(node: tree.Expression, bindings: Mapping[str, Binding]) -> bool:
    match node:
        case tree.Cast(operand, type_):
            return type_.is_float and _is_time(operand, bindings)
        case tree.SymbolName(symbol):
            return bindings[symbol.name] == Value(Builtin.T)
        case _:
            return False


def _is_constant(node: tree.Expression, bindings: Mapping[str, Binding]) -> bool:
    touched = effects(node)
    names = (variable.name for variable in touched.reads if isinstance(variable, tree.Symbol))
    return touched.is_pure and all(_keeps(bindings[name]) for name in names)


def _keeps(binding: Binding) -> bool:
    match binding:
        case Element(array, axis):
            return axis in (Axis.SHARED, Axis.NEURON) and array.slots == 1
        case Pointer():
            return True
        case Value(builtin):
            return builtin in _CONSTANT
        case _:
            return False


def _is_disturbed(step: Sequence[StepKernel], update: NeuronUpdate, threshold: Condition) -> bool:
    """Whether something may write what the threshold reads, other than a neuron's reset code its own variables."""
    read = {array.name for name in threshold.formula.reads for array in _array(threshold.bindings[name])}
    written = {name for kernel in step if kernel is not update for name in _written(kernel)}
    if update.reset is not None:
        bindings = (update.reset.bindings[name] for name in update.reset.program.writes)
        shared = (one for one in bindings if not (isinstance(one, Element) and one.axis is Axis.NEURON))
        written |= {array.name for binding in shared for array in _array(binding)}
    return not read.isdisjoint(written)


def _array(binding: Binding) -> tuple[Array, ...]:
    return (binding.array,) if isinstance(binding, Element | Pointer) else ()


def _written(part: Any) -> Iterator[str]:
    """Names of arrays that a kernel may write: all it refers to, but for what its code only reads."""
    match part:
        case Code(program, bindings):
            for name in program.writes:
                yield from _written(bindings[name])
        case Condition():
            return
        case Array(name):
            yield name
        case tuple():
            for item in part:
                yield from _written(item)
        case _ if is_dataclass(part):
            for field in fields(part):
                yield from _written(getattr(part, field.name))
