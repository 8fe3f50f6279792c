"""An exported graph, run by an interpreter that knows the format's equations alone, spikes as the engine does."""

from __future__ import annotations

from pathlib import Path

import nir
import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.connectivity import Conv2D, Dense
from ml_genn.exchange.nir import import_nir, save_graph
from ml_genn.neurons import CurrentInput, IntegrateFire, IntegrateFireInput, LeakyIntegrate
from ml_genn.synapses import Exponential

from .networks import NETWORKS, TIMESTEPS, Constant, Example, agreement, frames_input, grid, hard

FEWEST = 100
"""Spikes below which a comparison would say little."""


@pytest.mark.parametrize("latency", ["removed", "kept"])
@pytest.mark.parametrize("steps", ["euler", "exact"])
@pytest.mark.parametrize("name", NETWORKS)
def test_same_spikes(name: str, steps: str, latency: str, tmp_path: Path) -> None:
    """All of them: weights are such that no sum is rounded."""
    example = NETWORKS[name]()
    save_graph(tmp_path / "network.nir", example.export(steps=steps, latency=latency))
    graph = nir.read(tmp_path / "network.nir", type_check=name != "convolutional")
    same, spikes = agreement(example, graph, rule=steps)
    assert spikes > FEWEST
    assert same == 1.0


def test_biases_count_from_the_first_step() -> None:
    """With latency kept, or layer by layer; else a graph starts a population when its input arrives, we at once."""
    rng = np.random.default_rng(4)
    network = Network()
    with network:
        image = Population(frames_input(), (5, 5, 1), name="image")
        conv = Population(IntegrateFire(v_thresh=1.5, v=0.75, bias=np.tile([0.25, 0.125], 9)), (3, 3, 2), name="conv")
        out = Population(LeakyIntegrate(tau_mem=float("inf"), bias=grid(rng, 4), readout="var"), 4, name="out")
        Connection(image, conv, Conv2D(grid(rng, 3, 3, 1, 2), 2, 3))
        Connection(conv, out, Dense(grid(rng, 18, 4)))
    example = Example(network, [image], [out])
    layered = Example(network, [image], [out], layered=True)
    for case, latency in ((example, "kept"), (layered, "removed")):
        same, spikes = agreement(case, case.export(latency=latency))
        assert spikes > FEWEST
        assert same == 1.0
    assert agreement(example, example.export())[0] < 1.0


def test_soft_reset_in_metadata() -> None:
    rng = np.random.default_rng(6)
    network = Network()
    with network:
        image = Population(frames_input(), 9, name="image")
        out = Population(IntegrateFire(v_thresh=1.25, v_reset=0.25, v=0.5, relative_reset=True), 6, name="out")
        Connection(image, out, Dense(grid(rng, 9, 6)))
    example = Example(network, [image], [out])
    same, spikes = agreement(example, example.export(soft_reset=True))
    assert spikes > FEWEST
    assert same == 1.0


def test_input_that_is_a_current() -> None:
    network = Network()
    with network:
        image = Population(IntegrateFireInput(v_thresh=1.5, input_frames=TIMESTEPS), (4, 4, 1), name="image")
        out = Population(hard(), 3, name="out")
        Connection(image, out, Dense(grid(np.random.default_rng(7), 16, 3)))
    example = Example(network, [image], [out])
    graph = example.export()
    assert [type(graph.nodes[name]).__name__ for name in ("image_input", "image")] == ["Input", "IF"]
    same, spikes = agreement(example, graph)
    assert spikes > FEWEST
    assert same == 1.0


def test_current_beside_spikes_layer_by_layer() -> None:
    """Data that are a constant current, ways of different lengths, biases: an analog first layer as converters make."""
    rng = np.random.default_rng(9)
    network = Network()
    with network:
        image = Population(CurrentInput(), (4, 4, 1), name="image")
        conv = Population(IntegrateFire(v_thresh=1.5, v=0.75, bias=0.0625, relative_reset=True), (3, 3, 2), name="conv")
        both = Population(IntegrateFire(v_thresh=1.25, bias=np.array(grid(rng, 5))), 5, name="both")
        out = Population(LeakyIntegrate(tau_mem=float("inf"), bias=0.25, readout="var"), 3, name="out")
        Connection(image, conv, Conv2D(grid(rng, 2, 2, 1, 2), 2, 2), Exponential(float("inf")))
        Connection(conv, both, Dense(grid(rng, 18, 5)))
        Connection(image, both, Dense(grid(rng, 16, 5) / 4), Exponential(float("inf")))
        Connection(both, out, Dense(grid(rng, 5, 3)))
    example = Constant(network, [image], [out], layered=True)
    graph = example.export(soft_reset=True)
    same, spikes = agreement(example, graph)
    assert spikes > FEWEST
    assert same == 1.0
    found = import_nir(graph)
    assert [c.synapse.tau if c.ends[0].name == "image" else "delta" for c in found.network.connections] == [
        float("inf"),
        "delta",
        float("inf"),
        "delta",
    ]
    again = Constant(found.network, found.inputs, found.outputs, layered=True)
    np.testing.assert_array_equal(example.on_engine()[0]["both"], again.on_engine()[0]["both"])


@pytest.mark.parametrize(("scale_i", "start", "bias"), [(False, 0.25, 0.0625), (True, 0.0, None), (True, 0.25, 0.0)])
def test_biases_of_leaky_neurons(scale_i: bool, start: float, bias: float | None) -> None:
    """As they are and relative to an initial value; back again they are what they were, to single precision."""
    rng = np.random.default_rng(8)
    given = grid(rng, 8) / 4 if bias is None else bias
    network = Network()
    with network:
        image = Population(frames_input(), 12, name="image")
        hidden = Population(hard(0.75, v=start, bias=given, scale_i=scale_i), 8, name="hidden")
        out = Population(LeakyIntegrate(readout="var"), 3, name="out")
        Connection(image, hidden, Dense(grid(rng, 12, 8) * (8 if scale_i else 1)))
        Connection(hidden, out, Dense(grid(rng, 8, 3)))
    example = Example(network, [image], [out], layered=True)
    graph = example.export()
    same, spikes = agreement(example, graph)
    assert spikes > FEWEST
    assert same > 0.999  # 24 roundings of biases and of decays
    neuron = import_nir(graph).network.populations[1].neuron
    assert (neuron.v, neuron.v_thresh, neuron.v_reset) == (start, 0.75, 0.0)
    np.testing.assert_allclose(neuron.bias, given, rtol=1e-6)
    hidden.neuron.bias = 0.0
    assert agreement(example, graph)[0] < 0.99 or bias == 0.0  # a bias that is lost is seen


@pytest.mark.parametrize("scale_i", [False, True])
def test_exponential_synapses(scale_i: bool) -> None:
    """Decaying currents are rounded in every step, in an order that differs: few spikes come a step early or late."""
    rng = np.random.default_rng(8)
    network = Network()
    with network:
        image = Population(frames_input(), 12, name="image")
        hidden = Population(hard(2.0), 8, name="hidden")
        out = Population(LeakyIntegrate(tau_mem=8.0, scale_i=scale_i, readout="var"), 3, name="out")
        Connection(image, hidden, Dense(grid(rng, 12, 8)), Exponential(3.0, scale_i=scale_i))
        Connection(hidden, out, Dense(grid(rng, 8, 3)), Exponential(4.0))
    example = Example(network, [image], [out])
    graph = example.export()
    assert {"CubaLIF", "CubaLI"} <= {type(node).__name__ for node in graph.nodes.values()}
    same, spikes = agreement(example, graph)
    assert spikes > FEWEST
    assert same > 0.999


def test_a_wrong_reading_is_seen() -> None:
    """The other rule, and weights of the wrong rows, change spikes: the comparison can fail."""
    example = NETWORKS["convolutional"]()
    graph = example.export(steps="exact")
    assert agreement(example, graph, rule="euler")[0] < 1.0
    graph = example.export()
    graph.nodes["Conn_flat_out"].weight = graph.nodes["Conn_flat_out"].weight[:, ::-1]
    assert agreement(example, graph)[0] < 1.0
