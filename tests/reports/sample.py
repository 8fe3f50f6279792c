"""A realistic result, for the tests of everything that shows or stores one."""

from __future__ import annotations

import dataclasses
from math import prod

from ml_genn.reports import (
    Accuracy,
    Calibration,
    Confused,
    Confusion,
    DataInfo,
    Density,
    Environment,
    Example,
    Gate,
    Histogram,
    LayerDiagnosis,
    LayerResult,
    Method,
    ModelInfo,
    Paired,
    Result,
    Sample,
    Search,
    SearchRun,
    Timing,
    Totals,
)

_LAYERS = (
    # name, neurons, alpha, spikes/neuron, synops, saturated, silent, error, histogram
    ("input", 784, 1.0, 0.551, 97_216.0, 0.0, 0.121, 0.0, (560, 84, 55, 40, 31, 14, 0, 0)),
    (
        "conv2d",
        21_632,
        2.8143,
        0.412,
        80_231.0,
        0.0013,
        0.298,
        0.0011,
        (15_200, 3100, 1800, 900, 420, 190, 20, 2),
    ),
    (
        "max_pooling2d",
        5408,
        2.8143,
        0.873,
        1_359_872.0,
        0.0021,
        0.187,
        0.0013,
        (2900, 1100, 700, 390, 200, 90, 25, 3),
    ),
    ("conv2d_1", 7744, 5.1277, 0.217, 15_123.0, 0.0008, 0.412, 0.0019, (6300, 820, 400, 160, 50, 12, 2, 0)),
    (
        "max_pooling2d_1",
        1600,
        5.1277,
        0.561,
        8976.0,
        0.0019,
        0.263,
        0.0021,
        (980, 300, 180, 90, 35, 12, 3, 0),
    ),
)


_MACS = (0.0, 194_688.0, 0.0, 2_225_664.0, 0.0)


def spread(counts: tuple[int, ...]) -> tuple[int, ...]:
    """Each bin divided into four that fall off."""
    return tuple(count * share // 20 for count in counts for share in (8, 6, 4, 2))


def matrix(mistakes: int) -> tuple[tuple[int, ...], ...]:
    """1,000 examples of each of ten classes, so many of them given a class one to three further on."""
    counts = [[1000 if label == answer else 0 for answer in range(10)] for label in range(10)]
    for i in range(mistakes):
        label = 7 * i % 10
        counts[label][label] -= 1
        counts[label][(label + 1 + i % 3) % 10] += 1
    return tuple(map(tuple, counts))


def confusion(snn: int, ann: int) -> Confusion:
    """So many mistakes of either network."""
    pairs = [(label, answer) for label in range(10) for answer in range(10) if label != answer]
    found = [Confused(label=i, answer=j, snn=matrix(snn)[i][j], ann=matrix(ann)[i][j]) for i, j in pairs]
    frequent = sorted((item for item in found if item.snn), key=lambda item: -item.snn)
    return Confusion(classes=10, snn=matrix(snn), ann=matrix(ann), frequent=tuple(frequent[:20]))


def picture(*shape: int) -> Sample:
    """A slope from black to white."""
    size = prod(shape)
    return Sample(shape=shape, low=0.0, high=1.0, values=tuple(255 * i // (size - 1) for i in range(size)))


def density(low: float, high: float, cells: int = 24) -> Density:
    """Most pairs on the identity, fewer beside it."""
    counts = tuple(tuple(4 ** max(0, 5 - 2 * abs(i - j)) - 1 for j in range(cells)) for i in range(cells))
    return Density(low=low, high=high, counts=counts)


def search(tolerance: float = 0.5) -> Search:
    """Four candidates of two methods; the second one is inside the tolerance and the cheapest of those."""
    found = (
        ("few-spike", "K = 6", 6, 0.0001, 0.0011, 2_353_000.0),
        ("few-spike", "K = 4", 4, 0.0006, 0.0021, 1_546_000.0),
        ("few-spike", "K = 1", 1, 0.412, 0.44, 612_000.0),
        ("rate", "T = 2", 2, 0.0083, 0.0121, 889_000.0),
    )
    runs = tuple(
        SearchRun(
            method=method,
            setting=setting,
            timesteps=steps,
            lost=lost,
            lost_at_most=most,
            agreement=1 - 2 * lost,
            spikes=synops / 50,
            synops=synops,
            seconds=1.5,
            inside=100 * most <= tolerance,
            options={"signed": False},
        )
        for method, setting, steps, lost, most, synops in found
    )
    return Search(tolerance=tolerance, prefer="synops", fitted=512, measured=1000, chosen=1, runs=runs)


def diagnosed(name: str, at: int) -> LayerDiagnosis:
    """A layer's diagnosis; the fourth layer is the one to look at first, and the second one has something too."""
    told = at in (1, 3)
    return LayerDiagnosis(
        name=name,
        examples=256,
        error=0.001 * (at + 1),
        inherited_error=0.0008 * at,
        own_error=0.012 if at == 3 else 0.0005,
        rounding_error=0.0004,
        lasting_error=0.01 if at == 3 else 0.0001,
        clipped=0.021 if told else 0.0,
        saturated=0.0,
        silent=0.1,
        silenced=0.0,
        agreement=1.0 if at < 3 else 0.953125,
        suspect=at == 3,
        finding="2.1 % of the ANN's activations lie above the highest value that it can send." if told else None,
        remedy="Choose thresholds on more, or more varied, examples (--norm-data)." if told else None,
    )


def _model() -> ModelInfo:
    """The Keras model that was converted."""
    return ModelInfo(
        name="mnist_model",
        source="models/mnist_model.keras",
        layers=8,
        parameters=34_826,
        input_shape=(28, 28, 1),
        classes=10,
        sha256="3f" * 32,
    )


def _data() -> DataInfo:
    """What both networks were evaluated on."""
    return DataInfo(
        name="mnist",
        source="data/mnist",
        split="test",
        examples=10_000,
        shape=(28, 28, 1),
        sha256="a7" * 32,
    )


def _hidden_layers() -> tuple[LayerResult, ...]:
    """All that spike, each with a histogram."""
    return tuple(
        LayerResult(
            name=name,
            neurons=neurons,
            threshold=alpha,
            spikes_per_neuron=spikes,
            synops=synops,
            saturated=saturated,
            silent=silent,
            activation_error=error,
            spikes_histogram=Histogram(low=0.0, high=8.0, counts=spread(counts)),
            arriving_synops=arriving,
            ann_macs=macs,
            threshold_note=None,
            correlation=1 - error / 10,
            activations=density(0.0, alpha),
        )
        for (name, neurons, alpha, spikes, synops, saturated, silent, error, counts), arriving, macs in zip(
            _LAYERS, (0.0, *(layer[4] for layer in _LAYERS)), _MACS, strict=False
        )
    )


def _output_layer() -> LayerResult:
    """The layer whose membrane is read."""
    return LayerResult(
        name="dense",
        neurons=10,
        threshold=None,
        spikes_per_neuron=0.0,
        synops=0.0,
        saturated=0.0,
        silent=0.0,
        activation_error=0.0016,
        arriving_synops=8976.0,
        ann_macs=16_000.0,
        correlation=0.99998,
        activations=density(-12.0, 20.0),
    )


def _examples() -> tuple[Example, ...]:
    """Examples that the two networks answer differently."""
    return (
        Example(position=247, label=4, snn=2, ann=4, input=picture(28, 28)),
        Example(position=1014, label=6, snn=0, ann=6, input=picture(28, 28)),
        Example(position=3422, label=6, snn=6, ann=0, input=picture(28, 28)),
    )


def _gates() -> tuple[Gate, ...]:
    """Equality checks, all passed."""
    return (
        Gate(
            name="read",
            passed=True,
            largest_difference=3.1e-7,
            tolerance=1e-4,
            agreement=1.0,
            examples=64,
        ),
        Gate(
            name="merge_pooling",
            passed=True,
            largest_difference=0.0,
            tolerance=1e-4,
            agreement=1.0,
            examples=64,
        ),
    )


def _environment() -> Environment:
    """The machine and its packages."""
    return Environment(
        python="3.11.7",
        platform="Linux 6.1 x86_64",
        cpu="a processor",
        cores=2,
        engine="embedded",
        threads=2,
        compiler="gcc 12.2.0",
        packages={"ml_genn": "3.0.0", "numpy": "2.1.0", "tensorflow": "2.19.0"},
        date="2026-01-31T12:00:00+00:00",
    )


def few_spike_result() -> Result:
    """An MNIST network under few-spike coding with every field filled."""
    layers = (*_hidden_layers(), _output_layer())
    return Result(
        model=_model(),
        data=_data(),
        calibration=Calibration(source="first 2,000 training examples of data/mnist", examples=2000),
        method=Method(name="few-spike", options={"k": 8, "signed": False, "rounding": "nearest"}),
        ann=Accuracy.of(9918, 10_000, seconds=2.91),
        snn=Accuracy.of(9917, 10_000, seconds=11.3, timesteps=41),
        agreement=0.9997,
        accuracy_by_timestep=((8, 0.9917),),
        confusion=confusion(83, 82),
        paired=Paired(both=9916, only_ann=2, only_snn=1, neither=81, p_value=1.0),
        examples=_examples(),
        layers=layers,
        totals=Totals.of(layers, ann_macs=2_436_352.0),
        gates=_gates(),
        folded=("dropout (Dropout) removed: it acts during training only",),
        notes=("Max-pooling is exact under few-spike coding: the maximum of the codes.",),
        warnings=("conv2d_1: 41 % of the neurons are silent on these data.",),
        diagnosis=tuple(diagnosed(layer.name, at) for at, layer in enumerate(layers)),
        search=search(),
        timing=Timing(build_seconds=0.42, input_seconds=1.2, simulation_seconds=9.7, ms_per_example=1.09),
        environment=_environment(),
        command="ml-genn convert models/mnist_model.keras --data data/mnist --k 8 --report report.html",
    )


def rate_result() -> Result:
    """The same network under rate coding: accuracy grows with the timesteps, and no histogram was taken."""
    steps = (1, 2, 4, 8, 16, 32, 64, 96, 128)
    curve = (0.098, 0.113, 0.42, 0.781, 0.921, 0.962, 0.976, 0.9788, 0.9794)
    few = few_spike_result()
    return dataclasses.replace(
        few,
        method=Method(name="data-norm", options={"timesteps": 128}),
        snn=Accuracy.of(9794, 10_000, seconds=85.2, timesteps=128),
        agreement=0.9832,
        confusion=confusion(206, 82),
        paired=Paired(both=9780, only_ann=138, only_snn=14, neither=68, p_value=1.7e-26),
        accuracy_by_timestep=tuple(zip(steps, curve, strict=True)),
        layers=tuple(dataclasses.replace(layer, spikes_histogram=None) for layer in few.layers),
        command="ml-genn convert mnist_model.keras --data data/mnist --method data-norm --timesteps 128",
    )
