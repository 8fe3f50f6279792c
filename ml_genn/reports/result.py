"""The result of an evaluation as plain frozen dataclasses: what RESULT.json holds, field for field, schema 1.

Everything that a report shows is in here, and nothing here knows Keras, an engine or a file format. Times are
in seconds unless the name says otherwise; counts of spikes and operations are means per example; fractions
lie between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import final

from .diagnosis import LayerDiagnosis
from .search import Search
from .wilson import wilson

SCHEMA = 1

Option = bool | int | float | str | None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """The trained model that was converted, or the saved spiking network that was evaluated."""

    name: str
    source: str
    """Path as the user gave it."""
    layers: int | None = None
    parameters: int | None = None
    input_shape: tuple[int, ...] | None = None
    classes: int | None = None
    sha256: str | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DataInfo:
    """The evaluation data: where they came from, which split, how many examples of which shape."""

    name: str
    source: str
    split: str
    examples: int
    shape: tuple[int, ...]
    sha256: str | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The data that thresholds were chosen on; never the evaluation data."""

    source: str
    examples: int


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """Conversion method and the options it ran with, as in {"k": 8, "signed": false}."""

    name: str
    options: dict[str, Option] = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Fraction of examples classified correctly, with its 95 % Wilson interval."""

    accuracy: float
    correct: int
    examples: int
    confidence_95: tuple[float, float]
    seconds: float
    timesteps: int | None = None
    """Timesteps per example; None for the model that does not spike."""

    @classmethod
    def of(cls, correct: int, examples: int, *, seconds: float, timesteps: int | None = None) -> Accuracy:
        """The accuracy correct / examples with its interval."""
        return cls(
            accuracy=correct / examples,
            correct=correct,
            examples=examples,
            confidence_95=wilson(correct, examples),
            seconds=seconds,
            timesteps=timesteps,
        )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Numbers of neurons in bins of equal width between `low` and `high`."""

    low: float
    high: float
    counts: tuple[int, ...]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Density:
    """Pairs (ANN's value, value that the spikes stand for) in square cells; both axes run from `low` to `high`.

    The pairs are a sample: every so many neurons of every example.
    """

    low: float
    high: float
    counts: tuple[tuple[int, ...], ...]
    """counts[row][column]: rows by the decoded value, columns by the ANN's, both from `low` up."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LayerResult:
    """One spiking layer, measured over all examples."""

    name: str
    neurons: int
    threshold: float | None
    """Firing threshold under rate coding; the value alpha of the highest code under few-spike coding."""
    spikes_per_neuron: float
    """Mean over neurons and examples."""
    synops: float
    """Spikes times the targets each of them reaches, mean per example; of an analog layer values other than 0."""
    saturated: float
    """Fraction of neurons at the highest code, or firing at every step."""
    silent: float
    """Fraction of neurons that never fire on these data."""
    activation_error: float | None = None
    """mean |decoded - ANN| / max ANN of the layer; None where there is no ANN to compare with."""
    spikes_histogram: Histogram | None = None
    """Neurons by their mean spikes per example."""
    arriving_synops: float | None = None
    """Synaptic operations that arrive at this layer, mean per example: what its ANN counterpart does with MACs."""
    ann_macs: float | None = None
    """Multiply-accumulates with which the ANN computes this layer for one example."""
    threshold_note: str | None = None
    """Why there is no threshold to show."""
    correlation: float | None = None
    """Pearson's, between ANN's values and those that the spikes stand for, over the pairs in `activations`."""
    activations: Density | None = None
    analog: bool = False
    """Whether its neurons send values, once, instead of spikes: then its `synops` are multiply-accumulates."""

    @property
    def spiking(self) -> bool:
        """Whether its neurons can spike: those of an output that is read do not, and are not silent either."""
        return self.spikes_per_neuron > 0 or self.silent > 0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyEstimate:
    """Arithmetic energy per example from counted operations alone; memory traffic and leakage are left out.

    E_snn = (synops - m) * accumulate + m * multiply_accumulate with those m of the synaptic operations that multiply,
    E_ann = ann_macs * multiply_accumulate. The constants are those of 32-bit
    floating point in 45 nm at 0.9 V: 0.9 pJ for an addition and 3.7 pJ for a multiplication.
    Source: M. Horowitz, "Computing's energy problem (and what we can do about it)", ISSCC 2014, figure 1.1.9.
    """

    snn_nanojoule: float
    ann_nanojoule: float
    accumulate_picojoule: float = 0.9
    multiply_accumulate_picojoule: float = 4.6
    source: str = "Horowitz, ISSCC 2014: 32-bit floating point in 45 nm, arithmetic only"

    @classmethod
    def of(cls, synops: float, ann_macs: float, multiply_accumulates: float = 0.0) -> EnergyEstimate:
        """The estimate for mean operations per example; `multiply_accumulates`: those of `synops` that multiply."""
        snn = (synops - multiply_accumulates) * 0.9e-3 + multiply_accumulates * 4.6e-3
        return cls(snn_nanojoule=snn, ann_nanojoule=ann_macs * 4.6e-3)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums over the layers, mean per example.

    `ann_macs` counts the ANN's multiply-accumulates over the same connections that `synops` counts. Those of `synops`
    that multiply, because an analog layer sends values, are its `multiply_accumulates`; all others add a weight.
    """

    spikes: float
    synops: float
    ann_macs: float
    energy_estimate: EnergyEstimate
    multiply_accumulates: float = 0.0

    @classmethod
    def of(cls, layers: Iterable[LayerResult], *, ann_macs: float) -> Totals:
        """The sums over the layers with the energy estimate that follows from them."""
        measured = tuple(layers)
        synops = sum(layer.synops for layer in measured)
        analog = float(sum(layer.synops for layer in measured if layer.analog))
        return cls(
            spikes=sum(layer.spikes_per_neuron * layer.neurons for layer in measured),
            synops=synops,
            ann_macs=ann_macs,
            energy_estimate=EnergyEstimate.of(synops, ann_macs, analog),
            multiply_accumulates=analog,
        )


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Confused:
    """How often examples of class `label` were given the class `answer`."""

    label: int
    answer: int
    snn: int
    ann: int | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """Which classes were chosen for the examples of each class: matrices [label][answer] of numbers of examples."""

    classes: int
    snn: tuple[tuple[int, ...], ...] | None
    """None where there are too many classes to look at as a matrix."""
    ann: tuple[tuple[int, ...], ...] | None = None
    frequent: tuple[Confused, ...] = ()
    """The most frequent mistakes of the spiking network, most frequent first; not all where there are many."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """Examples by which of the two networks classifies them correctly."""

    both: int
    only_ann: int
    only_snn: int
    neither: int
    p_value: float
    """Of McNemar's exact test: how likely a split at least as uneven as only_ann : only_snn is between equals."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One input, small enough to look at: an image (h, w) or (h, w, 3), or a list of numbers (n,).

    A value v of `values`, in C order, stands for low + v / 255 * (high - low). What was larger has been averaged over
    blocks of pixels.
    """

    shape: tuple[int, ...]
    low: float
    high: float
    values: tuple[int, ...]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One example of the evaluation data, by its position in them, with the answers that it was given."""

    position: int
    label: int
    snn: int
    ann: int | None = None
    input: Sample | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One equality check of the conversion: the rewritten model against Keras on sample data."""

    name: str
    passed: bool
    largest_difference: float | None
    """Largest absolute difference of the outputs."""
    tolerance: float | None = None
    agreement: float | None = None
    """Fraction of the sample examples where both choose the same class."""
    examples: int | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Where the time of the evaluation went: building the network, feeding it, simulating it."""

    build_seconds: float
    input_seconds: float
    simulation_seconds: float
    ms_per_example: float
    """Simulation and input, per example."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Everything that a reader needs to repeat the numbers on another machine."""

    python: str
    platform: str
    cpu: str
    cores: int
    engine: str
    threads: int | None = None
    compiler: str | None = None
    packages: dict[str, str] = field(default_factory=dict)
    date: str | None = None
    """UTC, ISO 8601."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The result of converting and evaluating one model on one data set."""

    model: ModelInfo
    data: DataInfo
    method: Method
    snn: Accuracy
    layers: tuple[LayerResult, ...]
    totals: Totals
    environment: Environment
    command: str
    """The exact command, quoted for a shell; or the call, where a program made it."""
    calibration: Calibration | None = None
    ann: Accuracy | None = None
    """None where a saved network is evaluated without its model."""
    agreement: float | None = None
    """Fraction of examples where ANN and SNN choose the same class."""
    accuracy_by_timestep: tuple[tuple[int, float], ...] = ()
    confusion: Confusion | None = None
    paired: Paired | None = None
    examples: tuple[Example, ...] = ()
    """Some of those where ANN and SNN choose different classes; without an ANN, where the SNN is wrong."""
    gates: tuple[Gate, ...] = ()
    folded: tuple[str, ...] = ()
    """One sentence per layer that was merged into another, as in "bn1 (BatchNormalization) into conv1"."""
    notes: tuple[str, ...] = ()
    """What a reader should know about how this network computes, as how max-pooling works here."""
    warnings: tuple[str, ...] = ()
    timing: Timing | None = None
    diagnosis: tuple[LayerDiagnosis, ...] = ()
    """What each layer adds to the difference; empty without an ANN."""
    search: Search | None = None
    """How method and setting were chosen; None where the user chose them."""
    schema: int = SCHEMA
