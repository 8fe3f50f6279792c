"""What is learnt, by which optimiser and within which bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.compilers import EventPropCompiler, Trainable
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense
from ml_genn.errors import DescriptionError, UnsupportedError
from ml_genn.neurons import AdaptiveLeakyIntegrateFire, LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ml_genn.optimisers import SGD
from ml_genn.synapses import Exponential
from ml_genn.utils.data import preprocess_spikes

TRIAL = preprocess_spikes(np.array([1.0, 4.0, 7.0, 9.0]), np.array([0, 1, 2, 0]), 3)


def build() -> tuple[Network, list[Any], list[Any]]:
    with Network(default_params) as network:
        source = Population(SpikeInput(), 3, name="source")
        hidden = Population(LeakyIntegrateFire(), 4, name="hidden")
        output = Population(LeakyIntegrate(readout="avg_var"), 2, name="output")
        first = Connection(source, hidden, Dense(8.0), Exponential(5.0), name="first")
        second = Connection(hidden, output, Dense(np.linspace(-1, 1, 8).reshape(4, 2)), Exponential(5.0), name="second")
    return network, [source, hidden, output], [first, second]


def compiled(network: Network, **kwargs: Any) -> Any:
    return EventPropCompiler(50, "sparse_categorical_crossentropy", **kwargs).compile(network)


def weights(trained: Any, connections: list[Any]) -> list[np.ndarray]:
    return [np.array(trained.connection_populations[connection].vars["g"].values) for connection in connections]


def test_parameters_have_optimisers_and_bounds_of_their_own() -> None:
    network, (source, _, output), connections = build()
    chosen = {connections[1]: {"weight": Trainable(SGD(10.0), low=-0.5, high=0.5)}}
    with compiled(network, optimiser=SGD(0.25), optimisers=chosen, precision="double") as trained:
        before = weights(trained, connections)
        found = trained.gradients({source: [TRIAL]}, {output: np.array([0])})
        trained.train({source: [TRIAL]}, {output: np.array([0])}, 1, callbacks=[])
        after = weights(trained, connections)
        assert sorted(optimiser.alpha for optimiser in trained.optimisers) == [0.25, 10.0]
    expected = before[0] - 0.25 * found[connections[0]].ravel()
    np.testing.assert_allclose(after[0], expected, rtol=1e-12)
    expected = np.clip(before[1] - 10.0 * found[connections[1]].ravel(), -0.5, 0.5)
    np.testing.assert_allclose(after[1], expected, rtol=1e-12)
    assert np.abs(after[1]).max() == 0.5


@pytest.mark.parametrize("which", ["all", "first"])
def test_what_has_no_optimiser_stays(which: str) -> None:
    network, (source, _, output), connections = build()
    how = {"optimiser": None} if which == "all" else {"optimisers": {connections[0]: {"weight": None}}}
    with compiled(network, **how) as trained:
        before = weights(trained, connections)
        found = trained.gradients({source: [TRIAL]}, {output: np.array([0])})
        trained.train({source: [TRIAL]}, {output: np.array([0])}, 2, callbacks=[])
        after = weights(trained, connections)
    assert list(found) == ([] if which == "all" else connections[1:])
    np.testing.assert_array_equal(after[0], before[0])
    assert np.array_equal(after[1], before[1]) == (which == "all")


@pytest.mark.parametrize(
    ("key", "named", "error", "text"),
    [
        ("first", "adam", DescriptionError, r"optimisers\[first\] must be a dictionary of optimisers by name of"),
        ("first", {"d": "adam"}, UnsupportedError, "source->hidden: EventProp cannot learn 'd'; it can 'weight', 'de"),
        (
            "first",
            {"weight": Trainable("adam", shared=True)},
            UnsupportedError,
            "source->hidden: a weight belongs to a synapse and cannot be shared; only constants of neurons and 'tau'",
        ),
        ("first", {"delay": Trainable("adam", shared=True)}, UnsupportedError, "a delay belongs to a synapse and"),
        ("hidden", {"tau_ref": "adam"}, UnsupportedError, "IntegrateFire: EventProp cannot learn 'tau_ref'; it can"),
    ],
)  # fmt: skip
def test_refusals(key: str, named: Any, error: type[Exception], text: str) -> None:
    network, populations, connections = build()
    owner = next(item for item in (*populations, *connections) if item.name == key)
    with pytest.raises(error, match=text):
        compiled(network, optimisers={owner: named})


def test_keys_of_other_networks() -> None:
    network, _, _ = build()
    other = build()[2][0]
    with pytest.raises(DescriptionError, match="has the key first, which is no population, connection or layer of the"):
        compiled(network, optimisers={other: {"weight": "adam"}})


@pytest.mark.parametrize("bounds", [(1.0, 0.0), (float("nan"), 1.0)])
def test_bounds_that_are_none(bounds: tuple[float, float]) -> None:
    with pytest.raises(DescriptionError, match="Trainable needs bounds low <= high, numbers or None, got low="):
        Trainable("adam", *bounds)


@pytest.mark.parametrize("begin", [0.5, np.full(4, 0.5)])
def test_beta_is_learnt_of_neurons_that_begin_without_adaptation(begin: Any) -> None:
    network, (_, hidden, _), _ = build()
    hidden.neuron = AdaptiveLeakyIntegrateFire(a=begin)
    with pytest.raises(UnsupportedError, match=r"EventProp cannot learn 'beta'; it can 'tau_mem', .*'tau_adapt'$"):
        compiled(network, optimisers={hidden: {"beta": "adam"}})
    hidden.neuron = AdaptiveLeakyIntegrateFire()
    compiled(network, optimisers={hidden: {"beta": "adam"}})
