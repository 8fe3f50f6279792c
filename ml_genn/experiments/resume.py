"""Going on with the run that a folder holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

from ..callbacks import Callback
from ..errors import UsageError
from ..reports.training_log import read_log
from ..runtime.continuation import LATEST, OWNER
from ..serialisers import Numpy
from ..serialisers.serialiser import make_folder
from .parameters import Place
from .records import CHECKPOINT, LOG, RESULT, RUN, RunRecord, RunResult, read_record, write_record
from .table import find_experiment

MAY_DIFFER = "n_epochs"


@final
class KeepState(Callback):
    """After each epoch, writes what it takes to go on, in place of what was written before.

    Args:
        serialiser: where to.
    """

    runs_last = True

    def __init__(self, serialiser: Numpy) -> None:
        self._serialiser = serialiser

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        self._network = compiled_network

    def on_epoch_end(self, epoch: int, metrics: dict[Any, Any]) -> None:
        self._network.save_training(0, self._serialiser)


@final
class KeepRecord(Callback):
    """When the training begins, and so not where it cannot begin, writes down in its folder how it was started.

    Args:
        record: how.
        folder: where to; made where there is none.
    """

    def __init__(self, record: RunRecord, folder: Path) -> None:
        self._record = record
        self._folder = folder

    def on_train_begin(self) -> None:
        make_folder(self._folder)
        write_record(self._record, self._folder / RUN)


def has_state(folder: Path) -> bool:
    """Whether the run got as far as the end of an epoch."""
    return (folder / CHECKPOINT / f"{OWNER}-{LATEST}.npy").exists()


def has_ended(folder: Path) -> bool:
    """Whether the folder holds what all epochs in its log came to."""
    if not (folder / RESULT).exists():
        return False
    return read_record(RunResult, folder / RESULT).epochs == read_log(folder / LOG).epochs[-1].epoch + 1


def spent(folder: Path, start: int) -> tuple[float, float]:
    """Wall and processor seconds that the epochs before `start` took."""
    epochs = [epoch for epoch in read_log(folder / LOG).epochs if epoch.epoch < start] if start else []
    return sum(epoch.seconds for epoch in epochs), sum(epoch.cpu_seconds for epoch in epochs)


def check_same(record: RunRecord, folder: Path) -> None:
    """Check that a folder holds a run of the same experiment and parameters, but for epochs and where the data are.

    Raises:
        UsageError: it does not; the message names what differs.
    """
    if not (folder / RUN).exists():
        raise UsageError(f"{folder} holds no run to resume")
    before = read_record(RunRecord, folder / RUN)
    if before.experiment != record.experiment:
        raise UsageError(f"{folder} holds a run of {before.experiment}, which {record.experiment} cannot resume")
    known = find_experiment(record.experiment).parameters
    for name in sorted(before.parameters.keys() | record.parameters.keys()):
        default = str(known[name].default) if name in known else None  # parameters may be newer than the run
        old, new = before.parameters.get(name, default), record.parameters.get(name, default)
        is_place = name in known and known[name].kind is Place
        if old != new and name != MAY_DIFFER and not is_place:
            raise UsageError(
                f"the run in {folder} has {name}={old}, not {new}; only {MAY_DIFFER} may change where a run is resumed"
            )
