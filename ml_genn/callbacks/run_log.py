"""Writing down what each epoch came to."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, final

import numpy as np

from ..errors import OutputError
from ..layer import underlying_population
from ..population import Population
from ..training_log import SCHEMA
from .callback import Callback
from .trained import check_trained


@final
class RunLog(Callback):
    """Appends one line of JSON to a file after each epoch; `ml_genn.training_log` says what it holds.

    Lines are complete and on disk when the next epoch begins. A line that was cut off, because the process was killed,
    is left as it is, and a new one begun. Learning rates are those with which the epoch began, after other callbacks.

    Args:
        path: the file; made where there is none.
        names: what to call populations; those without an entry have their own names.
    """

    runs_last = True

    def __init__(self, path: Path | str, names: Mapping[Population, str] | None = None) -> None:
        self.path = Path(path)
        self.names = dict(names or {})

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        self._network = check_trained(self, compiled_network)
        self._stream: IO[str] | None = None
        self._is_shown = getattr(compiled_network, "communicator", None) is None or (
            compiled_network.communicator.rank == 0
        )

    def on_epoch_begin(self, epoch: int) -> None:
        self._learning_rates = [getattr(optimiser, "alpha", None) for optimiser in self._network.optimisers]
        if self._stream is None and self._is_shown:
            self._open()
            self._write(
                {
                    "schema": SCHEMA,
                    "start_epoch": epoch,
                    "batch_size": self._network.batch_size,
                    "timesteps": self._network.timesteps_per_batch,
                }
            )

    def on_epoch_end(self, epoch: int, metrics: dict[Any, Any]) -> None:
        if self._is_shown:
            kinds = {output: type(metric).__name__ for output, metric in metrics.items()}
            self._write(as_record(self._network.history[-1], kinds, self._learning_rates, self._name))

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _name(self, item: Any) -> str:
        """What to call a population, or that of a layer."""
        return self.names.get(underlying_population(item), str(item))

    def _open(self) -> None:
        with self._writing():
            torn = self.path.exists() and not self.path.read_bytes().endswith(b"\n") and self.path.stat().st_size > 0
            self._stream = self.path.open("a", encoding="utf-8")
            self._stream.write("\n" if torn else "")

    def _write(self, record: Mapping[str, Any]) -> None:
        if self._stream is None:
            return
        with self._writing():
            self._stream.write(json.dumps(record) + "\n")
            self._stream.flush()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Turn the system's errors into ours."""
        try:
            yield
        except OSError as error:
            raise OutputError(f"cannot write the log {self.path}: {error.strerror or error}") from error


def as_record(
    result: Any, metric_names: Mapping[Any, str], learning_rates: Sequence[Any], name_of: Callable[[Any], str] = str
) -> dict[str, Any]:
    """An epoch as plain data.

    Args:
        result: what it came to, see EpochResult.
        metric_names: names of the metrics by output.
        learning_rates: of each optimiser of the network.
        name_of: what to call a population.
    """

    def named(found: Mapping[Any, Any] | None) -> Any:
        return None if found is None else {name_of(k): {metric_names[k]: _plain(v)} for k, v in found.items()}

    def by_name(found: Mapping[Any, Any] | None) -> Any:
        return None if found is None else {name_of(key): _plain(value) for key, value in found.items()}

    return {
        "epoch": result.epoch,
        "examples": result.examples,
        "loss": by_name(result.loss),
        "metrics": named(result.metrics),
        "validation_loss": by_name(result.validation_loss),
        "validation_metrics": named(result.validation_metrics),
        "populations": {name_of(population): _activity(item) for population, item in result.activity.items()},
        "lost_label_spikes": by_name(result.lost_label_spikes),
        "learning_rates": [_plain(rate) for rate in learning_rates],
        "seconds": _plain(result.seconds),
        "cpu_seconds": _plain(result.cpu_seconds),
        "parts": {name: _plain(seconds) for name, seconds in result.parts.items()},
    }


def _activity(activity: Any) -> dict[str, Any]:
    return {
        "neurons": len(activity.spikes),
        "rate": _plain(activity.rate),
        "silent": activity.silent,
        "spikes": int(activity.spikes.sum()),
        "clamped": activity.clamped,
    }


def _plain(value: Any) -> Any:
    """Numbers as JSON has them, arrays as lists of them."""
    if value is None:
        return None
    plain = np.asarray(value).tolist()
    if isinstance(plain, list):
        return [_plain(item) for item in plain]
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain
