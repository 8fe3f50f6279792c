"""Neurons that count their own spikes count what a recording shows, negative spikes included."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.callbacks import CallbackList
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import Dense
from ml_genn.errors import DescriptionError
from ml_genn.neurons import BernoulliInput, IntegrateFire, LeakyIntegrate

TIMESTEPS = 50
X = np.random.default_rng(0).uniform(-1, 1, (5, 4)).astype(np.float32)


def run(*, record: bool) -> dict[str, list[tuple[np.ndarray, np.ndarray | None]]]:
    """(counts, net counts) of each batch, by population."""
    with Network() as network:
        source = Population(BernoulliInput(signed_spikes=True), 4, record_spikes=record, name="source")
        hidden = Population(IntegrateFire(bias=0.3), 3, record_spikes=record, name="hidden")
        output = Population(LeakyIntegrate(readout="var"), 2, name="output")
        Connection(source, hidden, Dense(np.full((4, 3), 0.5)))
        Connection(hidden, output, Dense(np.ones((3, 2))))
    compiler = InferenceCompiler(TIMESTEPS, batch_size=2, rng_seed=7, engine="reference", count_spikes=True)
    compiled = compiler.compile(network)
    found: dict[str, list[tuple[np.ndarray, np.ndarray | None]]] = {"source": [], "hidden": []}
    with compiled, CallbackList([], compiled_network=compiled) as callbacks:
        batches = ({source: X[at : at + 2]} for at in range(0, 5, 2))
        for _ in compiled.run_batches(batches, [output], callbacks):
            for population in (source, hidden):
                spikes = compiled.spikes(population)
                net = None if record else spikes.net_counts()
                found[population.name].append((spikes.counts(), net))
    return found


def test_counts_are_those_of_a_recording() -> None:
    recorded, counted = run(record=True), run(record=False)
    for name in ("source", "hidden"):
        for (expected, _), (counts, _) in zip(recorded[name], counted[name], strict=True):
            np.testing.assert_array_equal(counts, expected)
            assert expected.sum() > 0


def test_net_counts_have_the_sign_of_the_input() -> None:
    (counts, net), *_ = run(record=False)["source"]
    np.testing.assert_array_equal(net, counts * np.sign(X[:2]))


def test_counted_spikes_have_no_times() -> None:
    with Network() as network:
        source = Population(BernoulliInput(), 4, name="source")
    compiled = InferenceCompiler(3, engine="reference", count_spikes=True).compile(network)
    with compiled, CallbackList([], compiled_network=compiled) as callbacks:
        for _ in compiled.run_batches([{source: X[:1]}], [], callbacks):
            with pytest.raises(
                DescriptionError, match=r"counted but not recorded; give their population record_spikes"
            ):
                compiled.spikes(source).train(0)
