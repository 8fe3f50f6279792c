"""Names of classes, and what they resolve to."""

from __future__ import annotations

import pytest

from ml_genn.errors import DescriptionError
from ml_genn.neurons import IntegrateFire
from ml_genn.readouts import SpikeCount, Var
from ml_genn.registry import CONNECTIVITY, METRICS, NEURONS, READOUTS, Registry, snake_case


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AvgVarExpWeight", "avg_var_exp_weight"),
        ("LeakyIntegrateFire", "leaky_integrate_fire"),
        ("Conv2D", "conv2d"),
        ("AvgPoolDense2D", "avg_pool_dense2d"),
        ("Conv2DTranspose", "conv2d_transpose"),
        ("SGD", "sgd"),
        ("AdamW", "adam_w"),
        ("HDF5", "hdf5"),
    ],
)
def test_snake_case(name: str, expected: str) -> None:
    assert snake_case(name) == expected


def test_names_that_need_no_arguments() -> None:
    assert set(NEURONS.default_classes) >= {
        "adaptive_leaky_integrate_fire",
        "binary_spike_input",
        "few_spike_relu",
        "few_spike_relu_input",
        "integrate_fire",
        "integrate_fire_input",
        "leaky_integrate",
        "leaky_integrate_fire",
        "leaky_integrate_fire_input",
        "poisson_input",
        "spike_input",
    }
    assert set(READOUTS.default_classes) == {
        "avg_var",
        "avg_var_exp_weight",
        "avg_var_input_weight",
        "avg_var_lin_weight",
        "avg_var_sigmoid_weight",
        "first_spike_time",
        "max_var",
        "spike_count",
        "sum_var",
        "var",
    }


def test_objects_are_copied() -> None:
    neuron = IntegrateFire()
    assert NEURONS.resolve(neuron) is not neuron
    assert NEURONS.resolve(None) is None
    assert isinstance(READOUTS.resolve("spike_count"), SpikeCount)


def test_unknown_name_gives_the_nearest() -> None:
    with pytest.raises(
        DescriptionError, match="neuron 'leaky_integrate_fir' is unknown; did you mean leaky_integrate_f"
    ):
        NEURONS.resolve("leaky_integrate_fir")
    with pytest.raises(DescriptionError, match="readout 'zzz' is unknown; known: avg_var, avg_var_exp_weight"):
        READOUTS.resolve("zzz")


def test_wrong_object() -> None:
    with pytest.raises(DescriptionError, match="a neuron should be given as a name or a Neuron object, got 3"):
        NEURONS.resolve(3)


def test_name_of_a_class_that_needs_arguments() -> None:
    with pytest.raises(DescriptionError, match=r"connectivity 'dense' needs weight; pass Dense\(weight=...\) instead"):
        CONNECTIVITY.resolve("dense")


def test_resolve_each() -> None:
    found = READOUTS.resolve_each({"a": "var", "b": "spike_count"}, ["a", "b"])
    assert isinstance(found["a"], Var)
    assert isinstance(found["b"], SpikeCount)
    same = METRICS.resolve_each("sparse_categorical_accuracy", ["a", "b"])
    assert same["a"] is not same["b"]
    with pytest.raises(DescriptionError, match="the readout dictionary has keys a, expected a, b"):
        READOUTS.resolve_each({"a": "var"}, ["a", "b"])


def test_name_of_unregistered_class() -> None:
    with pytest.raises(DescriptionError, match="int is not a registered neuron"):
        NEURONS.name_of(3)


def test_no_name_twice() -> None:
    registry = Registry("thing", package="ml_genn.neurons", base_name="Neuron")
    registry.add(IntegrateFire)
    with pytest.raises(
        DescriptionError, match="there is already a thing called 'integrate_fire'; rename IntegrateFire"
    ):
        registry.add(IntegrateFire)
