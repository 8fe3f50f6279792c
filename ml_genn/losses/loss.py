"""Base class of losses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np

from ..errors import UnsupportedError
from ..model import NeuronModel

TARGET = "YTrue"
"""The name by which code of an output neuron reads its target."""


class Loss(ABC):
    """How far the outputs of a network are from what is right, a mean over examples.

    A loss knows its value and how its targets reach the neurons of an output population; what a neuron does with them
    in order to learn is a compiler's business.

    Attributes:
        reads_series: predictions are the output variable in each timestep, not readouts.
        targets_series: so are targets.
    """

    reads_series: ClassVar[bool] = False
    targets_series: ClassVar[bool] = False

    @abstractmethod
    def value(self, y_true: Any, y_pred: np.ndarray) -> float:
        """The loss of some examples.

        Args:
            y_true: what is right, one entry per example.
            y_pred: what the network says, one entry per example; the class says of which shape.

        Raises:
            DataError: the two do not fit each other.
        """

    def for_trial(self, trial_ms: float) -> Self:
        """The loss of trials of this length [ms]: a copy, where the length matters."""
        return self

    def check_targets(self, y_true: Any, shape: tuple[int, ...]) -> None:  # noqa: B027 - a loss may have no such check
        """Refuse targets that can be right for no example; a training calls it before its first batch.

        Args:
            y_true: targets of any number of examples.
            shape: shape of the output population.

        Raises:
            DataError: there are such targets; the message names the first.
        """

    def lost_label_spikes(self, y_true: Any, y_pred: np.ndarray) -> int | None:
        """In how many examples the neuron of the right class did not spike; None where the loss reads no spikes."""
        return None

    def add_to_neuron(
        self, model: NeuronModel, shape: tuple[int, ...], batch_size: int, example_timesteps: int
    ) -> NeuronModel:
        """A copy of `model` whose code can read the target as YTrue.

        Args:
            model: model of the output neuron.
            shape: shape of the output population.
            batch_size: examples per batch.
            example_timesteps: timesteps per trial.

        Raises:
            DescriptionError: the model uses the name YTrue for something else.
            UnsupportedError: the targets of this loss are known to Python only, which is enough to train.
        """
        raise UnsupportedError(f"{type(self).__name__} does not bring its targets into code of neurons")

    def set_target(
        self, genn_pop: Any, y_true: Any, shape: tuple[int, ...], batch_size: int, example_timesteps: int
    ) -> None:
        """Give the engine the targets of a batch; a last, partial batch may hold fewer examples.

        Args:
            genn_pop: the engine's neuron group of the output population.
            y_true: targets, one entry per example.
            shape, batch_size, example_timesteps: as for `add_to_neuron`.

        Raises:
            DataError: the targets do not fit the population or the batch.
            UnsupportedError: as for `add_to_neuron`.
        """
        raise UnsupportedError(f"{type(self).__name__} does not bring its targets into code of neurons")
