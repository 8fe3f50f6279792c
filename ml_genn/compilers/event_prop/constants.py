"""Constants of neurons and synapses that are learnt: what they add to models, and how what follows from them does.

What depends on a constant, as Alpha on tau_mem, is worked out anew at the begin of each trial, so that it follows
whatever changed the constant: an optimiser, a checkpoint or a callback.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import inf
from typing import Any, final

import numpy as np

from ...access import VarAccess, VarAccessMode
from ...engines.api import Engine
from ...errors import DescriptionError, UnsupportedError
from ...model import CustomUpdateModel, ExtraGlobalParam, NeuronModel, Param, SynapseModel, Var, VarRef
from ...population import Population
from ...values import Value, is_number
from ..trial_lengths import UNDOING
from .adjoint import Constant, NeuronAdjoint, SynapseAdjoint, with_members
from .currents import Currents
from .learning import Learnable
from .loss_sources.series import PLACE
from .synapse_adjoints import tau_syn
from .trainable import TAU, Choices, Owner, Trainable

NOW, UNDONE = PLACE.format(step="(int)((t / dt) + 0.5)"), PLACE.format(step="Step")


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class LearntConstant:
    """A constant that is learnt.

    Args:
        owner: population or connection whose it is.
        constant: what its derivative is made of.
        choice: how it is learnt.
        value: its value to begin with.
        current: number of the synaptic current of which it is the time constant; None for constants of neurons.
    """

    owner: Owner
    constant: Constant
    choice: Trainable
    value: Any
    current: int | None = None

    @property
    def gradient(self) -> str:
        """Name of the variable with the derivative."""
        return f"{self.constant.variable}Gradient"

    def bounds(self, dt: float) -> tuple[float, float]:
        """What it is put back to.

        Raises:
            DescriptionError: it is a time, and may become 0.
        """
        low, high = self.choice.bounds(dt if self.constant.is_time else -inf, inf)
        if self.constant.is_time and not 0.0 < low <= high:
            raise DescriptionError(
                f"{self.owner}: {self.constant.name} is a time above 0, by default at least dt={dt:g} ms; its bounds "
                f"are {low:g} and {high:g}, change them"
            )
        return low, high

    def check_shared(self) -> None:
        """Check that what neurons are to share begins as one number.

        Raises:
            DescriptionError: it does not.
        """
        if not self.choice.shared or is_number(self.value):
            return
        given = type(self.value).__name__
        if isinstance(self.value, np.ndarray):
            if np.ptp(self.value) == 0.0:
                return
            given = f"numbers from {self.value.min():g} to {self.value.max():g}"
        raise DescriptionError(
            f"{self.owner}: {self.constant.name} is shared and has to begin as one number, got {given}; give one, or "
            "let each neuron learn its own with shared=False"
        )

    def added(self, code: str) -> str:
        """Code that adds an expression to the derivative."""
        return f"{self.gradient} += {code};" if code else ""

    def each_step(self, *, varies: bool) -> str:
        """Code of each timestep of the backward phase; with trials of several lengths of those of the example."""
        kept = f"{self.constant.variable}Kept[{UNDONE}]"
        return self.added(self.constant.each_step.format(kept=f"(({UNDOING}) ? {kept} : 0.0)" if varies else kept))


def learnt_neuron(population: Population, choices: Choices) -> Any:
    """A population's neuron as it is trained: what is learnt is in its model, also where it is absent to begin with."""
    neuron = copy.copy(population.neuron)
    for name, _ in choices.of(population):
        declared, value = getattr(type(neuron), name, None), getattr(neuron, name, None)
        if isinstance(declared, Value) and is_number(value) and not declared.in_code(neuron):
            setattr(neuron, name, np.full(population.known_shape, value))
    return neuron


@final
class LearntConstants:
    """All constants of a network that are learnt.

    Args:
        choices: what is learnt.
        adjoints: the adjoint of each population.
        currents: numbers of synaptic currents.
        timesteps, dt, batch_size: timesteps per trial, their length [ms] and how many examples run at a time.
        varies: whether trials may have fewer timesteps.
    """

    def __init__(
        self,
        choices: Choices,
        adjoints: Mapping[Population, NeuronAdjoint],
        currents: Currents,
        *,
        timesteps: int,
        dt: float,
        batch_size: int,
        varies: bool,
    ) -> None:
        self._varies = varies
        self._timesteps, self._dt, self._batch_size = timesteps, dt, batch_size
        self._found = {pop: list(_constants(pop, adjoint, choices, currents)) for pop, adjoint in adjoints.items()}
        for item in chain.from_iterable(self._found.values()):
            item.check_shared()
        self._bounds = {item: item.bounds(dt) for items in self._found.values() for item in items}

    def add_to(
        self, population: Population, model: NeuronModel, adjoint: NeuronAdjoint, synapses: Sequence[SynapseAdjoint]
    ) -> tuple[NeuronModel, NeuronAdjoint, list[SynapseAdjoint]]:
        """Copies of a population's forward model and of its adjoints that hold and differentiate what is learnt.

        Raises:
            UnsupportedError: what has to be remembered would have more than 2^31 entries.
        """
        changed = list(synapses)
        for item in self._found[population]:
            model = self._with_constant(population, model, item)
            step = item.each_step(varies=self._varies)
            if item.current is None:
                jump = (item.added(item.constant.before_jump), adjoint.jump, item.added(item.constant.after_jump))
                adjoint = replace(adjoint, jump="\n    ".join(filter(None, jump)) if adjoint.jump else "")
                adjoint = replace(adjoint, each_step="\n".join(filter(None, (adjoint.each_step, step))))
            else:
                changed[item.current] = _of_variables(changed[item.current], item, step)
        numbers = [item.current for item in self._found[population] if item.current is not None]
        return (*_with_currents(model, adjoint, numbers), changed)

    def learnables(self, groups: Mapping[Population, Any], engine: Engine) -> Iterator[Learnable]:
        """What learning has to know of them."""
        for population, items in self._found.items():
            for item in items:
                low, high = self._bounds[item]
                yield Learnable(
                    owner=item.owner,
                    name=item.constant.name,
                    group=groups[population],
                    variable=item.constant.variable,
                    gradient=item.gradient,
                    reference=engine.create_var_ref,
                    shape=population.known_shape,
                    optimiser=item.choice.optimiser,
                    low=low,
                    high=high,
                    neurons_share=item.choice.shared,
                    is_constant=True,
                )

    def updates(self) -> Iterator[tuple[Population, CustomUpdateModel]]:
        """Updates that work out what follows from them."""
        for population, items in self._found.items():
            for item in items:
                if item.constant.derived:
                    yield population, _update(item.constant, self._dt)

    def _with_constant(self, population: Population, model: NeuronModel, item: LearntConstant) -> NeuronModel:
        constant = item.constant
        own = {constant.variable, *(name for name, _ in constant.derived)}
        before: dict[str, Any] = {param.name: param.value for param in model.params}
        before |= {var.name: var.value for var in model.vars}
        model = replace(
            model,
            params=tuple(param for param in model.params if param.name not in own),
            vars=tuple(var for var in model.vars if var.name not in own),
        )
        values = {constant.variable: item.value}
        # what the forward phase reads has its value; those of currents come with the adjoint of the synapse
        values |= {name: before.get(name, 0.0) for name, _ in constant.derived if item.current is None}
        held = tuple(Var(name, value, access=VarAccess.READ_ONLY) for name, value in values.items())
        model = with_members(model, (), (*held, Var(item.gradient)))
        if not constant.kept:
            return model
        size = self._timesteps * self._batch_size * population.num_neurons
        if size >= 2**31:
            raise UnsupportedError(
                f"{population}: to learn {constant.name}, a number is remembered for each of {self._timesteps} "
                f"timesteps, {self._batch_size} examples and {population.num_neurons} neurons, which are too many; "
                "lower batch_size or example_timesteps"
            )
        array = ExtraGlobalParam(f"{constant.variable}Kept", np.zeros(size, np.float32))
        model = with_members(model, arrays=(array,))
        return replace(model, sim_code=f"{array.name}[{NOW}] = {constant.kept};\n{model.sim_code}")


def plain_input() -> SynapseModel:
    """Synapses of currents that neurons hold themselves: what arrives is handed on."""
    return SynapseModel(sim_code="injectCurrent(inSyn);\ninSyn = 0.0;")


def arriving(k: int) -> str:
    """Input of neurons that hold current number k themselves."""
    return f"Arriving{k}"


def _constants(
    population: Population, adjoint: NeuronAdjoint, choices: Choices, currents: Currents
) -> Iterator[LearntConstant]:
    known = {constant.name: constant for constant in adjoint.constants}
    for name, choice in choices.of(population):
        value = getattr(population.neuron, name)
        yield LearntConstant(owner=population, constant=known[name], choice=choice, value=value)
    for connection in choices.connections(TAU):
        learnt = choices.find(connection, TAU)
        if learnt is not None and connection.ends[1] is population:
            k, synapse = currents.number(connection), connection.synapse
            constant = tau_syn(synapse, adjoint, k)
            yield LearntConstant(owner=connection, constant=constant, choice=learnt, value=synapse.tau, current=k)


def _of_variables(synapse: SynapseAdjoint, item: LearntConstant, step: str) -> SynapseAdjoint:
    """A copy whose numbers are variables, which learns its time constant too."""
    numbers = [(param.name, param.value) for param in synapse.params]
    known = {name for name, _ in numbers} | {var.name for var in synapse.vars}
    numbers += [(name, 0.0) for name, _ in item.constant.derived if name not in known]
    held = (Var(name, value, access=VarAccess.READ_ONLY) for name, value in numbers)
    return replace(synapse, code=f"{step}\n{synapse.code}", params=(), vars=(*held, *synapse.vars))


def _with_currents(
    model: NeuronModel, adjoint: NeuronAdjoint, numbers: Sequence[int]
) -> tuple[NeuronModel, NeuronAdjoint]:
    """Copies in which the neuron holds some of its synaptic currents, which decay when a timestep begins."""
    if not numbers:
        return model, adjoint
    total = " + ".join(["Isyn", *(f"(Scale{k} * Current{k})" for k in numbers)])
    flow = "".join(f"Current{k} = (Decay{k} * Current{k}) + {arriving(k)};\n" for k in numbers)
    for k in numbers:
        model = model.with_input_var(arriving(k)).with_var(Var(f"Current{k}"))
    model = replace(model, sim_code=flow + _summed(model.sim_code, total))
    read: dict[str, Any] = {
        name: _summed(getattr(adjoint, name), total) for name in ("slope", "change", "given", "before", "after")
    }
    return model, replace(adjoint, **read)


def _summed(code: str, total: str) -> str:
    return re.sub(r"\bIsyn\b", f"({total})", code)


def _update(constant: Constant, dt: float) -> CustomUpdateModel:
    return CustomUpdateModel(
        update_code="\n".join(f"{name} = {expression};" for name, expression in constant.derived),
        params=(Param("Dt", dt),),
        var_refs=(
            VarRef(constant.variable, constant.variable),
            *(VarRef(name, name, access=VarAccessMode.READ_WRITE) for name, _ in constant.derived),
        ),
    )
