"""Waking neurons that fell silent by other weights."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any, final

import numpy as np

from ..connection import Connection
from ..errors import DescriptionError
from ..registry import INITIALIZERS
from ..values import Value, is_initializer
from .callback import Callback
from .silent_neurons import incoming, synapses_of_silent, write
from .trained import check_trained


@final
class SilentNeuronRewiring(Callback):
    """After each epoch, draws all weights anew into neurons, and only these, that sent no spike in the epoch.

    Weights are drawn from the initializer that the connection was described with. They depend on the seed, the
    connection and the epoch alone.

    Args:
        initializer: what to draw from, for connections that were described with numbers.
        seed: seed of the weights.
        pops: populations or layers; None for all that send spikes to others.

    Source: Nowotny, Turner, Knight 2025, "Loss shaping enhances exact gradient learning with Eventprop in spiking
    neural networks".
    """

    seed = Value(whole=True, low=0)

    def __init__(self, initializer: Any = None, seed: int = 1, pops: Iterable[Any] | None = None) -> None:
        self.initializer = INITIALIZERS.resolve(initializer)
        self.seed = seed
        self.pops = pops

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        self._network = check_trained(self, compiled_network)
        self._connections = incoming(self, compiled_network, self.pops)
        for found in self._connections.values():
            for connection, _ in found:
                self._drawn_from(connection)

    def on_epoch_end(self, epoch: int, metrics: dict[Any, Any]) -> None:
        for connection, variable, chosen in synapses_of_silent(self._network, self._connections):
            name = zlib.crc32(connection.name.encode())
            generator = np.random.default_rng([self.seed, name, epoch])
            write(variable, chosen, self._drawn_from(connection).sample(generator, int(chosen.sum())))

    def _drawn_from(self, connection: Connection) -> Any:
        given = connection.connectivity.weight
        found = given if is_initializer(given) else self.initializer
        if found is None:
            raise DescriptionError(
                f"SilentNeuronRewiring: the weights of {connection} were given as numbers; say what to draw others "
                "from with initializer="
            )
        return found
