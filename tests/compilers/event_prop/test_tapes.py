"""Tapes that are too short grow, and the batch that they were too short for is run again, to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn.callbacks import SpikeRecorder, VarRecorder
from ml_genn.errors import UnsupportedError
from ml_genn.runtime.tapes import tape_size
from tests.compilers.event_prop.test_training import compiled, layers, trials, weights_of

PERTURBED = {"hidden_noise": 0.1, "hidden_dropout": 0.2, "input_dropout": 0.1}


def learnt(max_spikes: int, tau_refrac: float | None = None, **kwargs: Any) -> tuple[bytes, Any, int]:
    """Weights after two epochs, what recorders saw, and spikes that there is room for at the end."""
    network, source, hidden, output = layers(tau_refrac=tau_refrac)
    hidden.population().record_spikes = True
    hidden.connection().connectivity.weight = np.random.default_rng(1).normal(4.0, 2.0, (12, 20))
    x, y = trials(16)
    recorders = [SpikeRecorder(hidden, "spikes"), VarRecorder(output, "v", "v")]
    with compiled(network, max_spikes=max_spikes, **kwargs) as trained:
        recorded = trained.train({source: x}, {output: y}, 2, callbacks=recorders)[1]
        room = trained._tapes._capacities[hidden.population()]
        most = max(np.bincount(ids).max() for ids in recorded["spikes"][1])
        assert most > 3
        return weights_of(trained, hidden).tobytes(), recorded, room


@pytest.mark.parametrize(
    "kwargs",
    [{}, PERTURBED, {"num_threads": 3}, {"tau_refrac": 1.5, "num_threads": 2}],
    ids=["plain", "perturbed", "threads", "refractory"],
)
def test_a_tape_that_grows_changes_no_bit(kwargs: dict[str, Any]) -> None:
    long, short = learnt(30, **kwargs), learnt(1, **kwargs)
    assert short[2] in (4, 8, 16)
    assert short[0] == long[0]
    np.testing.assert_array_equal(short[1]["v"], long[1]["v"])
    for found, wanted in zip(short[1]["spikes"], long[1]["spikes"], strict=True):
        assert [list(one) for one in found] == [list(one) for one in wanted]


def test_the_reference_engine_does_so_too() -> None:
    found = []
    for max_spikes in (1, 30):
        network, source, hidden, output = layers()
        hidden.connection().connectivity.weight = np.random.default_rng(1).normal(4.0, 2.0, (12, 20))
        x, y = trials(2)
        with compiled(network, max_spikes=max_spikes, engine="reference", batch_size=2) as trained:
            found.append(trained.gradients({source: x}, {output: y})[hidden.connection()])
    assert found[0].any()
    np.testing.assert_array_equal(found[0], found[1])


def test_so_do_those_on_which_neurons_spike_where_a_batch_lacks_examples() -> None:
    """Neurons with a bias spike there more often than in the example, which inhibits them."""
    network, source, hidden, output = layers(bias=0.3)
    hidden.connection().connectivity.weight = np.full((12, 20), -9.0)
    x, y = trials(1)
    learnt = {hidden: {"bias": "adam"}}
    with compiled(network, max_spikes=1, optimisers=learnt) as trained:
        trained.gradients({source: x}, {output: y})
        trained.evaluate({source: x}, {output: y}, callbacks=[])
        counts = trained._tapes.counts(hidden.population(), 8)
        assert counts[0].max() < counts[1:].min() <= trained._tapes._capacities[hidden.population()]


def test_what_has_grown_stays_when_the_network_is_loaded_again() -> None:
    network, source, hidden, output = layers()
    hidden.connection().connectivity.weight = np.random.default_rng(1).normal(4.0, 2.0, (12, 20))
    x, y = trials(8)
    trained, found = compiled(network, max_spikes=1), []
    for _ in range(2):
        with trained:
            found.append(trained.gradients({source: x}, {output: y})[hidden.connection()])
    np.testing.assert_array_equal(found[0], found[1])


def test_a_tape_that_no_index_reaches() -> None:
    with pytest.raises(UnsupportedError, match="neurons and 1000 examples is too long; lower max_spikes or batch_size"):
        tape_size(5000, 1000, 1000)
