"""The table: networks and losses that between them use every rule of EventProp's compiler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from ml_genn.losses import (
    FirstSpikeCrossentropy,
    MeanSquareError,
    PerTimestepCrossentropy,
    RelativeMeanSquareError,
    SparseCategoricalCrossentropy,
)
from ml_genn.readouts import (
    AvgVar,
    AvgVarExpWeight,
    AvgVarInputWeight,
    AvgVarLinWeight,
    AvgVarSigmoidWeight,
    FirstSpikeTime,
    MaxVar,
    SumVar,
    Var,
)
from tests.references.exact import (
    FirstSpike,
    MaxVoltage,
    MeanCrossentropy,
    MeanSquare,
    Net,
    Projection,
    RelativeSquare,
    Trace,
    WeightedMean,
    cells,
    gradients,
)
from tests.references.exact.net import SILENT
from tests.references.exact.sources import Loss

INPUTS, HIDDEN, OUTPUTS = 6, 5, 3
DURATION = 48.0  # [ms]; with all other times a whole number of each timestep from 0.08 to 0.01 ms
UNIT = 0.8  # [ms]
LABELS = (1, 0, 2, 1, 2, 0)
STEEP = 0.06  # [1/ms]; where a voltage touches the threshold less steeply, errors of the grid weigh any amount


@dataclass(frozen=True)
class Task:
    """A loss, of the reference and of production.

    Args:
        exact: the reference's loss for timesteps of a length.
        loss, readout: production's.
        spiking: whether outputs spike.
        target: the reference's target of a label.
        series: whether production's target is a series of numbers, not the label.
    """

    exact: Callable[[float], Loss]
    loss: Any
    readout: Any
    spiking: bool = False
    target: Callable[[int], Any] = lambda label: label
    series: bool = False

    def targets(self, labels: Sequence[int], dt: float) -> np.ndarray:
        """What production is given."""
        if not self.series:
            return np.array(labels)
        times = dt * np.arange(1.0, round(DURATION / dt) + 1.0)
        return np.stack([self.target(label)(times) for label in labels])


def waves(label: int) -> Callable[[np.ndarray], np.ndarray]:
    """A target for each output, other ones for other labels."""
    return lambda times: np.stack([0.5 * np.sin((times + 5.0 * label) / tau) for tau in (9.0, 7.0, 5.0)], axis=-1)


CROSSENTROPY = SparseCategoricalCrossentropy()
MEAN = Task(lambda dt: WeightedMean(), CROSSENTROPY, AvgVar())
EXP = Task(lambda dt: WeightedMean("exp"), CROSSENTROPY, AvgVarExpWeight())
SUM = Task(lambda dt: WeightedMean(scale=DURATION / dt), CROSSENTROPY, SumVar())
LINEAR = Task(lambda dt: WeightedMean("linear"), CROSSENTROPY, AvgVarLinWeight())
SIGMOID = Task(lambda dt: WeightedMean("sigmoid"), CROSSENTROPY, AvgVarSigmoidWeight())
INPUT = Task(lambda dt: WeightedMean("input", 1.0 / INPUTS, 7.0), CROSSENTROPY, AvgVarInputWeight(7.0))
MAX = Task(lambda dt: MaxVoltage(), CROSSENTROPY, MaxVar())
FIRST = Task(lambda dt: FirstSpike(3.0, 0.5), FirstSpikeCrossentropy(3.0, 0.5), FirstSpikeTime(), spiking=True)
FIRST_EXP = Task(
    lambda dt: FirstSpike(3.0, 0.5, 10.0), FirstSpikeCrossentropy(3.0, 0.5, 10.0), FirstSpikeTime(), spiking=True
)
SQUARE = Task(lambda dt: MeanSquare(), MeanSquareError(), Var(), target=waves, series=True)
RELATIVE = Task(lambda dt: RelativeSquare(2.0), RelativeMeanSquareError(2.0), FirstSpikeTime(), spiking=True)


def each_moment(readout: Any) -> Task:
    """Crossentropy in each timestep, which reads the voltage, with a readout for predictions."""
    return Task(lambda dt: MeanCrossentropy(), PerTimestepCrossentropy(), readout)


@dataclass(frozen=True, eq=False)
class Row:
    """A network and what it is trained for.

    Args:
        name: what the row is about.
        task: the loss.
        constants: of hidden neurons, and of outputs that spike.
        recurrent, delays, delta: which connections there are.
        tau: time constants of the currents from inputs, from hidden neurons to themselves and to outputs [ms].
    """

    name: str
    task: Task = MEAN
    constants: dict[str, Any] = field(default_factory=dict)
    recurrent: bool = True
    delays: bool = False
    delta: bool = False
    tau: tuple[float, float, float] = (5.0, 5.0, 5.0)

    def __str__(self) -> str:
        return self.name


ADAPTIVE = {"strength": 0.3, "tau_adapt": 40.0}
VARIED = {
    "tau_mem": np.array([10.0, 12.0, 20.0, 15.0, 31.0]),
    "tau_adapt": np.array([30.0, 100.0, 12.0, 40.0, 60.0]),
    "strength": np.array([0.25, 0.1, 0.5, 0.2, 0.4]),
}
BIAS = np.array([0.1, 0.2, 0.0, -0.2, 0.3])
FALLING = {"theta": 0.4, "strength": 0.6, "tau_adapt": 2.0, "v_reset": 0.6, "refractory": 4.0}
ROWS = (
    Row("feed-forward", recurrent=False),
    Row("recurrent with autapses"),
    Row("sum", SUM),
    Row("exponential weights", EXP),
    Row("linear weights", LINEAR),
    Row("sigmoid weights", SIGMOID),
    Row("input as weights", INPUT),
    Row("maximum", MAX),
    Row("soft reset", constants={"relative_reset": True}),
    Row("reset above zero", constants={"v_reset": 0.3}),
    Row("two currents", tau=(5.0, 9.0, 3.0)),
    Row("equal time constants", constants={"tau_mem": 5.0}),
    Row("a tau_mem for each neuron", constants={"tau_mem": np.array([10.0, 12.0, 20.0, 15.0, 31.0])}),
    Row("refractory", constants={"refractory": 2.4}),
    Row("refractory, soft reset", constants={"refractory": 2.4, "relative_reset": True}),
    Row("refractory, integrating", constants={"refractory": 1.6, "integrates": True}),
    Row(
        "refractory, integrating, soft reset", constants={"refractory": 1.6, "integrates": True, "relative_reset": True}
    ),
    Row("refractory, periods of each neuron", constants={"refractory": np.array([1.6, 2.4, 3.2, 0.8, 4.0])}),
    Row("adaptive", constants=ADAPTIVE),
    Row("adaptive, constants of each neuron", constants=VARIED),
    Row("adaptive, spikes as held voltages meet their falling thresholds", constants=FALLING),
    Row("adaptive, soft reset", constants=ADAPTIVE | {"relative_reset": True}),
    Row("adaptive, refractory, delays", constants=ADAPTIVE | {"refractory": 2.4}, delays=True),
    Row("adaptive, refractory, integrating", constants=ADAPTIVE | {"refractory": 1.6, "integrates": True}),
    Row("adaptive first spikes", FIRST, ADAPTIVE),
    Row("bias", constants={"bias": BIAS}),
    Row("bias, soft reset, refractory", constants={"bias": BIAS, "relative_reset": True, "refractory": 2.4}),
    Row("bias, refractory, integrating", constants={"bias": BIAS, "refractory": 1.6, "integrates": True}),
    Row("bias, adaptive, delays", constants=ADAPTIVE | {"bias": BIAS}, delays=True),
    Row("bias, adaptive first spikes", FIRST, ADAPTIVE | {"bias": 0.1}),
    Row("refractory first spikes", FIRST, {"refractory": 2.4}),
    Row("delays", delays=True),
    Row("delta synapses into outputs", delta=True),
    Row("delta synapses, exponential weights", EXP, delta=True),
    Row("delta synapses, mean square error", SQUARE, delta=True),
    Row("first spike", FIRST),
    Row("first spike, exponential penalty", FIRST_EXP),
    Row("relative square error", RELATIVE),
    Row("mean square error", SQUARE),
    *(
        Row(f"crossentropy in each timestep, {type(readout).__name__}", each_moment(readout))
        for readout in (
            Var(),
            AvgVar(),
            AvgVarExpWeight(),
            AvgVarInputWeight(),
            AvgVarLinWeight(),
            AvgVarSigmoidWeight(),
            MaxVar(),
            SumVar(),
        )
    ),
)

_QUICK = ("adaptive, refractory, delays", "first spike", "mean square error")
MARKED = [pytest.param(row, id=row.name, marks=[] if row.name in _QUICK else [pytest.mark.slow]) for row in ROWS]
"""The rows as arguments of tests."""


def network(row: Row) -> Net:
    """The row's network, which spikes some 20 to 60 times a trial."""
    rng = np.random.default_rng(1)

    def projection(source: str, target: str, shape: tuple[int, int], mean: float, spread: float, k: int) -> Projection:
        delay = UNIT * rng.integers(0, 6, shape) if row.delays else 0.0
        return Projection(source, target, rng.normal(mean, spread, shape), row.tau[k], delay)

    constants = {"tau_mem": 20.0} | row.constants
    drive = np.mean(constants["tau_mem"]) / 20.0
    rest = {key: value for key, value in constants.items() if key != "tau_mem"}
    output = cells(OUTPUTS, tau_mem=20.0, **(rest | {"theta": 0.5}) if row.task.spiking else {"theta": SILENT})
    found = {"in": projection("input", "hidden", (INPUTS, HIDDEN), 2.6 * drive, 0.6 * drive, 0)}
    if row.recurrent:
        found["rec"] = projection("hidden", "hidden", (HIDDEN, HIDDEN), 0.0, 0.3 * drive, 1)
    found["out"] = projection("hidden", "output", (HIDDEN, OUTPUTS), 0.7, 0.6, 2)
    if row.task is MAX:  # maxima are smooth
        found["out"] = replace(found["out"], weight=np.abs(found["out"].weight))
    if row.task is SUM:  # over up to 4,800 timesteps
        found["out"] = replace(found["out"], weight=0.001 * found["out"].weight)
    if row.delta:
        found["delta"] = replace(projection("hidden", "output", (HIDDEN, OUTPUTS), 0.1, 0.1, 2), tau=None)
    return Net(cells(HIDDEN, **constants), output, found, DURATION)


def exact(row: Row, traces: list[Trace], dt: float) -> dict[str, np.ndarray]:
    """Derivatives of the mean loss of some trials."""
    loss = row.task.exact(dt)
    parts = [gradients(trace, loss, row.task.target(label)) for trace, label in zip(traces, LABELS, strict=False)]
    return {name: np.mean([part[name] for part in parts], axis=0) for name in parts[0]}
