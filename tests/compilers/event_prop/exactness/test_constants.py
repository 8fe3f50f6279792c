"""Constants of neurons and synapses: their gradients beside exact ones, each kind of constant by itself."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tests.compilers.event_prop.exactness.described import Described
from tests.compilers.event_prop.exactness.rows import (
    ADAPTIVE,
    BIAS,
    EXP,
    FIRST,
    LABELS,
    MEAN,
    SQUARE,
    VARIED,
    Row,
    exact,
    network,
)
from tests.compilers.event_prop.exactness.trials import chosen

STEPS = (0.08, 0.04, 0.02, 0.01)  # [ms]
TRIALS = 4
ROWS = (
    Row("recurrent", tau=(5.0, 9.0, 3.0)),
    Row("soft reset", EXP, constants={"relative_reset": True}),
    Row("reset above zero", constants={"v_reset": 0.3}),
    Row("equal time constants", constants={"tau_mem": 5.0}),
    Row("a tau_mem for each neuron", MEAN, constants={"tau_mem": np.array([10.0, 12.0, 20.0, 15.0, 31.0])}),
    Row("delays", delays=True),
    Row("first spike", FIRST),
    Row("refractory", constants={"refractory": 2.4}, tau=(5.0, 9.0, 3.0)),
    Row("refractory, soft reset", constants={"refractory": 2.4, "relative_reset": True}),
    Row("refractory, integrating", constants={"refractory": 1.6, "integrates": True}),
    Row("adaptive", constants=ADAPTIVE),
    Row("adaptive, constants of each neuron", constants=VARIED),
    Row("adaptive, soft reset", constants=ADAPTIVE | {"relative_reset": True}),
    Row("adaptive, refractory, delays", constants=ADAPTIVE | {"refractory": 2.4}, delays=True),
    Row("adaptive first spikes", FIRST, ADAPTIVE),
    Row("mean square error", SQUARE),
    Row("bias", constants={"bias": BIAS}),
    Row("bias, soft reset, refractory", constants={"bias": BIAS, "relative_reset": True, "refractory": 2.4}),
    Row("bias, refractory, integrating", constants={"bias": BIAS, "refractory": 1.6, "integrates": True}),
    Row("bias, adaptive, delays", constants=ADAPTIVE | {"bias": BIAS}, delays=True),
    Row("bias, adaptive first spikes", FIRST, ADAPTIVE | {"bias": 0.1}),
)

_QUICK = ("adaptive, refractory, delays", "bias, soft reset, refractory")
MARKED = [row if row.name in _QUICK else pytest.param(row, marks=pytest.mark.slow) for row in ROWS]


@cache
def pair(row: Row, dt: float) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Gradients of each kind of constant, on a grid and exact ones."""
    traces = chosen(row, TRIALS)
    wanted = exact(row, traces, dt)
    described = Described(network(row), dt, row.task.readout)
    source, output = described.populations["input"], described.populations["output"]
    with described.compile(row.task.loss, batch_size=TRIALS, optimisers=described.constants()) as compiled:
        x = {source: [described.spikes(trace.inputs) for trace in traces]}
        found = described.named_constants(compiled.gradients(x, {output: row.task.targets(LABELS[:TRIALS], dt)}))
    return {name: (found[name].ravel(), wanted[name].ravel()) for name in found}


@pytest.mark.parametrize("row", MARKED, ids=str)
def test_gradients_at_a_fine_grid_are_the_exact_ones(row: Row) -> None:
    for name, (found, wanted) in pair(row, STEPS[-1]).items():
        assert np.abs(wanted).max() > 0.0
        assert found @ wanted >= 0.999 * np.linalg.norm(found) * np.linalg.norm(wanted), name
        assert np.linalg.norm(found - wanted) <= 0.1 * np.linalg.norm(wanted), (
            name
        )  # of 20 to 60 spikes, each up to a timestep late


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_errors_are_proportional_to_the_timestep(row: Row) -> None:
    errors = []
    for dt in STEPS:
        parts = pair(row, dt).values()
        errors.append(sum(np.linalg.norm(found - wanted) / np.linalg.norm(wanted) for found, wanted in parts))
    order = np.polyfit(np.log(STEPS), np.log(errors), 1)[0]
    # where between two grid points a threshold is reached is as good as random; on coarse grids some errors are larger
    # than in proportion
    assert order >= 0.6, errors
    assert errors[-1] <= 0.5 * errors[0]
