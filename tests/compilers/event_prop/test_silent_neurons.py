"""Waking silent neurons: what changes, and what must not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.callbacks import SilentNeuronLift, SilentNeuronRewiring
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Conv2D, Dense, Sparse
from ml_genn.errors import DescriptionError
from ml_genn.initializers import Normal
from ml_genn.neurons import LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ml_genn.optimisers import SGD
from ml_genn.synapses import Exponential
from tests.compilers.event_prop.test_training import CLASSES, compiled, layers, trials

SILENT = [3, 7]


def network_with(connectivity: Any) -> tuple[Any, ...]:
    """A network whose hidden neurons 3 and 7 never spike, others do; recurrent, too."""
    with Network(default_params) as network:
        source = Population(SpikeInput(), 12)
        hidden = Population(LeakyIntegrateFire(), 20, name="hidden")
        output = Population(LeakyIntegrate(readout="avg_var"), CLASSES)
        into = Connection(source, hidden, connectivity, Exponential(5.0))
        recurrent = Connection(hidden, hidden, Dense(np.zeros((20, 20))), Exponential(5.0))
        Connection(hidden, output, Dense(Normal()), Exponential(5.0))
    return network, source, output, into, recurrent


def changes(connectivity: Any, callback: Any, epochs: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """What becomes of input and of recurrent weights where nothing is learnt."""
    network, source, output, into, recurrent = network_with(connectivity)
    x, y = trials(8)
    with compiled(network, optimiser=SGD(0.0)) as trained:
        trained.train({source: x}, {output: y}, epochs, callbacks=[callback])
        groups = trained.connection_populations
        return tuple(np.array(groups[item].vars["g"].values) for item in (into, recurrent))  # type: ignore[return-value]


def weights() -> np.ndarray:
    found = np.full((12, 20), 2.0)
    found[:, SILENT] = -0.5
    return found


@pytest.mark.parametrize("sparse", [False, True])
def test_lift_raises_weights_of_silent_neurons_only(sparse: bool) -> None:
    if sparse:
        connectivity: Any = Sparse(weights().ravel(), *(item.ravel() for item in np.indices((12, 20))))
    else:
        connectivity = Dense(weights())
    into, recurrent = changes(connectivity, SilentNeuronLift(0.25))
    expected = weights()
    expected[:, SILENT] += 0.25
    np.testing.assert_array_equal(into.reshape(12, 20), expected)
    assert np.flatnonzero(recurrent.reshape(20, 20).any(axis=0)).tolist() == SILENT


def test_a_lift_wakes_neurons_and_stops() -> None:
    into, _ = changes(Dense(weights()), SilentNeuronLift(1.0), epochs=6)
    woken = into.reshape(12, 20)[0, SILENT]
    assert (woken >= 0.5).all()
    assert (woken < 5.5).all()  # of six epochs not all were silent


def test_rewiring_draws_weights_of_silent_neurons_only() -> None:
    found = [changes(Dense(weights()), SilentNeuronRewiring(Normal(-9.0, 0.5), seed=seed))[0] for seed in (1, 1, 2)]
    np.testing.assert_array_equal(found[0], found[1])
    drawn = found[0].reshape(12, 20)
    kept = np.setdiff1d(np.arange(20), SILENT)
    np.testing.assert_array_equal(drawn[:, kept], weights()[:, kept])
    assert abs(drawn[:, SILENT].mean() + 9.0) < 0.5  # of 24 numbers, a standard deviation is 0.1
    assert np.unique(drawn[:, SILENT]).size == 24
    assert not np.array_equal(found[0], found[2])


def test_rewiring_draws_others_in_each_epoch_from_the_connection_s_initializer() -> None:
    network, source, output, into, recurrent = network_with(Dense(Normal(-9.0, 0.5)))
    recurrent.connectivity.weight = Normal(0.0, 0.0)
    x, y = trials(8)
    with compiled(network, optimiser=SGD(0.0)) as trained:
        found = []
        for epoch in range(2):
            trained.train({source: x}, {output: y}, 1, start_epoch=epoch, callbacks=["silent_neuron_rewiring"])
            found.append(np.array(trained.connection_populations[into].vars["g"].values))
    assert not np.isin(found[0], found[1]).any()


# Bad input


def test_weights_that_neurons_share() -> None:
    with Network(default_params) as network:
        source = Population(SpikeInput(), (4, 3, 1))
        hidden = Population(LeakyIntegrateFire(), name="hidden")
        output = Population(LeakyIntegrate(readout="avg_var"), CLASSES)
        Connection(source, hidden, Conv2D(Normal(), 2, 2), Exponential(5.0))
        Connection(hidden, output, Dense(Normal()), Exponential(5.0))
    x, y = trials(8)
    with compiled(network) as trained:
        with pytest.raises(
            DescriptionError, match="SilentNeuronLift: no connection into hidden has weights of its own"
        ):
            trained.train({source: x}, {output: y}, 1, callbacks=[SilentNeuronLift(pops=[hidden])])
        trained.train({source: x}, {output: y}, 1, callbacks=[SilentNeuronLift()])


def test_nothing_to_draw_from() -> None:
    network, source, _, output = layers()
    network.layers[1].connection().connectivity.weight = weights()
    x, y = trials(8)
    message = "SilentNeuronRewiring: the weights of .* were given as numbers; say what to draw others from"
    with compiled(network) as trained, pytest.raises(DescriptionError, match=message):
        trained.train({source: x}, {output: y}, 1, callbacks=[SilentNeuronRewiring()])
