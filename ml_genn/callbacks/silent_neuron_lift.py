"""Waking neurons that fell silent by stronger synapses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, final

from ..values import Value
from .callback import Callback
from .silent_neurons import incoming, synapses_of_silent, write
from .trained import check_trained


@final
class SilentNeuronLift(Callback):
    """After each epoch, adds `lift` to all weights into neurons, and only these, that sent no spike in the epoch.

    A neuron that never spikes has no gradient and would stay silent for ever.

    Args:
        lift: what is added.
        pops: populations or layers; None for all that send spikes to others.

    Source: Nowotny, Turner, Knight 2025, "Loss shaping enhances exact gradient learning with Eventprop in spiking
    neural networks".
    """

    lift = Value(constant=True, finite=True)

    def __init__(self, lift: float = 0.002, pops: Iterable[Any] | None = None) -> None:
        self.lift = lift
        self.pops = pops

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        self._network = check_trained(self, compiled_network)
        self._connections = incoming(self, compiled_network, self.pops)

    def on_epoch_end(self, epoch: int, metrics: dict[Any, Any]) -> None:
        for _, variable, chosen in synapses_of_silent(self._network, self._connections):
            write(variable, chosen, variable.values.reshape(-1)[chosen] + self.lift)
