"""Helpers by the import paths of earlier versions."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn import Connection, InputLayer, Layer, Network, Population, SequentialNetwork
from ml_genn.connectivity import Conv2D, Dense, OneToOne
from ml_genn.errors import DescriptionError
from ml_genn.neurons import LeakyIntegrate
from ml_genn.utils.connectivity import PadMode, get_conv_same_padding, get_param_2d
from ml_genn.utils.filter import ExampleFilter, get_neuron_filter_mask
from ml_genn.utils.network import get_network_dag, get_underlying_conn, get_underlying_pop
from ml_genn.utils.value import get_genn_var_name


def test_underlying_objects() -> None:
    with SequentialNetwork() as network:
        first = InputLayer("spike_input", 3)
        second = Layer(Dense(1.0), "leaky_integrate", 2)
    assert [get_underlying_pop(layer) for layer in (first, second)] == network.populations
    assert get_underlying_conn(second) is network.connections[0]
    assert get_genn_var_name(LeakyIntegrate(), "v") == "V"


def test_order_of_a_network_with_branches() -> None:
    with Network():
        names = dict.fromkeys(("in", "out", "long", "short", "other"))
        pops = {name: Population("integrate_fire", 2, name=name) for name in names}
        kept = [
            Connection(pops[source], pops[target], OneToOne(1.0))
            for source, target in (("in", "out"), ("in", "short"), ("short", "long"), ("long", "out"), ("short", "out"))
        ]
    order = [population.name for population in get_network_dag(pops["in"], [pops["out"]])]
    assert order == ["in", "short", "long", "out"]
    assert get_network_dag((pops["in"], pops["other"]), pops["other"])[:2] == [pops["in"], pops["other"]]
    with pytest.raises(DescriptionError, match="outputs unreachable from inputs: other"):
        get_network_dag(pops["in"], [pops["out"], pops["other"]])
    assert len(kept) == 5


def test_order_does_not_lead_into_loops() -> None:
    with Network() as network:
        source, target = Population("integrate_fire", 2), Population("integrate_fire", 2)
        for ends in ((source, target), (target, target)):
            Connection(*ends, OneToOne(1.0), name=f"c{len(network.connections)}")
    with pytest.raises(DescriptionError, match="outputs unreachable from inputs: Pop1"):
        get_network_dag(source, target)


def test_filters() -> None:
    assert ExampleFilter([1, 4]).get_batch_mask(1, 3).tolist() == [False, True, False]
    assert ExampleFilter(None).get_batch_mask(7, 2).tolist() == [True, True]
    assert get_neuron_filter_mask(2, (4,)).tolist() == [False, False, True, False]
    assert np.flatnonzero(get_neuron_filter_mask(np.index_exp[1, :], (2, 2))).tolist() == [2, 3]


def test_padding() -> None:
    assert Conv2D(1.0, 2, 3, conv_padding=PadMode.SAME).conv_padding == "same"
    assert [get_conv_same_padding(*sizes) for sizes in ((8, 3, 1), (8, 4, 1), (7, 3, 2), (8, 3, 2), (8, 1, 2))] == [
        1,
        1,
        1,
        0,
        0,
    ]
    assert get_param_2d("size", None, 3) == get_param_2d("size", (3, 3)) == (3, 3)
