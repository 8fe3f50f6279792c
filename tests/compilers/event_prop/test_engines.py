"""Training on the numpy interpreter and on real PyGeNN: what it comes to on the embedded engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.compilers import EventPropCompiler
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense
from ml_genn.engines.select import get_engine
from ml_genn.errors import UnsupportedError
from ml_genn.neurons import LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ml_genn.optimisers import Adam
from ml_genn.synapses import Exponential
from ml_genn.utils.data import preprocess_spikes
from tests.compilers.event_prop.exactness.described import Described
from tests.compilers.event_prop.exactness.rows import LABELS, ROWS, network
from tests.compilers.event_prop.exactness.trials import drawn
from tests.compilers.event_prop.lengths.mixed import Trials

ENGINES = ["reference", pytest.param("pygenn", marks=[pytest.mark.pygenn, pytest.mark.slow])]
REFRACTORY = ("refractory, soft reset", "adaptive, refractory, integrating")
ROWS_OF = {
    "reference": ("recurrent with autapses", "first spike", *REFRACTORY),
    "pygenn": (
        "recurrent with autapses",
        "delays",
        "delta synapses into outputs",
        "first spike",
        "mean square error",
        *REFRACTORY,
    ),
}
DT = 0.8  # [ms]
LONGEST = 60  # [timesteps], longer than the last input
RTOL = 1e-9  # exp of numpy, of libm and of what GeNN compiles, in double precision


def open_engine(name: str) -> Any:
    try:
        return get_engine(name)
    except UnsupportedError as error:
        pytest.skip(str(error))


def trials(count: int) -> tuple[list[Any], np.ndarray]:
    """Three classes of spike trains, each of which has inputs of its own."""
    found = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        times, ids = np.sort(rng.integers(0, 25, 15)).astype(float), rng.integers(0, 4, 15) + 2 * (seed % 3)
        found.append(preprocess_spikes(times, ids, 8))
    return found, np.arange(count) % 3


def trained(engine: str, **kwargs: Any) -> tuple[list[float], list[np.ndarray], float]:
    """Losses of three epochs, the weights after them, and the accuracy."""
    rng = np.random.default_rng(1)
    with Network(default_params) as net:
        source = Population(SpikeInput(max_spikes=100), 8)
        hidden = Population(LeakyIntegrateFire(), 10, record_spikes=True)
        output = Population(LeakyIntegrate(readout="avg_var"), 3)
        connections = [
            Connection(source, hidden, Dense(rng.normal(2.0, 0.6, (8, 10))), Exponential(5.0)),
            Connection(hidden, hidden, Dense(rng.normal(0.0, 0.3, (10, 10))), Exponential(5.0)),
            Connection(hidden, output, Dense(rng.normal(0.0, 0.6, (10, 3))), Exponential(5.0)),
        ]
    x, y = trials(9)
    arguments: dict[str, Any] = {"rng_seed": 1, "precision": "double", "engine": engine, **kwargs}
    compiler = EventPropCompiler(30, "sparse_categorical_crossentropy", Adam(0.02), **arguments)
    with compiler.compile(net) as compiled:
        compiled.train({source: x}, {output: y}, 3, callbacks=[])
        metrics, _ = compiled.evaluate({source: x}, {output: y}, callbacks=[])
        groups = [compiled.connection_populations[connection] for connection in connections]
        for group in groups:
            group.vars["g"].pull_from_device()
        weights = [np.array(group.vars["g"].view) for group in groups]
    return [epoch.loss[output] for epoch in compiled.history], weights, metrics[output].result


@pytest.mark.parametrize("engine", ENGINES)
def test_training_is_the_same_on_every_engine(engine: str) -> None:
    open_engine(engine)
    penalties = {"reg_lambda_upper": 1e-4, "reg_nu_upper": 1.0, "reg_lambda_global": 1e-4}
    losses, weights, accuracy = trained(engine, **penalties)
    wanted, expected, same = trained("embedded", num_threads=1, **penalties)
    assert losses == pytest.approx(wanted, rel=RTOL)
    assert losses[-1] < losses[0]
    assert accuracy == same
    for found, weight in zip(weights, expected, strict=True):
        np.testing.assert_allclose(found, weight, rtol=RTOL, atol=RTOL)


@pytest.mark.parametrize("engine", ENGINES)
def test_gradients_are_the_same_on_every_engine(engine: str) -> None:
    open_engine(engine)
    for row in ROWS:
        if row.name not in ROWS_OF[engine]:
            continue
        described = Described(network(row), DT, row.task.readout)
        arguments = (row.task.loss, [drawn(1)], row.task.targets(LABELS[:1], DT))
        found, expected = described.gradients(*arguments, engine=engine), described.gradients(*arguments)
        for name, gradient in expected.items():
            np.testing.assert_allclose(
                found[name], gradient, rtol=0.0, atol=RTOL * np.abs(gradient).max(), err_msg=name
            )


@pytest.mark.parametrize("engine", ENGINES)
def test_short_trials_are_the_same_on_every_engine(engine: str) -> None:
    open_engine(engine)
    for name in ROWS_OF[engine][:2]:
        row = next(row for row in ROWS if row.name == name)
        found, expected = ({}, {})
        for results, one in ((found, engine), (expected, "embedded")):
            trials = Trials(row, LONGEST, 1, engine=one, variable_timesteps=True)
            with trials.compiled:
                outcomes = [trials.run([1], timesteps=[length]) for length in (41, LONGEST, 23)]
            results |= {f"{name} {i}": value for i, one in enumerate(outcomes) for name, value in one.gradients.items()}
            results["counts"] = np.array([one.counts for one in outcomes])
        for key, gradient in expected.items():
            np.testing.assert_allclose(found[key], gradient, rtol=0.0, atol=RTOL * np.abs(gradient).max(), err_msg=key)


@pytest.mark.pygenn
@pytest.mark.slow
def test_batches_are_refused_where_pygenn_has_none() -> None:
    if open_engine("pygenn").capabilities.batches:
        pytest.skip("PyGeNN has a backend with batches here")
    with pytest.raises(UnsupportedError, match="the engine 'pygenn' runs one example at a time here; use batch_size=1"):
        trained("pygenn", batch_size=3)
