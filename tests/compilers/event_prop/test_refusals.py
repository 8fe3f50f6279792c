"""What EventProp's compiler refuses, and what it says."""

from __future__ import annotations

from typing import Any

import pytest

from ml_genn import Connection, Network, Population
from ml_genn.compilers import EventPropCompiler
from ml_genn.compilers.event_prop.adjoint import NeuronAdjoint
from ml_genn.compilers.event_prop.tape import Tape
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense
from ml_genn.errors import DescriptionError, UnsupportedError
from ml_genn.losses import MeanSquareError
from ml_genn.model import NeuronModel
from ml_genn.neurons import (
    BinarySpikeInput,
    CurrentInput,
    IntegrateFire,
    IntegrateFireInput,
    LeakyIntegrate,
    LeakyIntegrateFire,
    SpikeInput,
)
from ml_genn.synapses import Exponential


def build(
    *,
    source: Any = None,
    hidden: Any = None,
    output: Any = None,
    connectivity: Any = None,
    synapse: Any = None,
) -> Network:
    with Network(default_params) as network:
        first = Population(source or SpikeInput(), 4, name="first")
        middle = Population(hidden or LeakyIntegrateFire(), 4, name="middle")
        last = Population(output or LeakyIntegrate(readout="avg_var"), 2, name="last")
        Connection(first, middle, connectivity or Dense(1.0), synapse or Exponential(5.0))
        Connection(middle, last, Dense(1.0), Exponential(5.0))
    return network


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"hidden": IntegrateFire()}, "EventProp cannot train neurons IntegrateFire; it can AdaptiveL"),
        ({"source": BinarySpikeInput(signed_spikes=True)}, "cannot train networks whose inputs send negative spikes"),
        ({"source": CurrentInput()}, "EventProp needs inputs that spike, CurrentInput sends values; use another"),
        ({"output": LeakyIntegrateFire(readout="avg_var")}, "cannot train spiking outputs with AvgVar readouts; use"),
        ({"output": LeakyIntegrate(readout="var")}, "cannot train outputs of .*tropy with Var; it can"),
        ({"synapse": "delta"}, "cannot train Delta synapses into neurons that spike"),
    ],
)  # fmt: skip
def test_networks(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        EventPropCompiler(10, "sparse_categorical_crossentropy").compile(build(**parts))


def test_losses_that_no_rule_is_for() -> None:
    with pytest.raises(UnsupportedError, match="last: EventProp cannot train outputs of MeanSquareError with AvgVar"):
        EventPropCompiler(10, MeanSquareError()).compile(build())


def test_a_network_without_outputs() -> None:
    network = build(output=LeakyIntegrate())
    with pytest.raises(DescriptionError, match="EventPropCompiler needs an output - No readout populations found"):
        EventPropCompiler(10, "sparse_categorical_crossentropy").compile(network)


def test_connections_from_neurons_that_never_spike() -> None:
    text = "middle->last: LeakyIntegrate neurons never spike, so that nothing ever comes along this connection; use"
    with pytest.raises(UnsupportedError, match=text):
        EventPropCompiler(10, "sparse_categorical_crossentropy").compile(build(hidden=LeakyIntegrate()))


def test_connections_to_inputs() -> None:
    network = build()
    with network:
        driven = Population(IntegrateFireInput(), 4, name="driven")
        Connection(network.populations[0], driven, Dense(1.0), Exponential(5.0))
    with pytest.raises(UnsupportedError, match="IntegrateFireInput neurons ignore synaptic input, so that no weight"):
        EventPropCompiler(10, "sparse_categorical_crossentropy").compile(network)


@pytest.mark.parametrize(("name", "value"), [("deep_r_conns", ["a"]), ("deep_r_l1_strength", 0.1)])
def test_arguments_that_are_not_supported_yet(name: str, value: Any) -> None:
    with pytest.raises(UnsupportedError, match=f"EventPropCompiler does not support {name} yet, got"):
        EventPropCompiler(10, "sparse_categorical_crossentropy", **{name: value})


def test_unknown_arguments() -> None:
    with pytest.raises(DescriptionError, match="has no argument 'max_spike'; did you mean max_spikes"):
        EventPropCompiler(10, "sparse_categorical_crossentropy", max_spike=3)


def test_tapes_that_no_index_reaches() -> None:
    model = NeuronModel(threshold_condition_code="1")
    with pytest.raises(UnsupportedError, match="neurons and 1000 examples is too long; lower max_spikes or batch_size"):
        Tape(5000, 1e-3).add_to(model, NeuronAdjoint(), 1000, 1000)


def test_earlier_arguments_that_change_nothing_are_taken() -> None:
    same: dict[str, Any] = {"reg_lambda_upper": {}, "deep_r_conns": [], "strict_buffer_checking": True}
    assert EventPropCompiler(10, "sparse_categorical_crossentropy", **same).max_spikes == 500
