"""The digits that ship with the package, one spike per pixel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, final

import numpy as np

from ..callbacks import Callback, Decay
from ..compilers import Compiler
from ..compilers.event_prop_compiler import EventPropCompiler, default_params
from ..connectivity import Dense
from ..data import load_data
from ..data.latency import linear_latency_encode_data
from ..errors import UsageError
from ..initializers import Normal
from ..layer import InputLayer, Layer
from ..neurons import LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ..optimisers import Adam
from ..sequential_network import SequentialNetwork
from ..synapses import Exponential
from .experiment import COMMON, Examples, Experiment, Parts, Splits, trial_arguments
from .parameters import Parameter, Values

PIXELS, CLASSES = 64, 10


@final
class LatencyDigits(Experiment):
    """64 pixels - hidden LIF neurons - 10 leaky integrators, crossentropy of their mean voltages.

    The 1,797 digits of both splits are drawn anew into training and test examples by `split_seed`.
    """

    name = "latency-digits"
    summary = "8 x 8 digits, one spike per pixel, the brighter the earlier; ships with its data"
    parameters: ClassVar[Mapping[str, Parameter]] = {
        **COMMON,
        "n_epochs": Parameter(50, COMMON["n_epochs"].help, low=1),
        "n_train": Parameter(1437, "number of training examples; the others are for the test", low=1),
        "split_seed": Parameter(1, "seed of the choice of training examples", low=0),
        "num_hidden": Parameter(128, "number of hidden neurons", low=1),
        "dt_ms": Parameter(1.0, "timestep", "ms", low=1e-3),
        "trial_ms": Parameter(50.0, "duration of a trial", "ms", low=1e-3),
        "latest_ms": Parameter(40.0, "time of the darkest pixel that spikes", "ms", low=0.0),
        "tau_mem": Parameter(20.0, "membrane time constant", "ms", low=1e-3),
        "tau_syn": Parameter(5.0, "synaptic time constant", "ms", low=1e-3),
        "input_hidden_mean": Parameter(0.2, "mean of initial weights of hidden neurons"),
        "input_hidden_std": Parameter(0.6, "standard deviation of initial weights of hidden neurons", low=0.0),
        "hidden_output_mean": Parameter(0.0, "mean of initial weights of outputs"),
        "hidden_output_std": Parameter(0.2, "standard deviation of initial weights of outputs", low=0.0),
        "eta": Parameter(0.05, "learning rate", low=0.0),
        "eta_decay": Parameter(0.95, "factor of the learning rate after each epoch", low=0.0, high=1.0),
    }

    def load(self, p: Values) -> Splits:
        parts = [load_data("digits", split=part) for part in ("train", "test")]
        images = np.concatenate([255 * part.x.reshape(-1, PIXELS) for part in parts])
        labels = np.concatenate([part.y for part in parts])
        everything = Examples(linear_latency_encode_data(images, p.latest_ms), labels.tolist())
        if p.n_train >= len(labels):
            raise UsageError(f"n_train={p.n_train} leaves no test examples; of the {len(labels)} digits, learn fewer")
        order = np.random.default_rng(p.split_seed).permutation(len(labels)).tolist()
        return Splits(train=everything.part(order[: p.n_train]), test=everything.part(order[p.n_train :]))

    def build(self, p: Values) -> Parts:
        network = SequentialNetwork(default_params)
        with network:
            source = InputLayer(SpikeInput(max_spikes=PIXELS * p.n_batch), PIXELS)
            weights = Normal(p.input_hidden_mean, p.input_hidden_std)
            Layer(Dense(weights), LeakyIntegrateFire(tau_mem=p.tau_mem), p.num_hidden, Exponential(p.tau_syn))
            weights = Normal(p.hidden_output_mean, p.hidden_output_std)
            neurons = LeakyIntegrate(tau_mem=p.tau_mem, readout="avg_var")
            output = Layer(Dense(weights), neurons, CLASSES, Exponential(p.tau_syn))
        return Parts(network=network, source=source, output=output)

    def create_compiler(self, p: Values, parts: Parts, **run: Any) -> Compiler:
        return EventPropCompiler(
            losses="sparse_categorical_crossentropy",
            optimiser=Adam(p.eta),
            **trial_arguments(p),
            **run,
        )

    def callbacks(self, p: Values, parts: Parts) -> Sequence[Callback]:
        return [Decay(p.eta_decay)]
