"""Phases: a step of its own for each value of the parameters that a model declares to be phases.

In the code of each kernel the value stands in place of the name and is folded, so that branches of other phases, and
the variables that only they use, cost nothing. Kernels that do not ask for a phase are the same objects in all steps.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from ml_genn.engines.embedded.language import fold_formula, fold_program
from ml_genn.engines.embedded.plan.description import GroupKind, Members, Model
from ml_genn.engines.embedded.plan.plan import (
    Code,
    Condition,
    ConstantInitial,
    Element,
    InputBlock,
    NeuronCode,
    NeuronUpdate,
    Plan,
    PostPropagation,
    Propagation,
    StepKernel,
    SynapseDynamics,
)
from ml_genn.engines.embedded.plan.split import split
from ml_genn.errors import DescriptionError

_NOTHING_WITHOUT_CODE = (InputBlock, NeuronCode, Propagation, PostPropagation, SynapseDynamics)

Values = Mapping[str, int]
"""Values of parameters by the names of their arrays."""


def check_phases(model: Model) -> None:
    """Every phase is a parameter of some group."""
    for phase in model.phases:
        _arrays(model, phase.name)


def with_phases(plan: Plan, model: Model) -> Plan:
    """The plan with a step for each combination of phases, the first phase running slowest."""
    if not model.phases:
        return plan
    arrays = {phase.name: _arrays(model, phase.name) for phase in model.phases}
    steps = []
    for values in product(*(range(phase.values) for phase in model.phases)):
        known = {name: value for names, value in zip(arrays.values(), values, strict=True) for name in names}
        kernels = (_specialised(kernel, known) for kernel in plan.step)
        steps.append(split(kernel for kernel in kernels if kernel is not None))
    zeros = {name: ConstantInitial(0.0) for names in arrays.values() for name in names}
    return dataclasses.replace(plan, initial={**plan.initial, **zeros}, phases=tuple(steps), phase_arrays=arrays)


def _arrays(model: Model, phase: str) -> tuple[str, ...]:
    """Names of the arrays of all parameters called `phase`."""
    found = tuple(
        f"{kind.value}.{group}.{phase}"
        for kind, group, members in _owners(model)
        if any(parameter.name == phase for parameter in members.parameters)
    )
    if not found:
        raise DescriptionError(f"{model.name}: no group has a parameter '{phase}', which is declared a phase")
    return found


def _owners(model: Model) -> Iterator[tuple[GroupKind, str, Members]]:
    for population in model.neuron_populations:
        yield GroupKind.NEURON, population.name, population.members
    for source in model.current_sources:
        yield GroupKind.CURRENT_SOURCE, source.name, source.members
    for group in model.synapse_groups:
        yield GroupKind.SYNAPSE, group.name, group.weight_update.members
        yield GroupKind.POSTSYNAPTIC, group.name, group.postsynaptic.members
    for update in model.custom_updates:
        yield GroupKind.CUSTOM_UPDATE, update.name, update.members


def _specialised(kernel: StepKernel, known: Values) -> StepKernel | None:
    """The kernel in one phase; None if it has nothing to do there."""
    specialised: StepKernel | None = _folded(kernel, known)
    if specialised is kernel or not isinstance(specialised, NeuronUpdate):
        return specialised
    return _without_idle_code(specialised)


def _without_idle_code(update: NeuronUpdate) -> NeuronUpdate:
    """The update without empty code and that of spikes and events that never come, whose variables are left alone."""
    events = tuple(dataclasses.replace(one, code=None) if one.condition.is_never else one for one in update.events)
    sim = update.sim if update.sim is not None and update.sim.program.body.statements else None
    if update.threshold is not None and update.threshold.is_never:
        return dataclasses.replace(update, sim=sim, events=events, reset=None, on_spike=())
    return dataclasses.replace(update, sim=sim, events=events)


def _folded(part: Any, known: Values) -> Any:
    """Part of a kernel with all code inside folded; the same object where there is nothing to fold."""
    match part:
        case Code(program, bindings):
            names = _names(bindings, known)
            if not names:
                return part
            folded = fold_program(program, names)
            return Code(folded, {name: bindings[name] for name in bindings if name in folded.reads | folded.writes})
        case Condition(formula, bindings):
            names = _names(bindings, known)
            if not names:
                return part
            shorter = fold_formula(formula, names)
            return Condition(shorter, {name: bindings[name] for name in bindings if name in shorter.reads})
        case tuple():
            parts = tuple(kept for one in part if (kept := _folded(one, known)) is not None)
            return part if parts == part else parts
        case _ if dataclasses.is_dataclass(part) and not isinstance(part, type):
            return _with_folded_fields(part, known)
        case _:
            return part


def _with_folded_fields(part: Any, known: Values) -> Any:
    changed = {}
    for field in dataclasses.fields(part):
        before = getattr(part, field.name)
        after = _folded(before, known)
        if after is not before:
            changed[field.name] = after
    if "code" in changed and isinstance(part, _NOTHING_WITHOUT_CODE) and not changed["code"].program.body.statements:
        return None
    return dataclasses.replace(part, **changed) if changed else part


def _names(bindings: Mapping[str, Any], known: Values) -> dict[str, int]:
    elements = ((name, bound) for name, bound in bindings.items() if isinstance(bound, Element))
    return {name: known[bound.array.name] for name, bound in elements if bound.array.name in known}
