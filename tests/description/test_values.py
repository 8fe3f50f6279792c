"""Declared parameters: every class refuses every wrong value, in words that name class, parameter, bound and value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Network, Population
from ml_genn.access import VarAccess
from ml_genn.connectivity import Dense
from ml_genn.errors import DescriptionError, UnsupportedError
from ml_genn.initializers import Normal, Uniform
from ml_genn.neurons import (
    AdaptiveLeakyIntegrateFire,
    FewSpikeRelu,
    IntegrateFire,
    LeakyIntegrate,
    LeakyIntegrateFire,
    PoissonInput,
)
from ml_genn.registry import CONNECTIVITY, INITIALIZERS, NEURONS, SYNAPSES
from ml_genn.values import Value, declared_values, genn_members, genn_var_name

DECLARATIONS = [
    pytest.param(cls, value, id=f"{cls.__name__}.{value.name}")
    for registry in (NEURONS, SYNAPSES, CONNECTIVITY, INITIALIZERS)
    for cls in registry.classes.values()
    for value in declared_values(cls)
]


@pytest.mark.parametrize(("cls", "value"), DECLARATIONS)
def test_wrong_values_are_refused(cls: type, value: Value) -> None:
    wrong: list[Any] = [float("nan"), "no such initializer", object(), True]
    if value.low is not None:
        wrong.append(value.low if value.low_open else value.low - 1)
    if value.high is not None:
        wrong.append(value.high if value.high_open else value.high + 1)
    if value.whole:
        wrong.append(1.5)
    if value.constant:
        wrong.append(np.ones(2))
    if value.finite:
        wrong.append(float("inf"))
    if not value.optional:
        wrong.append(None)
    instance = cls.__new__(cls)
    for item in wrong:
        with pytest.raises((DescriptionError, UnsupportedError), match=rf"{cls.__name__}\.{value.name}|initializer"):
            setattr(instance, value.name, item)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: LeakyIntegrateFire(tau_mem=-1),
            r"LeakyIntegrateFire.tau_mem must be a number, an array of numbers or an initializer above 0 ms, got -1",
        ),
        (
            lambda: LeakyIntegrateFire(tau_mem=[20, 0]),
            r"LeakyIntegrateFire.tau_mem must be .* above 0 ms, got 0.0 at index \(1,\) \(1 such values\)",
        ),
        (lambda: LeakyIntegrateFire(tau_refrac=-1), r"tau_refrac must be .* at least 0 ms, or None, got -1"),
        (lambda: LeakyIntegrateFire(v_thresh=[[1], [2, 3]]), "the array must hold numbers of one type"),
        (lambda: LeakyIntegrateFire(v_thresh=["a"]), "the array must hold numbers of one type"),
        (
            lambda: LeakyIntegrateFire(relative_reset=1),
            "LeakyIntegrateFire.relative_reset must be True or False, got 1",
        ),  # type: ignore[arg-type]
        (lambda: FewSpikeRelu(k=25), "FewSpikeRelu.k must be a whole number at least 1 and at most 24, got 25"),
        (lambda: FewSpikeRelu(rounding="up"), "FewSpikeRelu.rounding must be one of 'floor', 'nearest', got 'up'"),
        (lambda: Normal(sd=None), "Normal.sd must be a finite number at least 0, got None"),  # type: ignore[arg-type]
        (lambda: PoissonInput(input_frames=0), "PoissonInput.input_frames must be a whole number at least 1, got 0"),
        (lambda: Normal(sd=-1), "Normal.sd must be a finite number at least 0, got -1"),
        (lambda: Uniform(2.0, 1.0), r"Uniform: min must not be above max, got 2.0 and 1.0"),
    ],
)
def test_message(make: Any, message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        make()


@pytest.mark.parametrize("value", ["normal", Normal()])
def test_a_transformed_parameter_cannot_be_drawn_at_random(value: Any) -> None:
    with pytest.raises(UnsupportedError, match="tau_mem has a transformation and cannot be initialised using an init"):
        LeakyIntegrate(tau_mem=value)


def test_a_name_makes_an_initializer() -> None:
    assert isinstance(Dense("normal").weight, Normal)
    assert isinstance(Dense(Uniform(0, 2)).weight, Uniform)


def test_arrays_are_copied_and_keep_their_type() -> None:
    weights = np.ones((2, 3), np.float32)
    dense = Dense(weights)
    weights[:] = 0
    assert dense.weight.dtype == np.float32
    assert dense.weight.all()
    assert Dense([[1, 2]]).weight.dtype == np.float64


def test_numbers_become_parameters_and_arrays_read_only_variables() -> None:
    params, variables = genn_members(LeakyIntegrateFire(v_thresh=[1.0, 2.0], v=0.5, tau_mem=10.0), dt=0.1)
    values = {param.name: param.value for param in params}
    assert values == {"Vreset": 0.0, "Alpha": pytest.approx(np.exp(-0.01))}
    by_name = {var.name: var for var in variables}
    assert by_name["Vthresh"].access == VarAccess.READ_ONLY
    assert by_name["Vthresh"].value.tolist() == [1.0, 2.0]
    assert by_name["V"].access == VarAccess.READ_WRITE
    assert by_name["V"].value == 0.5


def test_genn_var_name() -> None:
    assert genn_var_name(IntegrateFire(), "v") == "V"
    with pytest.raises(DescriptionError, match=r"LeakyIntegrate.tau_mem: no GeNN variable holds it directly; 'Alpha'"):
        genn_var_name(LeakyIntegrate(), "tau_mem")
    with pytest.raises(DescriptionError, match="IntegrateFire has no variable 'w'; it has v_thresh, v_reset, v, bias"):
        genn_var_name(IntegrateFire(), "w")


@pytest.mark.parametrize("cls", [LeakyIntegrateFire, AdaptiveLeakyIntegrateFire])
def test_without_bias_the_code_has_none(cls: type) -> None:
    """The number 0; what is one for each neuron, or drawn, may be changed and so is there."""
    with Network():
        population = Population(cls(), 3)
    without = population.neuron.get_model(population, 1.0, 1)
    assert without.sim_code.startswith("V = (Alpha * V) + Isyn;")
    assert "Bias" not in {item.name for item in (*without.params, *without.vars)}
    for bias in (0.5, np.zeros(3), Normal()):
        model = cls(bias=bias).get_model(population, 1.0, 1)
        assert model.sim_code.startswith("V = (Alpha * V) + Isyn + Bias;")
        assert "Bias" in {item.name for item in (*model.params, *model.vars)}
