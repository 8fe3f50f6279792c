"""What each output is trained for: losses as the user gives them, made to fit the readouts and the trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from ....errors import DescriptionError
from ....layer import underlying_population
from ....losses import FirstSpikeCrossentropy, PerTimestepCrossentropy, SparseCategoricalCrossentropy
from ....population import Population
from ....readouts import FirstSpikeTime
from ....registry import LOSSES
from .registry import LOSS_SOURCES


@final
@dataclass(frozen=True)
class LossOptions:
    """Arguments of the compiler that say what SparseCategoricalCrossentropy stands for.

    Args:
        per_timestep: PerTimestepCrossentropy.
        softmax_temperature, ttfs_alpha: tau_0 [ms] and alpha of FirstSpikeCrossentropy, for first spikes.
    """

    per_timestep: bool = False
    softmax_temperature: float = 1.0
    ttfs_alpha: float = 0.01

    def specific(self, loss: Any, readout: Any) -> Any:
        """The loss that one with this readout stands for."""
        if not isinstance(loss, SparseCategoricalCrossentropy):
            return loss
        if isinstance(readout, FirstSpikeTime):
            return FirstSpikeCrossentropy(self.softmax_temperature, self.ttfs_alpha)
        return PerTimestepCrossentropy() if self.per_timestep else loss

    def check_used(self, given: Mapping[Population, Any], found: Mapping[Population, Any]) -> None:
        """Refuse arguments that make no difference.

        Raises:
            DescriptionError: one is not at its default, and no loss depends on it.
        """
        of_first_spikes = any(
            isinstance(found[output], FirstSpikeCrossentropy) and loss is not found[output]
            for output, loss in given.items()
        )
        if not of_first_spikes and (self.softmax_temperature, self.ttfs_alpha) != (1.0, 0.01):
            raise DescriptionError(
                "softmax_temperature and ttfs_alpha are for SparseCategoricalCrossentropy with FirstSpikeTime "
                "readouts, none of which is here; give FirstSpikeCrossentropy its own tau_0 and alpha"
            )
        if self.per_timestep and not any(loss.reads_series for loss in found.values()):
            raise DescriptionError(
                "per_timestep_loss is for SparseCategoricalCrossentropy with readouts of the voltage, none of "
                "which is here; leave it at False"
            )


def resolve_losses(
    given: Any, outputs: Sequence[Population], trial_ms: float, options: LossOptions
) -> dict[Population, Any]:
    """The loss of each output, of trials of any length.

    Args:
        given: Loss or its name, or a dictionary of these by population or layer.
        outputs: the populations with readouts.
        trial_ms: length of the longest trial [ms].
        options: what SparseCategoricalCrossentropy stands for.

    Raises:
        UnsupportedError: there is no rule for a loss with its readout.
        DescriptionError: an option makes no difference, or trials are too long for a loss.
    """
    if isinstance(given, Mapping):
        given = {underlying_population(key): loss for key, loss in given.items()}
    named = LOSSES.resolve_each(given, outputs)
    found = {output: options.specific(loss, output.neuron.readout) for output, loss in named.items()}
    for output, loss in found.items():
        LOSS_SOURCES.find(output, loss, output.neuron.readout)
    options.check_used(named, found)
    for loss in found.values():
        loss.for_trial(trial_ms)
    return found
