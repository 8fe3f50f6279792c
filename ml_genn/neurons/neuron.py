"""Base class of neurons."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..errors import DescriptionError
from ..model import NeuronModel
from ..registry import READOUTS

if TYPE_CHECKING:
    from ..population import Population


class Neuron(ABC):
    """What the neurons of a population compute.

    Args:
        readout: what to read from the neuron, an object or a name as "spike_count"; None reads nothing.

    Attributes:
        output_var_name: the variable that readouts read.
        pipelined: the neuron works in stages, for the FewSpikeCompiler only.
        sends_values: the neuron sends the number Q where that is not 0, instead of spikes.
        takes_maximum: the neuron takes the largest of its inputs, from one connection that selects maxima.
    """

    output_var_name: ClassVar[str | None] = "V"
    pipelined: ClassVar[bool] = False
    sends_values: ClassVar[bool] = False
    takes_maximum: ClassVar[bool] = False

    def __init__(self, readout: Any = None) -> None:
        self.readout = readout

    @abstractmethod
    def get_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        """The GeNN model of a population of these neurons.

        Args:
            population: the population, for its shape and connections.
            dt: timestep [ms].
            batch_size: examples per batch.
        """

    def get_readout(self, genn_pop: Any, batch_size: int, shape: tuple[int, ...]) -> np.ndarray:
        """What the readout holds, as a copy of shape (batch_size,) + shape.

        Raises:
            DescriptionError: the neuron has no readout.
        """
        if self.readout is None:
            raise DescriptionError("Cannot get readout from neuron without readout strategy")
        values: np.ndarray = self.readout.get_readout(genn_pop, batch_size, shape, self.output_var_name)
        return values

    @property
    def readout(self) -> Any:
        """What to read from the neuron; None reads nothing."""
        return self._readout

    @readout.setter
    def readout(self, readout: Any) -> None:
        self._readout = READOUTS.resolve(readout)
