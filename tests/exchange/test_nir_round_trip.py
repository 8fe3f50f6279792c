"""Out and in again: the same graph node for node, the same network weight for weight and spike for spike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_genn.exchange.nir import export_nir, import_nir, load_graph, save_graph

from .networks import NETWORKS, TIMESTEPS, Example


def assert_same_graph(one: Any, other: Any) -> None:
    assert one.edges == other.edges
    assert one.metadata == other.metadata
    assert set(one.nodes) == set(other.nodes)
    for name, node in one.nodes.items():
        plain, found = node.to_dict(), other.nodes[name].to_dict()
        assert plain.keys() == found.keys()
        for key, value in plain.items():
            if key == "metadata":
                assert value == found[key]
            else:
                np.testing.assert_array_equal(value, found[key], err_msg=f"{name}.{key}", strict=key == "weight")


@pytest.mark.parametrize("latency", ["removed", "kept"])
@pytest.mark.parametrize("name", NETWORKS)
def test_graph_to_network_to_graph(name: str, latency: str, tmp_path: Path) -> None:
    path = tmp_path / "network.nir"
    save_graph(path, NETWORKS[name]().export(latency=latency))
    graph = load_graph(path)
    found = import_nir(graph)
    assert_same_graph(
        graph, export_nir(found.network, found.inputs, found.outputs, compiler=found.create_compiler(), latency=latency)
    )


@pytest.mark.parametrize("name", NETWORKS)
def test_network_to_graph_to_network(name: str) -> None:
    example = NETWORKS[name]()
    found = import_nir(example.export())
    for one, other in zip(example.network.connections, found.network.connections, strict=True):
        assert (one.name, one.describe()) == (other.name, other.describe())
        assert one.connectivity.delay == other.connectivity.delay
        if type(one.connectivity) is type(other.connectivity):  # lists of synapses come back as a matrix
            assert np.asarray(one.connectivity.weight).tobytes() == np.asarray(other.connectivity.weight).tobytes()
        else:
            assert type(one.connectivity).__name__ == "Sparse"
    spikes, membranes = example.on_engine()
    again, membranes_again = Example(found.network, found.inputs, found.outputs).on_engine()
    assert spikes.keys() == again.keys()
    for population, raster in spikes.items():
        np.testing.assert_array_equal(raster, again[population])
    for population, values in membranes.items():
        np.testing.assert_array_equal(values, membranes_again[population])
    assert found.create_compiler().evaluate_timesteps == TIMESTEPS


def test_neurons_come_back_as_they_were() -> None:
    example = NETWORKS["recurrent"]()
    found = import_nir(example.export())
    own = {population.name: population for population in example.network.populations}
    for population in found.network.populations:
        assert population.shape == own[population.name].shape
        one, other = (dict(vars(p.neuron)) for p in (population, own[population.name]))
        readouts = {type(values.pop("_readout")) for values in (one, other)}
        assert len(readouts) == 1
        assert one == other


def test_a_note_that_belongs_to_another_node_is_not_believed() -> None:
    """Somebody changed the threshold: the node counts, and not what the metadata say of it."""
    graph = NETWORKS["recurrent"]().export()
    graph.nodes["first"].v_threshold = np.full(8, 2.5, np.float32)
    found = {population.name: population.neuron for population in import_nir(graph).network.populations}
    assert found["first"].v_thresh == np.nextafter(np.float32(2.5), np.float32(3))
    assert found["second"].v_thresh == 0.7
