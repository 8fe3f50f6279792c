"""Noise and dropout: what makes hidden neurons and inputs unreliable while they are trained, and only then."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, final

from ...model import NeuronModel, Param, Var
from ...neurons import SpikeInput
from ...population import Population
from ...runtime.perturbations import DROPOUT, NOISE, Perturbations
from .per_population import per_population

_IGNORE = f"""if (!({{condition}})) {{{{
    Ignored = 0;
}}}}
else if (Ignored == 0 && {DROPOUT} > 0.0 && gennrand_uniform() <= {DROPOUT}) {{{{
    Ignored = 1;
}}}}"""


@final
class Unreliable:
    """Which populations are perturbed, and how much.

    Args:
        hidden, inputs: the hidden and the input populations.
        hidden_noise: standard deviation of the noise of V per square root of time [1/sqrt(ms)], all or by population.
        hidden_dropout: probability that a crossing of the threshold is ignored, likewise.
        input_dropout: probability that an input spike is dropped, likewise.
        dt: timestep [ms].

    Raises:
        DescriptionError: an argument is out of range or names another population.
    """

    def __init__(
        self,
        hidden: Sequence[Population],
        inputs: Sequence[Population],
        *,
        hidden_noise: Any,
        hidden_dropout: Any,
        input_dropout: Any,
        dt: float,
    ) -> None:
        noise = per_population("hidden_noise", hidden_noise, hidden)
        ignored = per_population("hidden_dropout", hidden_dropout, hidden, below=1.0)
        dropped = per_population("input_dropout", input_dropout, inputs, below=1.0, kind="input")
        listed = {pop for pop in dropped if isinstance(pop.neuron, SpikeInput)}
        self._noise = {pop: value * math.sqrt(dt) for pop, value in noise.items() if value}
        self._shares = {pop: share for pop, share in {**ignored, **dropped}.items() if share and pop not in listed}
        self._listed = {pop: dropped[pop] for pop in listed if dropped[pop]}

    def add_to(self, model: NeuronModel, population: Population) -> NeuronModel:
        """A copy of a population's forward model that is perturbed as far as two dynamic parameters say."""
        if population in self._noise:
            code = f"if ({NOISE} > 0.0) {{\n    V += {NOISE} * gennrand_normal();\n}}"
            model = model.with_sim_code(code).with_param(Param(NOISE, 0.0, dynamic=True))
        if population in self._shares:
            model = _unreliable(model.with_param(Param(DROPOUT, 0.0, dynamic=True)))
        return model

    def switches(self, groups: Mapping[Population, Any], seed: int) -> Perturbations:
        """What turns them on and off."""
        values = [(groups[pop], NOISE, value) for pop, value in self._noise.items()]
        values += [(groups[pop], DROPOUT, value) for pop, value in self._shares.items()]
        return Perturbations(values, self._listed, seed)


def _unreliable(model: NeuronModel) -> NeuronModel:
    """A copy that misses spikes: where a spike resets the neuron, the whole time that it is above the threshold."""
    condition = model.threshold_condition_code
    if not model.reset_code:
        return replace(
            model, threshold_condition_code=f"({condition}) && !({DROPOUT} > 0.0 && gennrand_uniform() <= {DROPOUT})"
        )
    watched = model.with_sim_code(_IGNORE.format(condition=condition)).with_var(Var("Ignored", 0, "int"))
    return replace(watched, threshold_condition_code=f"Ignored == 0 && ({condition})")
