"""What a conversion method decides; building and evaluating the network is the same for all of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from ..calibration import Calibration
from ..ir import Array, Weights
from ..stages import Stage, StageGraph
from .scales import Scales

Option = bool | int | float | str | None


class Method(ABC):
    """A rule that turns the stages of an ANN into populations of spiking neurons.

    Attributes:
        name: what users call it, as in `--method few-spike`.
        fits_curves: it can do activation functions other than ReLU.
    """

    name: ClassVar[str]
    fits_curves: ClassVar[bool] = False

    @property
    @abstractmethod
    def needs_calibration(self) -> bool:
        """Whether thresholds come from data."""

    @property
    @abstractmethod
    def options(self) -> Mapping[str, Option]:
        """The options it runs with, for the report."""

    @abstractmethod
    def scales(self, stages: StageGraph, calibration: Calibration | None, signed: frozenset[str]) -> Scales:
        """What each population's full scale stands for; `signed` names the inputs that may be negative."""

    @property
    def top(self) -> float:
        """The highest value that a population can send, in units of its scale."""
        return 1.0

    @property
    def step(self) -> float:
        """The difference between neighbouring values that a neuron can send, in units of its scale."""
        return 1 / self.timesteps

    @abstractmethod
    def neuron(self, stage: Stage, scales: Scales) -> Any:
        """The neuron of a stage's population."""

    @abstractmethod
    def path_factor(self, source_scale: float | Weights) -> float | Weights:
        """What the weights of a path are multiplied by, given the scale of its source; an array for its channels."""

    def synapse(self, source: Stage) -> Any:
        """The synapse of the connections that lead out of a stage."""
        return "delta"

    def sends_values(self, stage: Stage) -> bool:
        """Whether the stage's neurons send their values themselves, once, instead of spikes."""
        return False

    @property
    @abstractmethod
    def timesteps(self) -> int:
        """Timesteps in which a layer works on an example; no neuron spikes more often than that."""

    @abstractmethod
    def most_spikes(self, steps: int) -> int:
        """Spikes of a neuron at its limit; `steps`: timesteps that the input takes to reach its layer."""

    @property
    @abstractmethod
    def watched_timesteps(self) -> tuple[int, ...]:
        """The numbers of timesteps after which the outputs are read, the last one being all."""

    @abstractmethod
    def decode(self, spikes: Any, scale: float | Weights) -> Array:
        """The values that the spikes of one batch stand for, (examples, neurons), given the population's scale or
        that of each neuron."""

    def decode_stage(self, spikes: Any, stage: Stage, scales: Scales) -> Array:
        """The same for the population of a stage."""
        return self.decode(spikes, scales.each(stage))

    @abstractmethod
    def decode_output(self, values: Array) -> Array:
        """The logits that the readouts of an output stand for."""

    @property
    @abstractmethod
    def observation(self) -> Mapping[str, Any]:
        """Further arguments of the compiler for a network whose spikes are to be counted."""

    @abstractmethod
    def create_compiler(self, **kwargs: Any) -> Any:
        """The compiler that runs networks of this method; `kwargs` are the compiler's own arguments."""

    @abstractmethod
    def notes(self, stages: StageGraph) -> tuple[str, ...]:
        """What a reader should know about how this network computes."""
