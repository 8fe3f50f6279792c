"""Networks, populations, connections and layers: names, shapes, contexts, defaults."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, InputLayer, Layer, Network, Population, SequentialNetwork
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import Dense
from ml_genn.errors import DescriptionError
from ml_genn.layer import underlying_connection, underlying_population
from ml_genn.neurons import IntegrateFire, LeakyIntegrateFire, LeakyIntegrateFireInput, Neuron, SpikeInput
from ml_genn.readouts import SpikeCount
from ml_genn.registry import NEURONS, SYNAPSES
from ml_genn.synapses import Delta, Exponential


def test_the_block_gives_the_network() -> None:
    with Network() as network:
        population = Population("integrate_fire", 3)
    assert network.populations == [population]


def test_automatic_names_are_per_network() -> None:
    for _ in range(2):
        with Network() as network:
            a, b = Population("spike_input", 2), Population("integrate_fire", 2)
            first, second = (Connection(a, b, Dense(1.0)) for _ in range(2))
        assert [str(population) for population in network.populations] == ["Pop0", "Pop1"]
        assert [str(first), str(second)] == ["Conn_Pop0_Pop1", "Conn_Pop0_Pop1_1"]


def test_automatic_names_avoid_given_ones() -> None:
    with Network():
        Population("integrate_fire", 2, name="Pop1")
        assert Population("integrate_fire", 2).name == "Pop1_1"


def test_names_are_unique() -> None:
    with Network():
        population = Population("integrate_fire", 2, name="a")
        Connection(population, population, Dense(1.0), name="c")
        with pytest.raises(
            DescriptionError, match="the network already has a population called 'a'; names must be uni"
        ):
            Population("integrate_fire", 2, name="a")
        with pytest.raises(DescriptionError, match="the network already has a connection called 'c'"):
            Connection(population, population, Dense(1.0), name="c")


@pytest.mark.parametrize(
    ("shape", "expected"), [(3, (3,)), ([2, 3], (2, 3)), ((2, 3), (2, 3)), (np.int64(4), (4,)), (None, None)]
)
def test_shapes_are_tuples(shape: Any, expected: Any) -> None:
    assert Population("integrate_fire", shape, add_to_model=False).shape == expected


@pytest.mark.parametrize("shape", [0, -1, 2.5, "3", (), (2, 0), (2, 1.5), object()])
def test_bad_shape(shape: Any) -> None:
    with pytest.raises(DescriptionError, match="shape must be None, a positive integer or a sequence of them, got"):
        Population("integrate_fire", shape, add_to_model=False)


def test_missing_shape() -> None:
    with pytest.raises(DescriptionError, match="p has no shape; give shape= or a connection that decides it"):
        _ = Population("integrate_fire", name="p", add_to_model=False).num_neurons


def test_neurons_are_copied() -> None:
    neuron = IntegrateFire()
    with Network():
        population = Population(neuron, 2)
    assert population.neuron is not neuron


def test_missing_neuron() -> None:
    with pytest.raises(DescriptionError, match="p: a population needs a neuron, as an object or a name"):
        Population(None, 2, name="p", add_to_model=False)


def test_readout_given_with_the_population() -> None:
    with SequentialNetwork():
        first = InputLayer("integrate_fire", 2, readout="spike_count")
        layer = Layer(Dense(1.0), "integrate_fire", 2, readout="spike_count")
    for item in (first, layer):
        assert isinstance(underlying_population(item).neuron.readout, SpikeCount)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Population("integrate_fire", 2), "Population must be created inside a ``with network:`` block"),
        (
            lambda: InputLayer("spike_input", 2),
            "InputLayer must be created inside a ``with sequential_network:`` block",
        ),
        (lambda: Layer(Dense(1.0), "spike_input"), "Layer must be created inside a ``with sequential_network:`` block"),
        (SequentialNetwork.get_prev_layer, "Cannot get previous layer outside of a ``with sequential_network:`` block"),
    ],
)
def test_outside_a_network(make: Any, message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        make()


def test_connection_outside_a_network() -> None:
    with Network():
        population = Population("integrate_fire", 2)
    with pytest.raises(DescriptionError, match="Connection must be created inside a ``with network:`` block"):
        Connection(population, population, Dense(1.0))


def test_layer_in_a_network_that_is_not_sequential() -> None:
    with Network(), pytest.raises(DescriptionError, match="InputLayer must be created inside a ``with sequential_netw"):
        InputLayer("spike_input", 2)


def test_an_error_inside_the_block_closes_it() -> None:
    with pytest.raises(ValueError, match="inside"), Network():
        raise ValueError("inside")
    with pytest.raises(DescriptionError, match="must be created inside"):
        Population("integrate_fire", 2)


def test_nested_networks_each_keep_their_own() -> None:
    with Network() as outer:
        Population("integrate_fire", 2)
        with Network() as inner:
            Population("integrate_fire", 2)
        Population("integrate_fire", 2)
    assert (len(outer.populations), len(inner.populations)) == (2, 1)


@pytest.mark.parametrize(
    ("source", "connectivity", "synapse", "message"),
    [
        ("a", Dense(1.0), "delta", "the source of a connection must be a Population, got 'a'"),
        (None, None, "delta", "p->p: a connection needs connectivity and synapse"),
        (None, Dense(1.0), None, "p->p: a connection needs connectivity and synapse"),
        (None, 3, "delta", "a connectivity should be given as a name or a Connectivity object, got 3"),
    ],
)
def test_bad_connection(source: Any, connectivity: Any, synapse: Any, message: str) -> None:
    with Network():
        population = Population("integrate_fire", 2, name="p")
        with pytest.raises(DescriptionError, match=message):
            Connection(source or population, population, connectivity, synapse)


def test_ends_of_a_connection() -> None:
    with Network() as network:
        a, b = Population("spike_input", 2), Population("integrate_fire", 2)
        connection = Connection(a, b, Dense(1.0))
    assert connection.source() is a
    assert connection.target() is b
    assert a.outgoing_connections[0]() is b.incoming_connections[0]() is connection
    network.populations.clear()
    del a, b
    with pytest.raises(DescriptionError, match="Conn_Pop0_Pop1: its populations no longer exist; keep a reference"):
        _ = connection.ends


def test_layers_form_a_chain() -> None:
    with SequentialNetwork() as network:
        assert SequentialNetwork.get_prev_layer() is None
        first = InputLayer(SpikeInput(), 4, name="in")
        second = Layer(Dense(np.ones((4, 3))), "integrate_fire", name="out")
        assert SequentialNetwork.get_prev_layer() is second
    assert network.layers == [first, second]
    assert second.population().shape == (3,)
    assert underlying_connection(second) is network.connections[0]
    assert underlying_connection(second).describe() == "in->out"
    assert str(second) == "out"


def test_first_layer_must_be_an_input_layer() -> None:
    with SequentialNetwork(), pytest.raises(DescriptionError, match="a Layer needs a layer before it; start the sequ"):
        Layer(Dense(1.0), "integrate_fire", 2)


def test_underlying_objects_of_other_things() -> None:
    with pytest.raises(DescriptionError, match="expected a Population or a Layer, got 3"):
        underlying_population(3)
    with pytest.raises(DescriptionError, match="expected a Connection or a Layer, got 3"):
        underlying_connection(3)


def test_default_params() -> None:
    defaults = {LeakyIntegrateFire: {"tau_mem": 5.0, "v_thresh": 2.0}, Exponential: {"tau": 3.0}}
    with Network(defaults):
        assert LeakyIntegrateFire().tau_mem == 5.0
        given = LeakyIntegrateFire(7.0, tau_mem=9.0)
        assert (given.v_thresh, given.tau_mem) == (7.0, 9.0)
        assert Exponential().tau == 3.0
    assert LeakyIntegrateFire().tau_mem == 20.0
    assert Network.get_default_params(LeakyIntegrateFire) == {}


FAMILIES = [*NEURONS.classes.values(), *SYNAPSES.classes.values()]
VALUES = {"v_thresh": 3.0, "tau_mem": 7.0, "tau": 7.0, "alpha": 3.0, "signed_spikes": True, "max_spikes": 3}
"""For each class one of its parameters, and a value that is not its default."""


def one_parameter(cls: type) -> str | None:
    """A parameter of the class that has a value above."""
    return next((name for name in VALUES if name in inspect.signature(cls).parameters), None)


@pytest.mark.parametrize("cls", [cls for cls in FAMILIES if one_parameter(cls)])
def test_precedence_of_default_params(cls: Any) -> None:
    """Given argument, by name or by place; then that of the network; then that of the class."""
    name = str(one_parameter(cls))
    arguments = list(inspect.signature(cls).parameters.values())
    place = [item.name for item in arguments].index(name)
    default = arguments[place].default
    with Network({cls: {name: VALUES[name]}}):
        assert getattr(cls(), name) == VALUES[name]
        assert getattr(cls(**{name: default}), name) == default
        assert getattr(cls(*(item.default for item in arguments[:place]), default), name) == default
        family = NEURONS if issubclass(cls, Neuron) else SYNAPSES
        assert getattr(family.resolve(family.name_of(cls())), name) == VALUES[name]
        with Network():
            assert getattr(cls(), name) == default
    assert getattr(cls(), name) == default


def test_all_neurons_and_synapses_take_default_params() -> None:
    """A default that nobody reads would be ignored silently."""
    classes = [cls for cls in FAMILIES if inspect.signature(cls).parameters]
    assert Network({cls: {} for cls in classes}).default_params.keys() == set(classes)


@pytest.mark.parametrize("cls", [Delta, "leaky_integrate_fire", Dense, object])
def test_classes_that_take_no_default_params(cls: Any) -> None:
    with pytest.raises(DescriptionError, match="is no class of neurons or synapses whose constructor takes default"):
        Network({cls: {"v_thresh": 1.0}})


def test_default_params_are_of_exactly_one_class() -> None:
    """Those of a neuron are not those of its input neuron."""
    with Network({LeakyIntegrateFire: {"tau_mem": 5.0}}):
        assert LeakyIntegrateFireInput().tau_mem == 20.0


def test_unknown_default_param() -> None:
    with (
        Network({LeakyIntegrateFire: {"tau": 5.0}}),
        pytest.raises(
            DescriptionError, match="default_params of LeakyIntegrateFire: unknown argument tau; it takes v_th"
        ),
    ):
        LeakyIntegrateFire()


@pytest.mark.parametrize("way", [copy.deepcopy, lambda obj: pickle.loads(pickle.dumps(obj))])  # noqa: S301  our own
def test_a_copy_is_a_network_of_its_own(way: Any) -> None:
    with SequentialNetwork() as network:
        InputLayer("spike_input", 3)
        Layer(Dense(np.ones((3, 2))), LeakyIntegrateFire(readout=SpikeCount()), name="hidden")
    copied = way(network)
    source, target = copied.populations
    (connection,) = copied.connections
    assert connection.ends == (source, target)
    assert [reference() for reference in source.outgoing_connections] == [connection]
    assert [reference() for reference in target.incoming_connections] == [connection]
    assert copied.layers[1].population() is target
    assert copied.layers[1].connection() is connection
    connection.connectivity.weight = np.zeros((3, 2))
    with copied:
        Connection(target, source, Dense(1.0))
    assert np.all(network.connections[0].connectivity.weight == 1.0)
    assert len(network.connections) == 1
    assert network.populations[0].incoming_connections == []
    with InferenceCompiler(2, engine="reference").compile(way(network)) as compiled:
        assert [str(population) for population in compiled.neuron_populations] == ["Pop0", "hidden"]
