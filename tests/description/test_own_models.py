"""Neurons, synapses and initializers of a user's own, written with PyGeNN's dictionaries as for earlier versions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.access import VarAccess
from ml_genn.callbacks import VarRecorder
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import AvgPoolDense2D, Dense
from ml_genn.errors import DescriptionError, UnsupportedError
from ml_genn.initializers import Initializer, Normal
from ml_genn.neurons import AdaptiveLeakyIntegrateFire, BinarySpikeInput, Neuron
from ml_genn.synapses import Exponential, Synapse
from ml_genn.utils.model import NeuronModel, SynapseModel
from ml_genn.utils.snippet import InitializerSnippet
from ml_genn.utils.value import (
    InitValue,
    ValueDescriptor,
    is_value_array,
    is_value_constant,
    is_value_initializer,
)

STEPS = 20
WEIGHTS = np.random.default_rng(2).normal(0.3, 0.2, (5, 4))


class OwnAdaptive(Neuron):
    """An adaptive leaky integrate-and-fire neuron."""

    v_thresh = ValueDescriptor("Vthresh")
    v = ValueDescriptor("V")
    tau_mem = ValueDescriptor("Alpha", lambda tau, dt: np.exp(-dt / np.asarray(tau)))
    beta = ValueDescriptor("Beta")
    tau_adapt = ValueDescriptor("Rho", lambda tau, dt: np.exp(-dt / tau))

    def __init__(self, v_thresh: InitValue = 1.0, tau_mem: InitValue = 20.0, readout: Any = None) -> None:
        super().__init__(readout)
        self.v_thresh, self.tau_mem = v_thresh, tau_mem
        self.v, self.beta, self.tau_adapt = 0.0, 0.1, 50.0

    def get_model(self, population: Population, dt: float, batch_size: int) -> Any:
        code = {
            "vars": [("V", "scalar"), ("A", "scalar", VarAccess.READ_WRITE)],
            "params": [("Vthresh", "scalar"), "Alpha", ("Beta", "scalar"), ("Rho", "scalar")],
            "sim_code": "V = (Alpha * V) + Isyn;\nA *= Rho;",
            "threshold_condition_code": "V >= Vthresh + (Beta * A)",
            "reset_code": "V -= Vthresh;\nA += 1.0;",
            "is_auto_refractory_required": False,
        }
        return NeuronModel.from_val_descriptors(code, "V", self, dt, var_vals={"A": 0.0})


class OwnExponential(Synapse):
    """An exponential synapse."""

    tau = ValueDescriptor("ExpDecay", lambda tau, dt: np.exp(-dt / tau))

    def __init__(self, tau: float) -> None:
        self.tau = tau

    def get_model(self, connection: Connection, dt: float, batch_size: int) -> Any:
        code = {"params": [("ExpDecay", "scalar")], "sim_code": "injectCurrent(inSyn);\ninSyn *= ExpDecay;"}
        return SynapseModel.from_val_descriptors(code, self, dt)


class OwnNormal(Initializer):
    """Normally distributed values."""

    def get_snippet(self) -> InitializerSnippet:
        return InitializerSnippet("Normal", {"mean": 0.5, "sd": 0.1}, {})


def voltages(neuron: Any, synapse: Any, weight: Any = WEIGHTS) -> np.ndarray:
    with Network() as network:
        source, target = Population(BinarySpikeInput(input_frames=STEPS), 5), Population(neuron, 4)
        Connection(source, target, Dense(weight), synapse)
    x = np.random.default_rng(3).integers(0, 2, (1, STEPS, 5))
    with InferenceCompiler(STEPS, rng_seed=1).compile(network) as compiled:
        _, data = compiled.predict({source: x}, [], callbacks=[VarRecorder(target, "v", key="v")])
    return np.asarray(data["v"])


@pytest.mark.parametrize("v_thresh", [1.0, [0.5, 1.0, 1.5, 2.0]])
@pytest.mark.parametrize("tau_mem", [20.0, [5.0, 10.0, 20.0, 30.0]])
def test_own_classes_do_what_ours_do(v_thresh: Any, tau_mem: Any) -> None:
    theirs = voltages(OwnAdaptive(v_thresh, tau_mem), OwnExponential(5.0))
    ours = voltages(AdaptiveLeakyIntegrateFire(v_thresh, beta=0.1, tau_mem=tau_mem, tau_adapt=50.0), Exponential(5.0))
    np.testing.assert_array_equal(theirs, ours)
    assert ours.max() > 0.5


def test_own_initializer() -> None:
    np.testing.assert_array_equal(
        voltages(OwnAdaptive(), "delta", OwnNormal()), voltages(OwnAdaptive(), "delta", Normal(0.5, 0.1))
    )
    with Network() as network:
        source, target = Population(BinarySpikeInput(), (4, 4, 1)), Population("integrate_fire", 2)
        Connection(source, target, AvgPoolDense2D(OwnNormal(), 2))
    with pytest.raises(UnsupportedError, match="a OwnNormal draws its values on the engine, one for each synapse"):
        InferenceCompiler(1).compile(network)


def test_values_given_by_name() -> None:
    model = NeuronModel(
        {
            "params": ["A", "B"],
            "vars": [("x", "int")],
            "extra_global_params": [("table", "scalar*")],
            "sim_code": "x++;",
        },
        None,
        {"A": 1.0, "B": np.ones(3)},
        {"x": 3},
        {"table": np.zeros(2)},
    )
    assert [(param.name, param.value) for param in model.params] == [("A", 1.0)]
    assert [(var.name, var.type, var.access) for var in model.vars] == [
        ("B", "scalar", VarAccess.READ_ONLY),
        ("x", "int", VarAccess.READ_WRITE),
    ]
    assert model.extra_global_params[0].value.shape == (2,)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: NeuronModel({"sim_code": "", "derived_params": [("x", None)], "sim": "V"}),
            "NeuronModel: the dictionary has derived_params, sim, expected only sim_code, threshold_condition_code",
        ),
        (
            lambda: SynapseModel({"reset_code": "x"}),
            "SynapseModel: the dictionary has reset_code, expected only sim_code",
        ),
        (
            lambda: NeuronModel({"vars": [("V", "scalar")]}),
            "'V' has no value; give it in var_vals, or declare it in the",
        ),
        (lambda: SynapseModel({"params": [("A", "scalar")]}), "'A' has no value; give it in param_vals"),
    ],
)
def test_refused(make: Any, message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        make()


def test_kinds_of_values() -> None:
    kinds = (is_value_constant, is_value_array, is_value_initializer)
    assert [[kind(value) for kind in kinds] for value in (1.0, np.ones(2), [1.0], Normal())] == [
        [True, False, False],
        [False, True, False],
        [False, True, False],
        [False, False, True],
    ]
