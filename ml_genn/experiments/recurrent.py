"""Recordings of events through a delay line and recurrent neurons: what experiments on such data have in common."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..callbacks import Callback, Decay, EaseIn
from ..compilers import Compiler
from ..compilers.event_prop_compiler import EventPropCompiler, default_params
from ..connection import Connection
from ..connectivity import Dense
from ..data.augment import Augment, Augmentation, Blend, DelayLine, Dilate, Drop, Shift
from ..data.spikes import PreprocessedSpikes, chosen_spikes
from ..initializers import Normal
from ..network import Network
from ..neurons import LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ..optimisers import Adam
from ..population import Population
from ..synapses import Exponential
from .experiment import COMMON, Augmenter, Examples, Experiment, Parts, Splits, trial_arguments
from .parameters import Parameter, Values

RECURRENT: Mapping[str, Parameter] = {
    **COMMON,
    "n_epochs": Parameter(25, COMMON["n_epochs"].help, low=1),
    "dt_ms": Parameter(2.0, "timestep", "ms", low=1e-3),
    "trial_ms": Parameter(700.0, "duration of a trial, beyond which events are left out", "ms", low=1e-3),
    "variable_length": Parameter(False, "choice of trials that end with their last event, where trial_ms is longer"),
    "delay_copies": Parameter(6, "number of copies of the input, each later than the one before", low=1),
    "delay_ms": Parameter(50.0, "delay between these copies", "ms", low=0.0),
    "num_hidden": Parameter(256, "number of hidden neurons, connected to each other", low=1),
    "tau_mem": Parameter(20.0, "membrane time constant", "ms", low=1e-3),
    "tau_syn": Parameter(5.0, "synaptic time constant", "ms", low=1e-3),
    "min_slope": Parameter(1e-3, "least slope of voltages at the threshold", "1/ms", low=1e-9),
    "input_hidden_mean": Parameter(0.02, "mean of initial weights of inputs, times the number of copies"),
    "input_hidden_std": Parameter(0.25, "deviation of these weights, times the root of the number of copies", low=0.0),
    "hidden_hidden_std": Parameter(0.02, "standard deviation of initial recurrent weights", low=0.0),
    "hidden_output_std": Parameter(0.1, "standard deviation of initial weights of outputs", low=0.0),
    "eta": Parameter(4e-3, "learning rate", low=0.0),
    "eta_decay": Parameter(0.93, "factor of the learning rate after each epoch", low=0.0, high=1.0),
    "ease_in": Parameter(1.2, "growth of the learning rate from batch to batch at first", low=1.0),
    "reg_lambda": Parameter(2e-9, "strength of the penalty on numbers of spikes of hidden neurons", low=0.0),
    "reg_nu": Parameter(12.0, "number of spikes of a hidden neuron that it leads to", low=0.0),
    "shift_channels": Parameter(0, "largest random shift of channels", low=0),
    "shift_ms": Parameter(0.0, "largest random shift of time", "ms", low=0.0),
    "dilate": Parameter(1.0, "largest random factor of time, whose inverse is the smallest", low=1.0),
    "drop": Parameter(0.0, "probability of an event to be left out", low=0.0, high=1.0),
    "blend": Parameter(0.0, "probability of an example to be blended with another one of its class", low=0.0, high=1.0),
}
"""Parameters of experiments on recordings of events; an experiment may give them other defaults."""


def changed(**defaults: Any) -> dict[str, Parameter]:
    """These parameters with other defaults."""
    return {**RECURRENT, **{name: replace(RECURRENT[name], default=value) for name, value in defaults.items()}}


class RecurrentExperiment(Experiment):
    """Copies of the input - hidden LIF neurons, all to all - leaky integrators; mean voltages weighted exp(-t / T)."""

    @abstractmethod
    def channels(self, p: Values) -> int:
        """Number of channels of a recording."""

    @abstractmethod
    def classes(self, p: Values) -> int:
        """Number of classes."""

    def learnt(self, p: Values, examples: Examples) -> Examples:
        """Examples as `augment` takes them; their trials have room for the largest shift and dilation."""
        delays = (p.delay_copies - 1) * p.delay_ms
        ends = [(_end(spikes) + p.shift_ms) * p.dilate + delays for spikes in examples.x]
        return Examples(examples.x, examples.y, _timesteps(p, ends))

    def delayed(self, p: Values, examples: Examples) -> Examples:
        """Examples as they are evaluated: with all copies, without events beyond the trial."""
        line = Augment([DelayLine(p.delay_copies, p.delay_ms)])
        x = [_within(p.trial_ms, spikes) for spikes in line.all(examples.x)]
        return Examples(x, examples.y, _timesteps(p, [_end(spikes) for spikes in x]))

    def split(self, p: Values, everything: Examples, train: np.ndarray, test: np.ndarray) -> Splits:
        """Examples that are learnt and tested, by two arrays that say of each whether it is."""
        learnt, tested = (everything.part(np.flatnonzero(part).tolist()) for part in (train, test))
        return Splits(train=self.learnt(p, learnt), test=self.delayed(p, tested))

    def build(self, p: Values) -> Parts:
        copies = p.delay_copies
        inputs = self.channels(p) * copies
        with Network(default_params) as network:
            source = Population(SpikeInput(max_spikes=p.n_batch * 30_000 * copies), inputs, name="input")
            neurons = LeakyIntegrateFire(tau_mem=p.tau_mem, relative_reset=True)
            hidden = Population(neurons, p.num_hidden, name="hidden")
            readout = LeakyIntegrate(tau_mem=p.tau_mem, readout="avg_var_exp_weight")
            output = Population(readout, self.classes(p), name="output")
            for source_of, target, weights in (
                (source, hidden, Normal(p.input_hidden_mean / copies, p.input_hidden_std / np.sqrt(copies))),
                (hidden, hidden, Normal(0.0, p.hidden_hidden_std)),
                (hidden, output, Normal(0.0, p.hidden_output_std)),
            ):
                Connection(source_of, target, Dense(weights), Exponential(p.tau_syn))
        return Parts(network=network, source=source, output=output)

    def create_compiler(self, p: Values, parts: Parts, **run: Any) -> Compiler:
        return EventPropCompiler(
            losses="sparse_categorical_crossentropy",
            optimiser=Adam(p.eta),
            reg_lambda_upper=p.reg_lambda,
            reg_lambda_lower=p.reg_lambda,
            reg_nu_upper=p.reg_nu,
            min_slope=p.min_slope,
            variable_timesteps=p.variable_length,
            **trial_arguments(p),
            **run,
        )

    def callbacks(self, p: Values, parts: Parts) -> Sequence[Callback]:
        decay = Decay(p.eta_decay)
        return [decay, EaseIn(1e-3, p.ease_in)] if p.ease_in > 1 else [decay]

    def augment(self, p: Values, train: Examples) -> Augmenter:
        line = DelayLine(p.delay_copies, p.delay_ms)
        chosen: list[Augmentation] = [Blend(train.x, train.y, p.blend)] if p.blend else []
        chosen += [Shift(p.shift_channels, p.shift_ms), Dilate(1.0 / p.dilate, p.dilate), Drop(p.drop), line]
        augment = Augment(chosen, p.model_seed)
        return lambda epoch, index, spikes: _within(p.trial_ms, augment(epoch, index, spikes))


def _end(spikes: PreprocessedSpikes) -> float:
    """Time of the last event; 0 where there is none."""
    return float(spikes.spike_times.max(initial=0.0))


def _timesteps(p: Values, ends: Sequence[float]) -> list[int] | None:
    """Timesteps of trials in which events up to these times are sent; None where all trials are of one length."""
    if not p.variable_length:
        return None
    longest = trial_arguments(p)["example_timesteps"]
    return [min(math.ceil(end / p.dt_ms) + 1, longest) for end in ends]


def _within(duration: float, spikes: PreprocessedSpikes) -> PreprocessedSpikes:
    return chosen_spikes(spikes, spikes.spike_times < duration)
