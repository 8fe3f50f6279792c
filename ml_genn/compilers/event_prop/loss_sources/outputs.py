"""What each output is trained for: losses as the user gives them, made to fit the readouts and the trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ....errors import DescriptionError
from ....layer import underlying_population
from ....losses import FirstSpikeCrossentropy, SparseCategoricalCrossentropy
from ....population import Population
from ....readouts import FirstSpikeTime
from ....registry import LOSSES
from .registry import LOSS_SOURCES

FIRST_SPIKE_DEFAULTS = {"ttfs_alpha": 0.01, "softmax_temperature": 1.0}


def resolve_losses(
    given: Any, outputs: Sequence[Population], trial_ms: float, first_spike: Mapping[str, float]
) -> dict[Population, Any]:
    """The loss of each output.

    SparseCategoricalCrossentropy of the times of first spikes is FirstSpikeCrossentropy with `first_spike`.

    Args:
        given: Loss or its name, or a dictionary of these by population or layer.
        outputs: the populations with readouts.
        trial_ms: length of a trial [ms].
        first_spike: ttfs_alpha and softmax_temperature.

    Raises:
        UnsupportedError: there is no rule for a loss with its readout.
        DescriptionError: `first_spike` is not at its defaults, and no loss takes it.
    """
    if isinstance(given, Mapping):
        given = {underlying_population(key): loss for key, loss in given.items()}
    found = LOSSES.resolve_each(given, outputs)
    used = False
    for output, loss in found.items():
        of_first_spikes = isinstance(output.neuron.readout, FirstSpikeTime)
        if of_first_spikes and isinstance(loss, SparseCategoricalCrossentropy):
            loss = FirstSpikeCrossentropy(first_spike["softmax_temperature"], first_spike["ttfs_alpha"])
            used = True
        LOSS_SOURCES.find(output, loss, output.neuron.readout)
        found[output] = loss.for_trial(trial_ms)
    if not used and first_spike != FIRST_SPIKE_DEFAULTS:
        raise DescriptionError(
            "softmax_temperature and ttfs_alpha are for SparseCategoricalCrossentropy with FirstSpikeTime readouts, of "
            "which there is none here; give FirstSpikeCrossentropy its own tau_0 and alpha"
        )
    return found
