"""A population: neurons of one kind, arranged in a shape."""

from __future__ import annotations

import math
import weakref
from collections.abc import Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, final

import numpy as np

from .errors import DescriptionError
from .network import Network
from .registry import NEURONS

if TYPE_CHECKING:
    from .connection import Connection

Shape = tuple[int, ...]


@final
class Population:
    """Neurons of one kind.

    Args:
        neuron: a Neuron object (copied) or the name of one that needs no arguments.
        shape: an int, a sequence of ints, or None to let a connection decide; channels come last.
        record_spikes: let a SpikeRecorder record spikes.
        record_spike_events: let a SpikeRecorder record negative spikes; with `record_spikes` it records both.
        name: unique in its network; by default Pop0, Pop1, ...
        add_to_model: False keeps it out of the network whose `with` block is running.
        readout: shorthand for the readout of `neuron`.

    Raises:
        DescriptionError: outside a network, or a bad shape or neuron.
    """

    def __init__(
        self,
        neuron: Any,
        shape: int | Sequence[int] | None = None,
        record_spikes: bool = False,
        record_spike_events: bool = False,
        name: str | None = None,
        add_to_model: bool = True,
        *,
        readout: Any = None,
    ) -> None:
        self.name = name or "Pop"
        self.neuron = neuron
        self.shape = shape
        if readout is not None:
            self.neuron.readout = readout
        self.record_spikes = record_spikes
        self.record_spike_events = record_spike_events
        self.incoming_connections: list[weakref.ref[Connection]] = []
        self.outgoing_connections: list[weakref.ref[Connection]] = []
        if add_to_model:
            self.name = Network.current("Population").add_population(self, name)

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"Population({type(self.neuron).__name__}, shape={self.shape}, name={self.name!r})"

    def __getstate__(self) -> dict[str, Any]:
        # connections hold their populations and not the other way round; copies of them report to copies of these
        return vars(self) | {"incoming_connections": [], "outgoing_connections": []}

    @property
    def neuron(self) -> Any:
        """What the neurons compute; assigning a name or an object makes or copies one."""
        return self._neuron

    @neuron.setter
    def neuron(self, neuron: Any) -> None:
        if neuron is None:
            raise DescriptionError(f"{self.name}: a population needs a neuron, as an object or a name")
        self._neuron = NEURONS.resolve(neuron)

    @property
    def shape(self) -> Shape | None:
        """Shape as a tuple; None as long as neither user nor connection has decided."""
        return self._shape

    @shape.setter
    def shape(self, shape: int | Sequence[int] | None) -> None:
        self._shape = None if shape is None else _as_shape(self.name, shape)

    @property
    def known_shape(self) -> Shape:
        """Shape as a tuple.

        Raises:
            DescriptionError: the shape has not been decided.
        """
        if self._shape is None:
            raise DescriptionError(f"{self.name} has no shape; give shape= or a connection that decides it")
        return self._shape

    @property
    def num_neurons(self) -> int:
        """Number of neurons.

        Raises:
            DescriptionError: the shape has not been decided.
        """
        return math.prod(self.known_shape)


def _as_shape(name: str, shape: int | Sequence[int]) -> Shape:
    sizes: Any = (shape,) if isinstance(shape, Integral) else shape
    regular = isinstance(sizes, Sequence | np.ndarray) and not isinstance(sizes, str) and len(sizes) > 0
    if not regular or not all(isinstance(size, Integral) and int(size) > 0 for size in sizes):
        raise DescriptionError(
            f"{name}: a population's shape must be None, a positive integer or a sequence of them, got {shape!r}"
        )
    return tuple(int(size) for size in sizes)
