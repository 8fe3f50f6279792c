"""Base class of experiments in which nothing but delays is learnt."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ..compilers import Compiler
from ..compilers.event_prop_compiler import EventPropCompiler, default_params
from ..connectivity import Dense
from ..data.spikes import preprocess_spikes
from ..initializers import Uniform
from ..layer import InputLayer, Layer
from ..neurons import LeakyIntegrate, SpikeInput
from ..optimisers import Adam
from ..sequential_network import SequentialNetwork
from ..synapses import Exponential
from .experiment import COMMON, Examples, Experiment, Parts, Splits, trial_arguments
from .parameters import Parameter, Values


class DelayTask(Experiment):
    """Inputs that spike once - one leaky integrator per class, with a delay for each synapse; all weights are equal.

    Crossentropy of the maxima of the voltages: the class wins whose delays let the spikes arrive together.

    Attributes:
        num_inputs, num_classes: neurons of the network.
    """

    num_inputs: ClassVar[int]
    num_classes: ClassVar[int]
    parameters: ClassVar[Mapping[str, Parameter]] = {
        **COMMON,
        "n_epochs": Parameter(60, COMMON["n_epochs"].help, low=1),
        "data_seed": Parameter(1, "seed of the examples", low=0),
        "n_train": Parameter(256, "number of training examples", low=1),
        "n_test": Parameter(1000, "number of test examples", low=1),
        "jitter_ms": Parameter(0.5, "standard deviation of spike times", "ms", low=0.0),
        "dt_ms": Parameter(1.0, "timestep", "ms", low=1e-3),
        "trial_ms": Parameter(80.0, "duration of a trial", "ms", low=1e-3),
        "tau_mem": Parameter(20.0, "membrane time constant", "ms", low=1e-3),
        "tau_syn": Parameter(20.0, "synaptic time constant", "ms", low=1e-3),
        "weight": Parameter(20.0, "weight of all synapses, which is not learnt"),
        "longest_delay": Parameter(30, "longest delay in timesteps; first delays are drawn up to there", low=0),
        "eta": Parameter(0.5, "learning rate of delays in timesteps", low=0.0),
    }

    @abstractmethod
    def draw(self, p: Values, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, int]:
        """Times [ms] and numbers of the inputs that spike, and the label, of one example."""

    def load(self, p: Values) -> Splits:
        rng = np.random.default_rng(p.data_seed)
        return Splits(train=self._examples(p, p.n_train, rng), test=self._examples(p, p.n_test, rng))

    def build(self, p: Values) -> Parts:
        network = SequentialNetwork(default_params)
        delays = Uniform(0.0, p.longest_delay)
        with network:
            source = InputLayer(SpikeInput(max_spikes=self.num_inputs * p.n_batch), self.num_inputs)
            neurons = LeakyIntegrate(tau_mem=p.tau_mem, readout="max_var")
            output = Layer(
                Dense(p.weight, delays),
                neurons,
                self.num_classes,
                Exponential(p.tau_syn),
                max_delay_steps=p.longest_delay,
            )
        return Parts(network=network, source=source, output=output)

    def create_compiler(self, p: Values, parts: Parts, **run: Any) -> Compiler:
        return EventPropCompiler(
            losses="sparse_categorical_crossentropy",
            optimiser=None,
            delay_optimiser=Adam(p.eta),
            delay_learn_conns=[parts.output],
            **trial_arguments(p),
            **run,
        )

    def _examples(self, p: Values, number: int, rng: np.random.Generator) -> Examples:
        drawn = [self.draw(p, rng) for _ in range(number)]
        x = []
        for times, ids, _ in drawn:
            jittered = np.maximum(times + p.jitter_ms * rng.normal(size=times.size), 0.0)
            x.append(preprocess_spikes(jittered, ids, self.num_inputs))
        return Examples(x, [label for _, _, label in drawn])
