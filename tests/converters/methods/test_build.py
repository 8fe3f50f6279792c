"""The network has a population for each stage and a connection for each path, with the method's neurons."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn.errors import UnsupportedError
from ml_genn_tf.build import build_network
from ml_genn_tf.calibration import calibrate
from ml_genn_tf.methods import METHODS, Scales, SimpleMethod, create_method

from .nets import NETS, cnn, residual


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", NETS)
def test_populations_and_connections(name: str, method: str) -> None:
    stages, rule = NETS[name](), create_method(method)
    x = np.random.default_rng(0).uniform(0, 255, (8, *stages[stages.inputs[0]].shape)).astype(np.float32)
    model = build_network(stages, rule, rule.scales(stages, calibrate(stages, x, source=""), frozenset()))
    assert [(p.name, p.shape) for p in model.network.populations] == [(s.name, s.shape) for s in stages.stages]
    joined = [(str(c.ends[0]), str(c.ends[1])) for c in model.network.connections]
    assert joined == [(path.source, stage.name) for stage in stages.stages for path in stage.paths]
    assert [population.name for population in model.inputs + model.outputs] == [*stages.inputs, *stages.outputs]


def test_biases_are_one_number_where_they_can_be() -> None:
    stages = residual()
    stages["n2"].bias[:] = 0.25
    model = build_network(stages, SimpleMethod(), SimpleMethod().scales(stages, None, frozenset()))
    assert model.populations["n2"].neuron.bias == 0.25
    np.testing.assert_array_equal(model.populations["n7"].neuron.bias, stages["n7"].bias)


def test_spikes_carry_the_scale_of_their_sender() -> None:
    stages = residual()
    scales = Scales(values={stage.name: float(at + 2) for at, stage in enumerate(stages.stages)})
    model = build_network(stages, SimpleMethod(), scales)
    identity, convolution = (reference() for reference in model.populations["n7"].incoming_connections)
    assert identity.connectivity.weight == scales.values["n2"]
    np.testing.assert_array_equal(
        convolution.connectivity.weight, stages["n7"].paths[1].ops[0].kernel * scales.values["n4"]
    )
    assert model.populations["n7"].neuron.v_thresh == scales.values["n7"]


@pytest.mark.parametrize(
    ("kind", "neuron"), [("poisson", "BernoulliInput"), ("spike", "BinarySpikeInput"), ("if", "IntegrateFireInput")]
)
def test_input_types(kind: str, neuron: str) -> None:
    method, stages = SimpleMethod(input_type=kind), cnn()
    model = build_network(stages, method, method.scales(stages, None, frozenset()))
    assert type(model.inputs[0].neuron).__name__ == neuron


def test_integrate_and_fire_input_has_no_sign() -> None:
    method, stages = SimpleMethod(input_type="if"), cnn()
    with pytest.raises(
        UnsupportedError, match=r"input type 'if' sends no negative spikes, but the input is signed; use"
    ):
        build_network(stages, method, method.scales(stages, None, frozenset(stages.inputs)))


@pytest.mark.parametrize("method", METHODS)
def test_the_report_says_how_max_pooling_works(method: str) -> None:
    pooling = [note for note in create_method(method).notes(cnn()) if "Max-pooling (n3)" in note]
    assert len(pooling) == 1
    assert ("exact" in pooling[0]) == (method == "few-spike")
    assert not any("Max-pooling" in note for note in create_method(method).notes(residual()))
