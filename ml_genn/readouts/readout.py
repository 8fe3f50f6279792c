"""Base class of readouts: what is read from an output population at the end of a trial."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from ..errors import DescriptionError
from ..model import NeuronModel, Var

INPUT_SPIKES = "InputSpikes"
"""Input of neurons whose readout asks for it: the spikes that arrive from input neurons, over their number."""


class Readout(ABC):
    """A number per neuron that summarises a trial; code for it runs at the end of each step, before the reset.

    Attributes:
        reads_input: the code reads InputSpikes, so that compilers have to connect the network's inputs to it.
    """

    reads_input: ClassVar[bool] = False

    @abstractmethod
    def add_readout_logic(self, model: NeuronModel, *, example_timesteps: int = 1, dt: float = 1.0) -> NeuronModel:
        """A copy of `model` that also computes the readout.

        Args:
            example_timesteps: timesteps per trial.
            dt: timestep [ms].

        Raises:
            DescriptionError: the model lacks what the readout reads.
        """

    def trial_numbers(self, output_var_name: str, example_timesteps: int, dt: float) -> dict[str, float]:
        """Values of those parameters of the code that depend on how many timesteps a trial has, by their names.

        Args:
            output_var_name: the model's output variable.
            example_timesteps, dt: as for `add_readout_logic`; of a trial without timesteps values have to be finite.
        """
        return {}

    @abstractmethod
    def variable(self, output_var_name: str) -> str:
        """The variable that holds the readout of a model with this output variable."""

    def get_readout(
        self, genn_pop: Any, batch_size: int, shape: tuple[int, ...], output_var_name: str = "V"
    ) -> np.ndarray:
        """Pull the readout of each example.

        Returns:
            A copy, of shape (batch_size,) + shape.
        """
        variable = genn_pop.vars[self.variable(output_var_name)]
        variable.pull_from_device()
        return np.array(variable.current_view).reshape(batch_size, *shape)

    def output_var(self, model: NeuronModel, verb: str) -> Var:
        """The model's output variable.

        Raises:
            DescriptionError: the model names none, or names one that it lacks.
        """
        name = type(self).__name__
        if not model.vars:
            raise DescriptionError(f"{name} readout can only be used with models with state variables")
        if model.output_var_name is None:
            raise DescriptionError(f"{name} readout requires that models specify an output variable name")
        var = model.var(model.output_var_name)
        if var is None:
            raise DescriptionError(f"Model does not have variable {model.output_var_name} to {verb}")
        return var

    def require_spikes(self, model: NeuronModel) -> None:
        """Check that the model spikes.

        Raises:
            DescriptionError: it does not.
        """
        if not model.threshold_condition_code.strip():
            raise DescriptionError(f"{type(self).__name__} readout can only be used with spiking models")
