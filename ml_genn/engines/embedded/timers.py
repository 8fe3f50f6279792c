"""Times of a model's kernels, by PyGeNN's names."""

from __future__ import annotations

from time import perf_counter
from typing import Any, final

from ml_genn.engines.embedded.plan.storage import Executable
from ml_genn.errors import DescriptionError


@final
class Timers:
    """What is measured where `enabled` was set before the model is loaded."""

    def __init__(self, where: str) -> None:
        self.enabled = False
        self._where = where
        self._executable: Executable | None = None
        self._seconds: dict[str, float] = {}

    def start(self, executable: Executable, init_seconds: float) -> None:
        """Begins with a newly loaded model."""
        self._seconds = {"init": init_seconds, "init_sparse": 0.0}
        self._executable = executable if self.enabled else None
        if self.enabled:
            executable.measure()

    def custom_update(self, group: str, begun: float) -> None:
        """Adds the time since `begun` to a group of custom updates."""
        name = f"custom update {group}"
        self._seconds[name] = self._seconds.get(name, 0.0) + perf_counter() - begun

    def seconds(self, kind: str) -> float:
        """Seconds since loading, of all threads together."""
        if self._executable is None:
            raise DescriptionError(f"{self._where}: set timing_enabled before loading the model")
        return {**self._executable.measure(), **self._seconds}.get(kind, 0.0)


def timer(kind: str, doc: str) -> Any:
    """A property of a model, which keeps its timers as `_timers`."""
    return property(lambda model: model._timers.seconds(kind), doc=doc)
