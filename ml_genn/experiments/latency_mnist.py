"""MNIST and data sets like it, one spike per pixel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, final

import numpy as np

from ..callbacks import Callback, Decay
from ..compilers import Compiler
from ..compilers.event_prop_compiler import EventPropCompiler, default_params
from ..connection import Connection
from ..connectivity import Dense
from ..data import Dataset, load_data
from ..data.latency import linear_latency_encode_data
from ..errors import UsageError
from ..initializers import Normal
from ..network import Network
from ..neurons import LeakyIntegrateFire, SpikeInput
from ..population import Population
from ..synapses import Exponential
from .experiment import ADAM, COMMON, Examples, Experiment, Parts, Splits, adam, trial_arguments
from .loss_types import LOSS_PARAMETERS, LOSS_TYPES
from .parameters import Parameter, Place, Values
from .recording import CHOSEN_TRIALS, RECORDING

PIXELS, CLASSES = 784, 10


@final
class LatencyMnist(Experiment):
    """784 pixels - hidden LIF neurons, recurrent if asked for - 10 outputs.

    Fashion-MNIST and other data of the same format are learnt alike.

    Source: Nowotny, Turner, Knight 2022, "Loss shaping enhances exact gradient learning with EventProp", section 3.
    """

    name = "latency-mnist"
    summary = "MNIST or Fashion-MNIST, one spike per pixel, the brighter the earlier; takes a folder of IDX files"
    parameters: ClassVar[Mapping[str, Parameter]] = {
        **COMMON,
        "data": Parameter(None, "folder with the IDX files, of which both splits are used", kind=Place),
        "train_data_seed": Parameter(123, "seed of the choice of training and validation examples", low=0),
        "test_data_seed": Parameter(456, "seed of the choice of test examples", low=0),
        "evaluation": Parameter("random", "way in which validation examples are chosen", choices=("random",)),
        "reduced_classes": Parameter(
            None, "list of the classes that are learnt and tested, by default all", kind=tuple
        ),
        "shuffle": Parameter(True, "choice of another order of the examples in each epoch"),
        "n_train": Parameter(55000, "number of training examples", low=1),
        "n_validate": Parameter(5000, "number of validation examples", low=0),
        "n_test": Parameter(10000, "number of test examples", low=1),
        "dt_ms": Parameter(1.0, "timestep", "ms", low=1e-3),
        "trial_ms": Parameter(20.0, "duration of a trial", "ms", low=1e-3),
        "earliest_ms": Parameter(2.0, "time of white pixels", "ms", low=0.0),
        "latest_ms": Parameter(18.0, "time of the darkest pixel that spikes", "ms", low=0.0),
        "n_max_spike": Parameter(50, "number of spikes of a neuron that there is room for at first", low=1),
        "num_hidden": Parameter(128, "number of hidden neurons", low=1),
        "recurrent": Parameter(False, "choice of recurrent connections"),
        "tau_syn": Parameter(5.0, "synaptic time constant", "ms", low=1e-3),
        "tau_mem": Parameter(20.0, "membrane time constant", "ms", low=1e-3),
        "v_thresh": Parameter(1.0, "threshold"),
        "v_reset": Parameter(0.0, "reset voltage"),
        "input_hidden_mean": Parameter(0.078, "mean of initial weights of hidden neurons"),
        "input_hidden_std": Parameter(0.045, "standard deviation of initial weights of hidden neurons", low=0.0),
        "hidden_output_mean": Parameter(0.2, "mean of initial weights of outputs"),
        "hidden_output_std": Parameter(0.37, "standard deviation of initial weights of outputs", low=0.0),
        "hidden_hidden_mean": Parameter(0.2, "mean of initial recurrent weights"),
        "hidden_hidden_std": Parameter(0.37, "standard deviation of initial recurrent weights", low=0.0),
        "pdrop_input": Parameter(0.2, "probability that an input spike is dropped", low=0.0, high=1.0, high_open=True),
        "pdrop_hidden": Parameter(0.0, "probability that a hidden spike is dropped", low=0.0, high=1.0, high_open=True),
        "reg_type": Parameter("none", "regularisation of hidden spikes", choices=("none", "simple", "Thomas1")),
        "lbd_upper": Parameter(5e-6, "strength of regularisation of neurons that spike too often", low=0.0),
        "lbd_lower": Parameter(1e-3, "strength of regularisation of neurons that spike too seldom", low=0.0),
        "nu_upper": Parameter(2.0, "number of spikes of a hidden neuron that is aimed at", low=0.0),
        "rho_upper": Parameter(5000.0, "number of spikes of all hidden neurons that is aimed at", low=0.0),
        "glb_upper": Parameter(1e-5, "strength of their regularisation (Thomas1)", low=0.0),
        "avg_snsum": Parameter(False, "choice of regularisation by means over a batch"),
        "eta": Parameter(5e-3, "learning rate", low=0.0),
        "eta_decay": Parameter(1.0, "factor of the learning rate after each epoch", low=0.0, high=1.0),
        **ADAM,
        **LOSS_PARAMETERS,
        **RECORDING,
        **CHOSEN_TRIALS,
    }

    def load(self, p: Values) -> Splits:
        if p.data is None:
            raise UsageError("latency-mnist needs data: give --set data=FOLDER, with the IDX files of both splits")
        train = _reduced(p, load_data(p.data, split="train"))
        order = np.random.default_rng(p.train_data_seed).permutation(len(train))
        used = p.n_train + p.n_validate
        if used > len(train):
            raise UsageError(f"n_train={p.n_train} and n_validate={p.n_validate} are more than {len(train)} examples")
        test = _reduced(p, load_data(p.data, split="test"))
        tested = np.random.default_rng(p.test_data_seed).permutation(len(test))[: p.n_test]
        return Splits(
            train=self._encoded(p, train.x[order[: p.n_train]], train.y[order[: p.n_train]]),
            validation=self._encoded(p, train.x[order[p.n_train : used]], train.y[order[p.n_train : used]])
            if p.n_validate
            else None,
            test=self._encoded(p, test.x[tested], test.y[tested]),
        )

    def _encoded(self, p: Values, images: np.ndarray, labels: np.ndarray) -> Examples:
        pixels = 255.0 * images.reshape(len(images), PIXELS)
        return Examples(linear_latency_encode_data(pixels, p.latest_ms, p.earliest_ms), labels.tolist())

    def build(self, p: Values) -> Parts:
        neuron = {"v_thresh": p.v_thresh, "v_reset": p.v_reset, "tau_mem": p.tau_mem}
        with Network(default_params) as network:
            source = Population(SpikeInput(max_spikes=PIXELS * p.n_batch), PIXELS)
            hidden = Population(LeakyIntegrateFire(**neuron), p.num_hidden)
            output = Population(LOSS_TYPES[p.loss_type].output(p), CLASSES)
            weights = Normal(p.input_hidden_mean, p.input_hidden_std)
            Connection(source, hidden, Dense(weights), Exponential(p.tau_syn))
            if p.recurrent:
                weights = Normal(p.hidden_hidden_mean, p.hidden_hidden_std)
                Connection(hidden, hidden, Dense(weights), Exponential(p.tau_syn))
            weights = Normal(p.hidden_output_mean, p.hidden_output_std)
            Connection(hidden, output, Dense(weights), Exponential(p.tau_syn))
        return Parts(network=network, source=source, output=output)

    def create_compiler(self, p: Values, parts: Parts, **run: Any) -> Compiler:
        return EventPropCompiler(
            losses=LOSS_TYPES[p.loss_type].loss(p),
            optimiser=adam(p),
            max_spikes=p.n_max_spike,
            input_dropout=p.pdrop_input,
            hidden_dropout=p.pdrop_hidden,
            **_regularisers(p),
            **trial_arguments(p),
            **run,
        )

    def shuffles(self, p: Values) -> bool:
        return bool(p.shuffle)

    def callbacks(self, p: Values, parts: Parts) -> Sequence[Callback]:
        return [Decay(p.eta_decay)]


def _reduced(p: Values, data: Dataset) -> Dataset:
    """The examples of the classes that are asked for."""
    if p.reduced_classes is None:
        return data
    chosen = np.isin(data.y, p.reduced_classes)
    if not set(p.reduced_classes) <= set(range(CLASSES)):
        raise UsageError(f"reduced_classes={p.reduced_classes} must be classes from 0 to {CLASSES - 1}")
    return replace(data, x=data.x[chosen], y=data.y[chosen])


def _regularisers(p: Values) -> dict[str, Any]:
    """Arguments of the compiler."""
    if p.reg_type == "none":
        return {}
    everyone = {"reg_lambda_global": p.glb_upper, "reg_nu_global": p.rho_upper} if p.reg_type == "Thomas1" else {}
    return {
        "reg_lambda_upper": p.lbd_upper,
        "reg_lambda_lower": p.lbd_lower,
        "reg_nu_upper": p.nu_upper,
        "reg_per_example": not p.avg_snsum,
        **everyone,
    }
