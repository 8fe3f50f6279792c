"""Several conversions of one model beside each other, as plain objects: what COMPARISON.json holds, schema 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from .result import Accuracy, Calibration, DataInfo, EnergyEstimate, Environment, Method, ModelInfo
from .wilson import wilson


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Accuracy when the answer is read after so many timesteps, with its 95 % Wilson interval."""

    timesteps: int
    accuracy: float
    confidence_95: tuple[float, float]

    @classmethod
    def of(cls, timesteps: int, correct: int, examples: int) -> Moment:
        """The accuracy correct / examples."""
        return cls(timesteps=timesteps, accuracy=correct / examples, confidence_95=wilson(correct, examples))


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one example costs, means over the examples.

    A spike that meets an existing target is one accumulation; a value that the input sends itself, where it is not
    zero, is one multiply-accumulation for each target. That is NeuroBench's count of effective operations.
    """

    spikes: float
    spikes_per_neuron: float
    accumulates: float
    multiply_accumulates: float
    energy_nanojoule: float

    @classmethod
    def of(cls, *, spikes: float, neurons: int, accumulates: float, multiply_accumulates: float) -> Cost:
        """The cost with the energy that follows from it, by the constants of `EnergyEstimate`."""
        energy = EnergyEstimate.of(accumulates, multiply_accumulates)
        return cls(
            spikes=spikes,
            spikes_per_neuron=spikes / neurons,
            accumulates=accumulates,
            multiply_accumulates=multiply_accumulates,
            energy_nanojoule=energy.snn_nanojoule + energy.ann_nanojoule,
        )

    @property
    def operations(self) -> float:
        """Accumulates and multiply-accumulates together."""
        return self.accumulates + self.multiply_accumulates


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class MethodRun:
    """One method with one setting on all examples."""

    method: Method
    setting: str
    """What tells it from the others of its method, as "K = 4" or "T = 32"."""
    snn: Accuracy
    agreement: float
    by_timestep: tuple[Moment, ...]
    cost: Cost
    convert_seconds: float
    """Choosing thresholds and describing the network."""
    build_seconds: float
    wall_seconds: float
    """Input and simulation of all examples."""
    cpu_seconds: float
    """The same, all processors together."""
    warnings: tuple[str, ...] = ()


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A method that cannot convert the model, and why."""

    method: str
    reason: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class MethodComparison:
    """All methods on one model and one data set; they share the ANN's evaluation and its calibration."""

    kind: str = "comparison"
    """What sets the file apart from a RESULT.json."""
    model: ModelInfo
    data: DataInfo
    calibration: Calibration | None
    ann: Accuracy
    ann_macs: float
    """The ANN's multiply-accumulates over the same connections, per example."""
    ann_nanojoule: float
    ann_cpu_seconds: float
    accumulate_picojoule: float
    multiply_accumulate_picojoule: float
    energy_source: str
    runs: tuple[MethodRun, ...]
    refused: tuple[Refused, ...] = ()
    environment: Environment
    command: str
    warnings: tuple[str, ...] = ()
    schema: int = 1


def cheapest_within(runs: Sequence[MethodRun], ann: Accuracy, points: float) -> MethodRun | None:
    """The run with the fewest operations whose accuracy is at most `points` percentage points below the ANN's."""
    near = [run for run in runs if 100 * (ann.accuracy - run.snn.accuracy) <= points]
    return min(near, key=lambda run: run.cost.operations, default=None)
