"""Single precision gives the gradients of double precision wherever it gives the same spikes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.compilers.event_prop.exactness.described import Described
from tests.compilers.event_prop.exactness.rows import DURATION, LABELS, MARKED, Row, network
from tests.compilers.event_prop.exactness.trials import drawn

DT = 1.0  # [ms], of which any precision holds multiples
CASES = 30
RTOL = 1e-4  # 60 timesteps, each with errors of 1e-7, and slopes that are differences of larger numbers


def run(described: Described, row: Row, precision: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Of each case, in which timesteps which neurons spike, and the gradient."""
    source, output = described.populations["input"], described.populations["output"]
    targets, found = row.task.targets(LABELS, DT), []
    compiled = described.compile(row.task.loss, precision=precision)
    with compiled:
        for population in described.populations.values():
            if population.record_spikes:
                compiled.record(population)
        for case in range(CASES):
            example = {source: [described.spikes([(round(time), who) for time, who in drawn(case)])]}
            label = {output: targets[case % len(targets)][np.newaxis]}
            gradients = described.named(compiled.gradients(example, label))
            spikes = recorded(described, compiled)
            found.append((spikes, np.concatenate([one.ravel() for one in gradients.values()])))
    return found


def recorded(described: Described, compiled: Any) -> np.ndarray:
    """Whether each neuron spiked in each timestep."""
    parts = []
    for population in described.populations.values():
        if population.record_spikes:
            times, ids = compiled.spikes(population).train(0)
            raster = np.zeros((round(DURATION / DT), population.num_neurons), bool)
            raster[np.rint(times / DT).astype(int), ids] = True
            parts.append(raster)
    return np.concatenate(parts, axis=1)


@pytest.mark.parametrize("row", MARKED)
def test_single_precision_agrees_with_double(row: Row) -> None:
    described = Described(network(row), DT, row.task.readout)
    doubles = run(described, row, "double")
    pairs = zip(doubles, run(described, row, "float"), strict=True)
    agreeing = [(double, single) for (spikes, double), (same, single) in pairs if np.array_equal(spikes, same)]
    assert len(agreeing) >= 0.9 * CASES
    assert all(spikes.any() for spikes, _ in doubles)
    for double, single in agreeing:
        assert np.abs(double).max() > 0.0
        assert np.abs(single - double).max() <= RTOL * np.abs(double).max()
