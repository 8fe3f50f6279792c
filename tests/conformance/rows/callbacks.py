"""Rows of callbacks: recorders of a small network, and what others do at which moments of a life cycle."""

from __future__ import annotations

import contextlib
import io
import json
import re
import tempfile
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from ml_genn import Connection, Network, Population
from ml_genn.callbacks import (
    BatchProgressBar,
    CallbackList,
    Checkpoint,
    ConnVarRecorder,
    CustomUpdateOnBatchBegin,
    CustomUpdateOnBatchEnd,
    CustomUpdateOnEpochBegin,
    CustomUpdateOnEpochEnd,
    CustomUpdateOnTimestepBegin,
    CustomUpdateOnTimestepEnd,
    Decay,
    EarlyStopping,
    EaseIn,
    EMASchedule,
    OptimiserParamSchedule,
    RunLog,
    SilentNeuronLift,
    SilentNeuronRewiring,
    SpikeRecorder,
    VarRecorder,
    WeightAverage,
)
from ml_genn.compilers import EventPropCompiler, InferenceCompiler
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense
from ml_genn.initializers import Normal
from ml_genn.metrics import SparseCategoricalAccuracy
from ml_genn.neurons import BernoulliInput, IntegrateFire, IntegrateFireInput, LeakyIntegrate, LeakyIntegrateFire
from ml_genn.optimisers import SGD, Adam
from ml_genn.runtime.history import EpochResult
from ml_genn.serialisers import Numpy
from ml_genn.synapses import Exponential
from tests.conformance.table import ObjectRow
from tests.references import neurons

STEPS = 9
WEIGHTS = np.random.default_rng(2).integers(-2, 7, (4, 3)) / 8
X = np.random.default_rng(3).integers(0, 9, (3, 4)) / 8

with Network() as NETWORK:
    SOURCE = Population(IntegrateFireInput(), 4, record_spikes=True)
    TARGET = Population(IntegrateFire(readout="spike_count"), 3, record_spikes=True)
    CONNECTION = Connection(SOURCE, TARGET, Dense(WEIGHTS))


def recorded(recorder: Any, x: np.ndarray, batch_size: int) -> Any:
    """What a recorder without a key gives back."""
    with InferenceCompiler(STEPS, batch_size=batch_size).compile(NETWORK) as compiled:
        return np.array(compiled.predict({SOURCE: x}, TARGET, callbacks=[recorder])[1][0])


def traces(x: np.ndarray) -> np.ndarray:
    """Voltages and spikes of the target, [example][V, spikes][timestep][neuron]."""
    step = neurons.integrate_fire(1.0, 0.0, 0.0, relative=False)
    spikes = neurons.simulate(step, neurons.held(x, STEPS), {"V": 0.0})[:, 1]
    return neurons.simulate(step, neurons.delivered(spikes, WEIGHTS), {"V": 0.0})


MOMENTS = [(epoch, batch, timestep) for epoch in range(2) for batch in range(3) for timestep in range(4)]


class Trained:
    """Stands for a compiled network that is trained: notes at which moments it is asked to do something."""

    def __init__(self) -> None:
        self.moment = (0, 0, 0)
        self.noted: list[Any] = []
        self.optimisers = [Adam(0.5)]
        self.history: list[Any] = []
        self.batch_size, self.timesteps_per_batch = 2, 4

    def custom_update(self, name: str) -> None:
        assert name == "Update"
        self.noted.append(self.moment)

    def save(self, keys: Any, serialiser: Any) -> None:
        assert serialiser.path == "checkpoints"
        assert keys == (self.moment[0],)
        self.noted.append(self.moment)

    def save_training(self, key: int, serialiser: Any) -> None:
        assert serialiser.path == "checkpoints"
        assert self.noted[-1] == self.moment
        assert key == self.moment[0]


def life_cycle(callback: Any, examples: Any, batch_size: int) -> Any:
    """The moments at which a callback does something in two epochs of three batches of four timesteps."""
    network = Trained()
    with CallbackList([callback], compiled_network=network, num_batches=3, num_epochs=2) as callbacks:
        callbacks.call("on_train_begin")
        for epoch, batch, timestep in MOMENTS:
            network.moment = epoch, batch, timestep
            for hook, index, is_first in (
                ("on_epoch_begin", epoch, batch == timestep == 0),
                ("on_batch_begin", batch, timestep == 0),
                ("on_timestep_begin", timestep, True),
            ):
                if is_first:
                    callbacks.call(hook, index)
            callbacks.call("on_timestep_end", timestep)
            if timestep == 3:
                callbacks.call("on_batch_end", batch, {})
            if timestep == 3 and batch == 2:
                callbacks.call("on_epoch_end", epoch, {})
        callbacks.call("on_train_end", {})
    return network.noted or [network.optimisers[0].alpha]


def averaged(callback: Any, examples: Any, batch_size: int) -> Any:
    """What is put back after batches that learnt 1, 2, 4, 8, 16."""
    network, learnt, back = Trained(), iter((1.0, 2.0, 4.0, 8.0, 16.0)), []
    network.learnt_values = lambda: {"weight": np.full(2, next(learnt))}  # type: ignore[attr-defined]
    network.put_learnt_values = lambda values: back.append(values["weight"])  # type: ignore[attr-defined]
    with CallbackList([callback], compiled_network=network, num_batches=5, num_epochs=1) as callbacks:
        for batch in range(5):
            callbacks.call("on_batch_end", batch, {})
        callbacks.call("on_train_end", {})
    return back


def stopped(callback: Any, examples: Any, batch_size: int) -> Any:
    """The epoch in which a training ends, and that whose weights it puts back, of losses 3, 2, 2.5 ..."""
    network, ends, back = Trained(), [], []
    network.stop_training = lambda: ends.append(len(network.history) - 1)  # type: ignore[attr-defined]
    network.learnt_values = lambda: {"epoch": len(network.history) - 1}  # type: ignore[attr-defined]
    network.put_learnt_values = lambda values: back.append(values["epoch"])  # type: ignore[attr-defined]
    with CallbackList([callback], compiled_network=network, num_batches=1, num_epochs=9) as callbacks:
        for epoch, loss in enumerate((3.0, 2.0, 2.5, 2.5, 2.5, 1.0)):
            network.history.append(SimpleNamespace(loss={"output": loss}))
            callbacks.call("on_epoch_end", epoch, {})
            if ends:
                break
        callbacks.call("on_train_end", {})
    return [*ends, *back]


def rates(callback: Any, examples: Any, batch_size: int) -> Any:
    """The learning rate in each of three batches of two epochs, whose accuracies are 0.5 and 0.25."""
    network, found = Trained(), []
    with CallbackList([callback], compiled_network=network, num_batches=3, num_epochs=2) as callbacks:
        for epoch, accuracy in enumerate((0.5, 0.25)):
            for batch in range(3):
                callbacks.call("on_batch_begin", batch)
                found.append(network.optimisers[0].alpha)
                callbacks.call("on_batch_end", batch, {})
            network.history.append(SimpleNamespace(metrics={"output": accuracy}))
            callbacks.call("on_epoch_end", epoch, {})
    return [*found, network.optimisers[0].alpha]


def learnt(callback: Any, x: np.ndarray, batch_size: int) -> Any:
    """Weights after one epoch in which nothing is learnt, of one neuron that is never reached and one that spikes."""
    with Network(default_params) as network:
        source, hidden = Population(BernoulliInput(), 4), Population(LeakyIntegrateFire(), 2, name="hidden")
        output = Population(LeakyIntegrate(readout="avg_var"), 2)
        connection = Connection(source, hidden, Dense(np.array([[0.0, 9.0]] * 4)), Exponential(5.0))
        Connection(hidden, output, Dense(1.0), Exponential(5.0))
    compiler = EventPropCompiler(
        20, "sparse_categorical_crossentropy", SGD(0.0), batch_size=batch_size, rng_seed=1, num_threads=1
    )
    with compiler.compile(network) as compiled:
        compiled.train({source: np.ones((3, 4))}, {output: np.zeros(3, int)}, 1, callbacks=[callback])
        return compiled.connection_populations[connection].vars["g"].view.reshape(4, 2).copy()


def logged(callback: Any, examples: Any, batch_size: int) -> Any:
    """The numbers of epochs in the log of two epochs."""
    output = Population(LeakyIntegrate(readout="avg_var"), 2, name="output", add_to_model=False)
    with tempfile.TemporaryDirectory() as folder:
        callback = RunLog(Path(folder) / callback.path)
        network = Trained()
        with CallbackList([callback], compiled_network=network, num_batches=3, num_epochs=2) as callbacks:
            for epoch in range(2):
                callbacks.call("on_epoch_begin", epoch)
                network.history.append(EpochResult(epoch, {output: 0.5}, {output: 0.25}, {}))
                callbacks.call("on_epoch_end", epoch, {output: SparseCategoricalAccuracy()})
        lines = callback.path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["epoch"] for line in lines[1:]]


def rewired() -> np.ndarray:
    """What the connection of `learnt` draws in epoch 0 with seed 3."""
    generator = np.random.default_rng([3, zlib.crc32(b"Conn_Pop0_hidden"), 0])
    return np.stack([generator.normal(1.0, 0.5, 4).astype(np.float32), np.full(4, 9.0, np.float32)], axis=1)


def at(cls: Any, chosen: Any) -> ObjectRow:
    """A custom update that runs where its index is odd."""
    return ObjectRow(
        make=lambda: cls("Update", lambda index: index % 2 == 1),
        runs=life_cycle,
        examples=[0, 0, 0],
        reference=lambda _: [moment for moment in MOMENTS if chosen(*moment)],
        sums_up=True,
    )


def shown(bar: Any, x: np.ndarray, batch_size: int) -> Any:
    """How many examples the last line of a progress bar stands for."""
    compiled = InferenceCompiler(STEPS, batch_size=batch_size).compile(NETWORK)
    with contextlib.redirect_stderr(io.StringIO()) as stream, compiled:
        compiled.predict({SOURCE: x}, TARGET, callbacks=[bar])
    done, total = map(int, re.findall(r"(\d+)/(\d+)", stream.getvalue())[-1])
    return [done * batch_size, total * batch_size]


ROWS = (
    ObjectRow(make=BatchProgressBar, runs=shown, examples=X, reference=lambda x: [len(x), len(x)], sums_up=True),
    ObjectRow(
        make=lambda: Checkpoint(Numpy("checkpoints"), 2),
        runs=life_cycle,
        examples=[0, 0, 0],
        reference=lambda _: [(0, 2, 3)],
        sums_up=True,
    ),
    ObjectRow(
        make=lambda: OptimiserParamSchedule("alpha", lambda epoch, alpha: alpha / (4 + epoch)),
        runs=life_cycle,
        examples=[0, 0, 0],
        reference=lambda _: [0.5 / 4 / 5],
        sums_up=True,
    ),
    ObjectRow(
        make=lambda: Decay(0.5, epochs=2, low=0.3),
        runs=life_cycle,
        examples=[0, 0, 0],
        reference=lambda _: [0.3],
        sums_up=True,
    ),
    ObjectRow(
        make=lambda: EaseIn(0.125, 2.0),
        runs=rates,
        examples=[0, 0, 0],
        reference=lambda _: [0.5 / 8, 0.5 / 4, 0.5 / 2, 0.5, 0.5, 0.5, 0.5],
        sums_up=True,
    ),
    ObjectRow(
        make=lambda: EMASchedule(0.25, 0.5, patience=2, monitor="metric", ease_in=EaseIn(0.25, 2.0)),
        runs=rates,
        examples=[0, 0, 0],
        reference=lambda _: [0.5 / 4, 0.5 / 2, 0.5, 0.5, 0.5, 0.5, 0.5],  # 0.28125 is still above 0.25
        sums_up=True,
    ),
    ObjectRow(
        make=lambda: EarlyStopping(3, "loss"),
        runs=stopped,
        examples=[0, 0, 0],
        reference=lambda _: [4, 1],
        sums_up=True,
    ),
    ObjectRow(
        make=lambda: WeightAverage(0.75),
        runs=averaged,
        examples=[0, 0, 0],
        reference=lambda _: [[6.8125, 6.8125]],  # 3.75, the mean of 1, 2, 4, 8, and a quarter of the way to 16
        sums_up=True,
    ),
    ObjectRow(
        make=lambda: RunLog("log.jsonl"),
        runs=logged,
        examples=[0, 0, 0],
        reference=lambda _: [0, 1],
        sums_up=True,
    ),
    ObjectRow(
        make=lambda: SilentNeuronLift(0.25),
        runs=learnt,
        examples=[0, 0, 0],
        reference=lambda _: np.array([[0.25, 9.0]] * 4),
        sums_up=True,
    ),
    ObjectRow(
        make=lambda: SilentNeuronRewiring(Normal(1.0, 0.5), seed=3),
        runs=learnt,
        examples=[0, 0, 0],
        reference=lambda _: rewired(),
        sums_up=True,
    ),
    at(CustomUpdateOnEpochBegin, lambda epoch, batch, timestep: epoch == 1 and batch == 0 and timestep == 0),
    at(CustomUpdateOnEpochEnd, lambda epoch, batch, timestep: epoch == 1 and batch == 2 and timestep == 3),
    at(CustomUpdateOnBatchBegin, lambda epoch, batch, timestep: batch == 1 and timestep == 0),
    at(CustomUpdateOnBatchEnd, lambda epoch, batch, timestep: batch == 1 and timestep == 3),
    at(CustomUpdateOnTimestepBegin, lambda epoch, batch, timestep: timestep % 2 == 1),
    at(CustomUpdateOnTimestepEnd, lambda epoch, batch, timestep: timestep % 2 == 1),
    ObjectRow(
        make=lambda: SpikeRecorder(TARGET, neuron_filter=[0, 2], record_counts=True),
        runs=recorded,
        examples=X,
        reference=lambda x: traces(x)[:, 1].sum(axis=1)[:, [0, 2]],
    ),
    ObjectRow(
        make=lambda: VarRecorder(TARGET, "v", neuron_filter=slice(1, None)),
        runs=recorded,
        examples=X,
        reference=lambda x: traces(x)[:, 0, :, 1:],
    ),
    ObjectRow(
        make=lambda: ConnVarRecorder(CONNECTION, "g", src_neuron_filter=[3, 1], trg_neuron_filter=slice(1, None)),
        runs=recorded,
        examples=X,
        reference=lambda x: np.tile(WEIGHTS[1::2, 1:], (3, STEPS, 1, 1)),
    ),
)
