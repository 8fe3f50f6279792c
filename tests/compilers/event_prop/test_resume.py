"""A training that goes on from a checkpoint gives the bits of one that never stopped, whatever stopped it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_genn.callbacks import (
    Callback,
    Checkpoint,
    Decay,
    EarlyStopping,
    EaseIn,
    EMASchedule,
    OptimiserParamSchedule,
    SilentNeuronLift,
    WeightAverage,
)
from ml_genn.errors import DataError, DescriptionError
from ml_genn.optimisers import SGD, Adam
from ml_genn.runtime.training_state import TrainingState, pack, unpack
from ml_genn.serialisers import HDF5, Numpy
from tests.compilers.event_prop.test_training import compiled, layers, trials, weights_of

ROOT = Path(__file__).parents[3]
PERTURBED = {"hidden_noise": 0.1, "hidden_dropout": 0.2, "input_dropout": 0.1, "reg_lambda_lower": 1e-4}


def schedules() -> list[Any]:
    """Callbacks whose next calls depend on all earlier ones."""
    return [
        EaseIn(0.1, 1.2),
        Decay(0.9),
        EMASchedule(0.5, 0.75, patience=2, monitor="metric"),
        OptimiserParamSchedule("alpha", lambda epoch, alpha: alpha * (1.0 + 0.01 * epoch)),
        SilentNeuronLift(0.01),
        EarlyStopping(100, "loss"),
    ]


class Trainer:
    """A network with data, whose trainings end after so many epochs, or batches of the last of them."""

    def __init__(self, **kwargs: Any) -> None:
        self.network, self.source, self.hidden, self.output = layers()
        self.x, self.y = trials(20)
        self.kwargs = {"optimiser": Adam(0.02), **PERTURBED, **kwargs}

    def open(self) -> Any:
        return compiled(self.network, **self.kwargs)

    def train(self, trained: Any, epochs: int, start: int = 0, more: Any = ()) -> None:
        callbacks = [*schedules(), *more]
        trained.train({self.source: self.x}, {self.output: self.y}, epochs, start_epoch=start, callbacks=callbacks)

    def end(self, trained: Any) -> tuple[Any, ...]:
        """What has to be the same to the bit."""
        last = trained.history[-1]
        activity = last.activity[self.hidden.population()]
        return (
            *(weights_of(trained, layer).tobytes() for layer in (self.hidden, self.output)),
            [optimiser.alpha for optimiser in trained.optimisers],
            last.epoch,
            last.loss[self.output],
            last.metrics[self.output],
            activity.spikes.tobytes(),
            activity.clamped,
            last.examples,
        )


class Stop(Exception):
    """Ends a training in the middle."""


@pytest.fixture(params=[Numpy, HDF5])
def serialiser(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return request.param(tmp_path)


def test_after_an_epoch(serialiser: Any) -> None:
    trainer = Trainer()
    with trainer.open() as trained:
        trainer.train(trained, 5)
        expected = trainer.end(trained)
    with trainer.open() as trained:
        trainer.train(trained, 2, more=[Checkpoint(serialiser)])
    trainer.kwargs["optimiser"] = Adam(0.5)  # whose parameters are those of the checkpoint
    with trainer.open() as trained:
        start = trained.resume(serialiser)
        assert start == 2
        trainer.train(trained, 3, start)
        assert trainer.end(trained) == expected
        assert [epoch.epoch for epoch in trained.history] == [2, 3, 4]


@pytest.mark.parametrize("batches", [1, 2, 3])
def test_within_an_epoch(serialiser: Any, batches: int) -> None:
    """Each epoch has three batches; the last is not full."""
    trainer = Trainer()
    with trainer.open() as trained:
        trainer.train(trained, 3)
        expected = trainer.end(trained)
    seen = []

    def data(epoch: int) -> Any:
        order = np.random.default_rng([5, epoch]).permutation(20)
        for start in range(0, 20, 8):
            if epoch == 1 and start // 8 == batches:
                raise Stop
            chosen = order[start : start + 8]
            seen.append(chosen)
            yield [trainer.x[i] for i in chosen], trainer.y[chosen]
        if epoch == 1:
            raise Stop

    with trainer.open() as trained, pytest.raises(Stop):
        callbacks = [*schedules(), Checkpoint(serialiser, batch_interval=1)]
        trained.train_batch_iter(trainer.source, trainer.output, data, 3, callbacks=callbacks)
    assert len(seen) == 3 + batches
    with trainer.open() as trained:
        start = trained.resume(serialiser)
        assert start == 1
        trainer.train(trained, 2, start)
        assert trainer.end(trained) == expected


def test_an_earlier_checkpoint(tmp_path: Path) -> None:
    trainer = Trainer()
    with trainer.open() as trained:
        trainer.train(trained, 4, more=[Checkpoint(Numpy(tmp_path))])
        expected = trainer.end(trained)
        assert trained.resume(Numpy(tmp_path), key=1) == 2  # in the network that wrote it, too
        trainer.train(trained, 2, 2)
        assert trainer.end(trained) == expected


def test_after_an_interrupt_in_the_same_block(tmp_path: Path) -> None:
    """The history begins with the epoch that is gone on with, whatever was trained before."""
    trainer = Trainer()
    with trainer.open() as trained:
        trainer.train(trained, 3)
        expected = trainer.end(trained)
        history = [(epoch.epoch, epoch.loss[trainer.output]) for epoch in trained.history]

    class Interrupt(Callback):
        def on_batch_begin(self, batch: int) -> None:
            if trained.history and batch == 1:
                raise KeyboardInterrupt

    trainer.kwargs["optimiser"] = Adam(0.02)
    with trainer.open() as trained:
        kept = Checkpoint(Numpy(tmp_path), batch_interval=1)
        with pytest.raises(KeyboardInterrupt):
            trainer.train(trained, 3, more=[kept, Interrupt()])
        start = trained.resume(Numpy(tmp_path))
        trainer.train(trained, 3 - start, start)
        assert trainer.end(trained) == expected
        assert [(epoch.epoch, epoch.loss[trainer.output]) for epoch in trained.history] == history[start:]


@pytest.mark.parametrize("key", ["best", (3,), 3.5, None])
def test_keys_are_numbers_of_epochs(key: Any, tmp_path: Path) -> None:
    message = re.escape(f"the key of a training must be a whole number, as that of its epoch, got {key!r}")
    with Trainer().open() as trained, pytest.raises(DescriptionError, match=message):
        trained.save_training(key, Numpy(tmp_path))
    assert not list(tmp_path.iterdir())


def test_learnt_delays_and_optimisers_of_their_own(tmp_path: Path) -> None:
    trainer = Trainer()
    into = trainer.hidden.connection()
    into.max_delay_steps = 12
    into.connectivity.delay = np.random.default_rng(2).uniform(0.0, 6.0, (12, 20))
    chosen = {trainer.output: {"weight": SGD(0.5, momentum=0.5)}}
    trainer.kwargs |= {"delay_learn_conns": [into], "delay_optimiser": Adam(0.3), "optimisers": chosen}

    def end(trained: Any) -> tuple[Any, ...]:
        values = trained.learnt_values()
        assert len(values) == 3
        return (*trainer.end(trained), *(numbers.tobytes() for numbers in values.values()))

    with trainer.open() as trained:
        before = trained.learnt_values()
        trainer.train(trained, 3)
        expected = end(trained)
        assert not any(np.array_equal(trained.learnt_values()[name], before[name]) for name in before)
    with trainer.open() as trained:
        trainer.train(trained, 2, more=[Checkpoint(Numpy(tmp_path))])
    with trainer.open() as trained:
        trainer.train(trained, 1, trained.resume(Numpy(tmp_path)))
        assert end(trained) == expected


def test_threads_may_differ(tmp_path: Path) -> None:
    trainer = Trainer()
    with trainer.open() as trained:
        trainer.train(trained, 2)
        expected = trainer.end(trained)
    with trainer.open() as trained:
        trainer.train(trained, 1, more=[Checkpoint(Numpy(tmp_path))])
    trainer.kwargs["num_threads"] = 3
    with trainer.open() as trained:
        trainer.train(trained, 1, trained.resume(Numpy(tmp_path)))
        assert trainer.end(trained) == expected


SCRIPT = """
import sys
from pathlib import Path
from ml_genn.callbacks import Checkpoint
from ml_genn.serialisers import Numpy
from tests.compilers.event_prop.test_resume import Trainer

trainer = Trainer()
with trainer.open() as trained:
    serialiser = Numpy(sys.argv[1])
    start = trained.resume(serialiser) if (Path(sys.argv[1]) / "_training-latest.npy").exists() else 0
    print("begun", flush=True)
    trainer.train(trained, 1000, start, more=[Checkpoint(serialiser, batch_interval=1)])
"""


@pytest.mark.slow
def test_after_kill_9(tmp_path: Path) -> None:
    """Three processes in a row are killed at any moment; what the last one left goes on to the same bits."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for number in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(tmp_path)], env=environment, cwd=ROOT, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"begun\n"
            time.sleep(0.4 + 0.13 * number)
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
    trainer = Trainer()
    with trainer.open() as trained:
        start = trained.resume(Numpy(tmp_path))
        assert start > 0
        trainer.train(trained, 2, start)
        found = trainer.end(trained)
    with trainer.open() as trained:
        trainer.train(trained, start + 2)
        assert trainer.end(trained) == found


def test_early_stopping_puts_the_best_epoch_back() -> None:
    trainer = Trainer()
    network, x, y = trainer.network, trainer.x, trainer.y
    seen: list[Any] = []

    with compiled(network, optimiser=SGD(0.05)) as trained:

        def data(epoch: int) -> Any:
            values = trained.learnt_values()
            seen.append(values)
            if epoch >= 2:
                trained.put_learnt_values({name: -3.0 * numbers for name, numbers in values.items()})
            yield x[:8], y[:8]

        trained.train_batch_iter(
            trainer.source, trainer.output, data, 20, callbacks=[EarlyStopping(3, "loss", min_change=1e-6)]
        )
        losses = [epoch.loss[trainer.output] for epoch in trained.history]
        best = int(np.argmin(losses))
        assert best < 3
        assert len(losses) < 20
        assert len(losses) == best + 4
        # what was learnt at the end of the best epoch is what the next one began with
        for name, numbers in trained.learnt_values().items():
            np.testing.assert_array_equal(numbers, seen[best + 1][name])


def test_early_stopping_leaves_the_last_epoch_if_told_to() -> None:
    trainer = Trainer()
    with compiled(trainer.network, optimiser=SGD(0.0)) as trained:
        callbacks = [EarlyStopping(2, "loss", restore_best=False)]
        arguments: Any = {"shuffle": False, "callbacks": callbacks}
        trained.train({trainer.source: trainer.x}, {trainer.output: trainer.y}, 9, **arguments)
        assert len(trained.history) == 3


def test_averages_take_the_place_of_what_was_learnt() -> None:
    trainer = Trainer()
    seen: list[Any] = []

    class Seen(Callback):
        def on_batch_end(self, batch: int, metrics: dict[Any, Any]) -> None:
            seen.append(trained.learnt_values())

    with compiled(trainer.network, optimiser=SGD(0.05)) as trained:
        callbacks = [WeightAverage(1.0, batch_interval=2), Seen()]
        trained.train({trainer.source: trainer.x}, {trainer.output: trainer.y}, 2, callbacks=callbacks)
        assert len(seen) == 6
        for name, numbers in trained.learnt_values().items():
            mean = np.mean([seen[batch][name] for batch in (1, 3, 5)], axis=0)
            assert not np.array_equal(mean, seen[5][name])
            np.testing.assert_allclose(numbers, mean, rtol=1e-6)  # which is kept in single precision


def test_averages_go_on(tmp_path: Path) -> None:
    """A checkpoint holds what was learnt, and apart from it the average; both go on to the bit."""
    trainer = Trainer()
    ends = []
    for kept in (False, True):
        with trainer.open() as trained:
            callbacks = [WeightAverage(0.8, batch_interval=2), Checkpoint(Numpy(tmp_path))]
            data: Any = ({trainer.source: trainer.x}, {trainer.output: trainer.y})
            trained.train(*data, 1 if kept else 3, callbacks=callbacks)
        with trainer.open() as trained:
            start = trained.resume(Numpy(tmp_path))
            trained.train(*data, 4 - start, start_epoch=start, callbacks=callbacks)
            ends.append(trainer.end(trained))
    assert ends[0] == ends[1]


# Bad input


def test_checkpoints_of_other_networks(tmp_path: Path) -> None:
    trainer = Trainer()
    with trainer.open() as trained:
        trained.save_training(0, Numpy(tmp_path))
    other = Trainer()
    other.network.layers[1].population().name = "renamed"
    other.hidden.connection().name = "other"
    with other.open() as trained:
        before = weights_of(trained, other.output)
        message = (
            "the checkpoint 0 of Numpy is that of another network: it holds .*hidden.*; this one learns other.weight"
        )
        with pytest.raises(DataError, match=message):
            trained.resume(Numpy(tmp_path))
        np.testing.assert_array_equal(weights_of(trained, other.output), before)
    with compiled(trainer.network, optimiser=SGD(0.1)) as trained:
        message = (
            "the checkpoint 0 of Numpy was written with the optimisers Adam, this network has SGD; compile it with"
        )
        with pytest.raises(DataError, match=message):
            trained.resume(Numpy(tmp_path))


def test_values_of_other_networks() -> None:
    trainer = Trainer()
    with trainer.open() as trained:
        values = trained.learnt_values()
        name = next(iter(values))
        with pytest.raises(DataError, match=f"what is put back is that of another network: {name} has the shape"):
            trained.put_learnt_values({**values, name: np.zeros(3)})
        with pytest.raises(DataError, match=f"what is put back is that of another network: it lacks {name}; this one"):
            trained.put_learnt_values({key: item for key, item in values.items() if key != name})
        trained.put_learnt_values({key: (item + 1.0).tolist() for key, item in values.items()})
        np.testing.assert_array_equal(trained.learnt_values()[name], values[name] + np.float32(1.0))


def test_nothing_to_resume(tmp_path: Path) -> None:
    trainer = Trainer()
    with trainer.open() as trained:
        with pytest.raises(DataError, match=r"_training-latest.npy does not exist"):
            trained.resume(Numpy(tmp_path))
        with pytest.raises(DataError, match=r"3-_training-state.npy does not exist"):
            trained.resume(Numpy(tmp_path), key=3)


def test_damaged_states() -> None:
    whole = pack(TrainingState(epoch=1, batch=0, updates=3, examples=24, values={}, optimisers=()))
    assert unpack(whole, "here").updates == 3
    for data in (whole[:-30], np.zeros(0, np.uint8), np.arange(9)):
        with pytest.raises(DataError, match="here holds a damaged state of a training: "):
            unpack(data, "here")


def test_states_of_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_genn.runtime.training_state.SCHEMA", 0)
    data = pack(TrainingState(epoch=1, batch=0, updates=3, examples=24, values={}, optimisers=()))
    monkeypatch.undo()
    with pytest.raises(
        DataError, match="here holds a state of a training of version 0, this version of ml_genn reads 1"
    ):
        unpack(data, "here")
