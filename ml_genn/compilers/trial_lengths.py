"""Trials of different lengths: neurons that stop after as many timesteps as their example has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from ..access import VarAccess
from ..model import NeuronModel, Var
from ..population import Population
from ..runtime.trial_lengths import TIMESTEPS, TrialLengths
from .compiler import Parts

RUNNING = f"(int)((t / dt) + 0.5) < {TIMESTEPS}"
"""Whether the trial of the example goes on, as an expression in the forward phase."""

UNDOING = f"Step < {TIMESTEPS}"
"""Whether the example has the timestep that is undone, as an expression in the backward phase."""


def with_length(model: NeuronModel, population: Population, timesteps: int, dt: float) -> NeuronModel:
    """A copy in which each example has a number of timesteps, and its readout numbers that depend on it.

    Args:
        model: the model of a population, with its readout.
        population: the population.
        timesteps: what examples have to begin with.
        dt: timestep [ms].
    """
    apart = [param for param in model.params if param.name in _numbers(population, dt, timesteps)]
    held = [Var(param.name, param.value, param.type, VarAccess.READ_ONLY_SHARED_NEURON) for param in apart]
    length = Var(TIMESTEPS, timesteps, "int", VarAccess.READ_ONLY_SHARED_NEURON)
    params = tuple(param for param in model.params if param not in apart)
    return replace(model, params=params, vars=(*model.vars, length, *held))


def trial_lengths(parts: Parts, timesteps: int, dt: float, *, records: bool) -> TrialLengths:
    """What tells the neurons of a network about the examples of each batch.

    Args:
        parts: the network, its models `with_length`.
        timesteps: of the longest trials.
        dt: timestep [ms].
        records: whether spikes are recorded.
    """
    groups = {pop: group for pop, group in parts.neuron_populations.items() if TIMESTEPS in group.vars}
    numbers = {pop: partial(_numbers, pop, dt) for pop in groups if pop.neuron.readout is not None}
    # a batch has to fill the rings that synapses with delays look back into
    delays = [int(group.max_dendritic_delay_timesteps) - 1 for group in parts.connection_populations.values()]
    least = min(timesteps, max(delays, default=0))
    if records and not parts.groups.engine.capabilities.short_recordings:
        least = timesteps
    batch_size = int(parts.genn_model.batch_size)
    return TrialLengths(groups, numbers, batch_size=batch_size, longest=timesteps, least=least)


def _numbers(population: Population, dt: float, timesteps: int) -> Mapping[str, float]:
    """What the readout of a population, if it has one, makes of a number of timesteps."""
    neuron = population.neuron
    if neuron.readout is None or neuron.output_var_name is None:
        return {}
    found: Mapping[str, float] = neuron.readout.trial_numbers(neuron.output_var_name, timesteps, dt)
    return found
