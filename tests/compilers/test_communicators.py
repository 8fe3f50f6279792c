"""Communicators: ranks share batches, metrics and checkpoints; two threads stand for two ranks."""

from __future__ import annotations

import importlib.util
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ml_genn import InputLayer, Layer, SequentialNetwork
from ml_genn.callbacks import BatchProgressBar
from ml_genn.communicators import MPI, Communicator
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import Dense
from ml_genn.errors import DescriptionError, UnsupportedError
from ml_genn.neurons import LeakyIntegrate, PoissonInput
from ml_genn.serialisers import Numpy


class Threads(Communicator):
    """One of several threads; `board` is where they meet."""

    def __init__(self, rank: int, board: Any) -> None:
        self._rank, self._board = rank, board

    @property
    def rank(self) -> int:
        return self._rank

    @property
    def num_ranks(self) -> int:
        return int(self._board.meeting.parties)

    def barrier(self) -> None:
        self._board.meeting.wait()

    def broadcast(self, data: Any, root: int) -> Any:
        return self._exchange(data)[root]

    def reduce_sum(self, value: Any) -> Any:
        return sum(self._exchange(value).values())

    def _exchange(self, value: Any) -> dict[int, Any]:
        self._board.values[self._rank] = value
        self.barrier()
        values = dict(self._board.values)
        self.barrier()
        return values


def on_ranks(work: Any, ranks: int = 2) -> list[Any]:
    board = SimpleNamespace(meeting=threading.Barrier(ranks, timeout=60), values={})
    with ThreadPoolExecutor(ranks) as pool:
        return list(pool.map(lambda rank: work(Threads(rank, board)), range(ranks)))


def network(neuron: Any = "integrate_fire_input") -> Any:
    with SequentialNetwork() as found:
        source = InputLayer(neuron, 4)
        target = Layer(Dense(np.eye(4)), LeakyIntegrate(tau_mem=np.inf, readout="var"), 4)
    return found, source, target


X = np.random.default_rng(1).uniform(size=(8, 4))
Y = np.array([0, 1, 2, 3, 0, 1, 2, 3])


def compiler(communicator: Any = None, batch_size: int = 4) -> InferenceCompiler:
    return InferenceCompiler(8, batch_size=batch_size, engine="reference", rng_seed=4, communicator=communicator)


def test_metrics_are_of_all_ranks() -> None:
    def work(communicator: Communicator) -> tuple[int, Any]:
        found, source, target = network()
        own = slice(communicator.rank, None, 2)
        with compiler(communicator).compile(found) as compiled:
            metrics, _ = compiled.evaluate({source: X[own]}, {target: Y[own]}, callbacks=[])
            return compiled.batch_size, metrics[target].result

    found, source, target = network()
    with compiler().compile(found) as compiled:
        expected = compiled.evaluate({source: X}, {target: Y}, callbacks=[])[0][target].result
    assert on_ranks(work) == [(2, expected)] * 2


def test_random_numbers_are_those_of_one_rank() -> None:
    """Ranks that take turns at batches give, together, the same bits as one rank alone."""

    def spikes(communicator: Any, x: np.ndarray) -> np.ndarray:
        found, source, target = network(PoissonInput())
        with compiler(communicator).compile(found) as compiled:
            return np.asarray(compiled.predict({source: x}, target, callbacks=[])[0][target])

    own = np.array([[0, 1, 4, 5], [2, 3, 6, 7]])
    parts = on_ranks(lambda communicator: spikes(communicator, X[own[communicator.rank]]))
    alone = spikes(None, X)
    for part, examples in zip(parts, own, strict=True):
        np.testing.assert_array_equal(part, alone[examples])
    assert len(np.unique(alone, axis=0)) > 4


def test_the_first_rank_shows_progress(capsys: pytest.CaptureFixture[str]) -> None:
    for rank, is_shown in ((1, False), (0, True)):
        bar = BatchProgressBar()
        bar.set_params({}, SimpleNamespace(communicator=Threads(rank, None)), num_batches=1)
        bar.on_test_begin()
        bar.on_batch_end(0, {})
        bar.on_test_end({})
        assert ("1/1" in capsys.readouterr().err) is is_shown


def test_one_rank_writes_checkpoints(tmp_path: Path) -> None:
    def work(communicator: Communicator) -> list[str]:
        found, _, _ = network()
        with compiler(communicator).compile(found) as compiled:
            compiled.save((1,), Numpy(tmp_path if communicator.rank == 0 else tmp_path / "other"))
        return sorted(path.name for path in tmp_path.iterdir())

    assert on_ranks(work) == [["1-Conn_Pop0_Pop1-g.npy"]] * 2


def test_bad_batch_size() -> None:
    found, _, _ = network()
    with pytest.raises(DescriptionError, match="Batch size must be divisible by total number of ranks, got 4 and 3"):
        compiler(Threads(0, SimpleNamespace(meeting=threading.Barrier(3)))).compile(found)


def test_something_else() -> None:
    with pytest.raises(DescriptionError, match=r"communicator must be a Communicator as MPI\(\), or None, got 'mpi'"):
        compiler("mpi")


@pytest.mark.skipif(importlib.util.find_spec("mpi4py") is not None, reason="mpi4py is installed")
def test_without_mpi4py() -> None:
    with pytest.raises(UnsupportedError, match="mpi4py is required to use MPI communicator, but cannot be imported"):
        MPI()


def test_calls_of_mpi(monkeypatch: pytest.MonkeyPatch) -> None:
    """What MPI() asks mpi4py for, by a stand-in with two ranks."""
    world = SimpleNamespace(
        Get_rank=lambda: 1,
        Get_size=lambda: 2,
        Barrier=lambda: met.append("here"),
        bcast=lambda data, root: (data, root),
        allreduce=lambda value, op: (value, op),
    )
    met: list[str] = []
    module = SimpleNamespace(COMM_WORLD=world, SUM="sum")
    monkeypatch.setattr("ml_genn.communicators.mpi.import_module", lambda name: {"mpi4py.MPI": module}[name])
    found = MPI()
    found.barrier()
    assert (found.rank, found.num_ranks, met) == (1, 2, ["here"])
    assert found.broadcast("data", 1) == ("data", 1)
    assert found.reduce_sum(3) == (3, "sum")
