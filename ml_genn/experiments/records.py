"""What a run's folder holds besides its log: how it was started, and what it came to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, final

from ..atomic import write_text_atomic
from ..errors import DataError
from ..reports import Accuracy, Environment
from ..reports.json_file import to_text
from ..reports.plain import from_plain

RUN, RESULT, WEIGHTS, LOG, REPORT = "run.json", "result.json", "weights", "log.jsonl", "report.html"
"""Names of the files in the folder; of the weights the key under which they are saved."""

CHECKPOINT = "checkpoint"
"""Folder of what it takes to go on with the run."""

SCHEMA = "ml-genn training 1"

Record = TypeVar("Record", "RunRecord", "RunResult")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """How a run was started.

    Args:
        experiment: name of the experiment.
        parameters: all parameters as text; those that are None are left out.
        command: the command, quoted for a shell; or the call, where a program made it.
        environment: the machine.
        schema: version of this file.
    """

    experiment: str
    parameters: dict[str, str]
    command: str
    environment: Environment
    schema: str = SCHEMA


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What a run came to.

    Args:
        epochs: epochs that were learnt.
        training_loss, training_accuracy: of the last epoch, as its batches met the weights.
        test: accuracy of the test examples with the final weights.
        seconds, cpu_seconds: of the training.
        schema: version of this file.
    """

    epochs: int
    training_loss: float
    training_accuracy: float
    test: Accuracy
    seconds: float
    cpu_seconds: float
    schema: str = SCHEMA


def write_record(record: RunRecord | RunResult, path: Path) -> None:
    """Write a record, completely or not at all.

    Raises:
        OutputError: `path` cannot be written.
        DataError: a number is not finite.
    """
    write_text_atomic(path, to_text(record))


def read_record(kind: type[Record], path: Path) -> Record:
    """Read a record back.

    Raises:
        DataError: the file is missing, damaged, or of another version.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(f"{path.parent} holds no {path.name}; give a folder of `ml-genn train --out`") from error
    except (OSError, ValueError) as error:
        raise DataError(f"cannot read {path}: {error}") from error
    found = data.get("schema") if isinstance(data, dict) else None
    if found != SCHEMA:
        raise DataError(f"{path} has schema {found!r}, this version of ml_genn reads {SCHEMA!r}; train again with it")
    try:
        return from_plain(kind, data)
    except DataError as error:
        raise DataError(f"{path} is damaged: {error}; train again") from error
