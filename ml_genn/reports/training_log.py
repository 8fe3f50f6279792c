"""The log of a training as plain objects: what its epochs came to, whatever runs it took."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from ..errors import DataError
from ..training_log import SCHEMA

Numbers = Mapping[str, float]
"""One number by the name of an output; those that were not finite are left out."""


@final
@dataclass(frozen=True, kw_only=True)
class PopulationEpoch:
    """What a population did in an epoch.

    Attributes:
        neurons: how many it has.
        rate: mean number of spikes of a neuron in a trial.
        silent: neurons that never spiked.
        spikes, clamped: all spikes, and those of them whose slope was too small.
    """

    neurons: int
    rate: float
    silent: int
    spikes: int
    clamped: int


@final
@dataclass(frozen=True, kw_only=True)
class Epoch:
    """What an epoch came to; `ml_genn.training_log` says what each entry is.

    Attributes:
        metrics, validation_metrics: results by name of the metric, and of the output where there are several.
    """

    epoch: int
    examples: int
    loss: Numbers
    validation_loss: Numbers
    metrics: Numbers
    validation_metrics: Numbers
    populations: Mapping[str, PopulationEpoch]
    lost_label_spikes: Numbers
    seconds: float
    cpu_seconds: float
    parts: Numbers


@final
@dataclass(frozen=True, kw_only=True)
class TrainingLog:
    """A training, epoch by epoch.

    Attributes:
        batch_size: examples that were learnt together.
        timesteps: timesteps of a trial.
        epochs: those that count, in order: where a run began again at an epoch, what was there before it.
        runs: how many runs it took.
    """

    batch_size: int
    timesteps: int
    epochs: tuple[Epoch, ...]
    runs: int


def read_log(path: Path) -> TrainingLog:
    """Read the log of a training, also of one that is still going on or was killed.

    Raises:
        DataError: the file is missing, no log, damaged, or holds no epoch yet; the message names the line.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise DataError(f"there is no log {path}; the RunLog callback writes one") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read the log {path}: {error}") from error
    header: Mapping[str, Any] = {}
    epochs: dict[int, Epoch] = {}
    runs = 0
    for number, record in _records(path, lines):
        if "schema" in record:
            header, runs = _checked_header(path, number, record), runs + 1
            epochs = {epoch: found for epoch, found in epochs.items() if epoch < header["start_epoch"]}
        elif not runs:
            raise DataError(f"{path} is no log of a training: line {number} comes before a line with the schema")
        else:
            found = _epoch(path, number, record)
            epochs[found.epoch] = found
    if not epochs:
        raise DataError(f"{path} holds no epoch of a training yet")
    return TrainingLog(
        batch_size=header["batch_size"],
        timesteps=header["timesteps"],
        epochs=tuple(epochs[number] for number in sorted(epochs)),
        runs=runs,
    )


def _records(path: Path, lines: list[str]) -> list[tuple[int, dict[str, Any]]]:
    """Lines with their numbers; one that a killed process left unfinished is skipped."""
    found: list[tuple[int, dict[str, Any]]] = []
    unfinished = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError:
            if unfinished:
                raise _damaged(path, unfinished) from None
            unfinished = number
            continue
        if not isinstance(record, dict) or (unfinished and "schema" not in record):
            raise _damaged(path, unfinished or number)
        unfinished = 0
        found.append((number, record))
    return found


def _damaged(path: Path, number: int) -> DataError:
    return DataError(f"{path} is damaged: line {number} is no JSON object; delete the line to leave its epoch out")


def _checked_header(path: Path, number: int, record: Mapping[str, Any]) -> Mapping[str, Any]:
    if record["schema"] != SCHEMA:
        raise DataError(
            f"{path}, line {number}, has schema {record['schema']!r}; this version of ml_genn reads {SCHEMA!r}"
        )
    wrong = [name for name in ("start_epoch", "batch_size", "timesteps") if not isinstance(record.get(name), int)]
    if wrong:
        raise DataError(f"{path} is damaged: line {number} has no whole number {wrong[0]!r}")
    return record


def _epoch(path: Path, number: int, record: Mapping[str, Any]) -> Epoch:
    try:
        return Epoch(
            epoch=int(record["epoch"]),
            examples=int(record["examples"]),
            loss=_numbers(record["loss"]),
            validation_loss=_numbers(record["validation_loss"] or {}),
            metrics=_metrics(record["metrics"]),
            validation_metrics=_metrics(record["validation_metrics"] or {}),
            populations={str(name): _population(item) for name, item in record["populations"].items()},
            lost_label_spikes=_numbers(record["lost_label_spikes"]),
            seconds=float(record["seconds"]),
            cpu_seconds=float(record["cpu_seconds"]),
            parts=_numbers(record["parts"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise DataError(f"{path} is damaged: line {number} is no epoch of a training ({reason})") from error


def _population(item: Mapping[str, Any]) -> PopulationEpoch:
    return PopulationEpoch(
        neurons=int(item["neurons"]),
        rate=float(item["rate"]),
        silent=int(item["silent"]),
        spikes=int(item["spikes"]),
        clamped=int(item["clamped"]),
    )


def _numbers(found: Mapping[str, Any]) -> dict[str, float]:
    return {str(name): float(value) for name, value in found.items() if value is not None}


def _metrics(found: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """A number for each metric; of one with a value for each output neuron the mean of those that are finite."""
    numbers = {}
    for output, metrics in found.items():
        for metric, value in metrics.items():
            values = [float(item) for item in (value if isinstance(value, list) else [value]) if item is not None]
            if values:
                numbers[metric if len(found) == 1 else f"{metric} of {output}"] = sum(values) / len(values)
    return numbers
