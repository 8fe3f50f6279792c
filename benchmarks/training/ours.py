"""The networks of `jobs`, trained by EventProp."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.training.jobs import BATCH, TAU_MEM, TAU_SYN, Job, events, labels
from ml_genn import Connection, Network, Population
from ml_genn.compilers import EventPropCompiler
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense
from ml_genn.initializers import Normal
from ml_genn.neurons import LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ml_genn.optimisers import Adam
from ml_genn.synapses import Exponential
from ml_genn.utils.data import PreprocessedSpikes

BATCHES = 4
"""Batches of an epoch."""


def spikes_of(job: Job) -> list[PreprocessedSpikes]:
    """The examples as lists of spikes."""
    found = []
    for places in events(job):
        step, neuron = np.divmod(places, job.inputs)
        order = np.argsort(neuron, kind="stable")
        ends = np.cumsum(np.bincount(neuron, minlength=job.inputs))
        found.append(PreprocessedSpikes(ends, step[order] * job.dt))
    return found


class Trained:
    """A job, ready to learn its batch again and again.

    Args:
        job: the job.
        threads: of the engine.
        scale: factor of the weights of inputs, which sets how often hidden neurons spike.
    """

    def __init__(self, job: Job, threads: int = 1, scale: float = 1.0) -> None:
        job = replace(job, first=(job.first[0] * scale, job.first[1] * scale))
        with Network(default_params) as network:
            source = Population(SpikeInput(max_spikes=job.spikes * BATCH), job.inputs)
            hidden = Population(LeakyIntegrateFire(tau_mem=TAU_MEM), job.hidden)
            output = Population(LeakyIntegrate(tau_mem=TAU_MEM, readout="avg_var"), job.outputs)
            Connection(source, hidden, Dense(Normal(*job.first)), Exponential(TAU_SYN))
            if job.recurrent:
                Connection(hidden, hidden, Dense(Normal(*job.recurring)), Exponential(TAU_SYN))
            Connection(hidden, output, Dense(Normal(*job.second)), Exponential(TAU_SYN))
        compiler = EventPropCompiler(
            job.timesteps,
            "sparse_categorical_crossentropy",
            Adam(1e-9),  # weights stay as good as they are, so that all batches have the same spikes
            dt=job.dt,
            batch_size=BATCH,
            rng_seed=1,
            num_threads=threads,
        )
        self._x, self._y = {source: spikes_of(job)}, {output: labels(job)}
        self._epoch_x, self._epoch_y = {source: spikes_of(job) * BATCHES}, {output: np.tile(labels(job), BATCHES)}
        self._hidden = hidden
        self.network: Any = compiler.compile(network)

    def __enter__(self) -> Trained:
        self.network.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.network.__exit__(*error)

    def epoch(self) -> None:
        """Learn the batch `BATCHES` times."""
        self.network.train(self._epoch_x, self._epoch_y, 1, shuffle=False, callbacks=[])

    def epoch_in_engine(self) -> None:
        """What of it happens in the engine: forward, backward, Adam, with the input and the errors as they are."""
        for _ in range(BATCHES):
            self._batch_in_engine()

    def _batch_in_engine(self) -> None:
        model = self.network.genn_model
        for name in self._inputs:
            self._inputs[name][0].view[:] = self._inputs[name][1]
        for phase in (0, 1):
            model.clear_in_flight()
            model.timestep = 0
            model.set_phase("Phase", phase)
            model.step_time(self.network.timesteps_per_batch)
        model.set_phase("Phase", 0)
        for update in ("GradientReduce", "GradientLearn", "Reset"):
            model.custom_update(update)

    def hold_input(self) -> None:
        """Keep the input of a batch for `epoch_in_engine`."""
        self.network.set_input(self._x)
        source = next(iter(self._x))
        variable = self.network.neuron_populations[source].vars["StartSpike"]
        self._inputs = {"StartSpike": (variable, np.array(variable.view))}

    def hidden_spikes(self) -> float:
        """Mean number of spikes of a hidden neuron in a trial."""
        self.network.predict(self._x, next(iter(self._y)), callbacks=[])
        counts = self.network.neuron_populations[self._hidden].vars["TapeSpikes"]
        counts.pull_from_device()
        return float(np.mean(counts.view))
