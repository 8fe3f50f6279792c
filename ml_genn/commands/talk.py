"""Progress and remarks on stderr, so that stdout holds nothing but results."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


@final
class Talk:
    """A progress bar per stage where stderr is a terminal, one line per finished stage where it is not."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._console = Console(stderr=True, quiet=quiet, highlight=False)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True),
            console=self._console,
            disable=quiet or not self._console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._done: set[str] = set()

    def __enter__(self) -> Talk:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bars.stop()

    def say(self, text: str) -> None:
        """One remark."""
        self._console.print(text, markup=False, soft_wrap=True)

    @contextmanager
    def warnings_shown(self) -> Iterator[list[str]]:
        """Show Python's warnings as one line each, also where the user wants quiet, and collect their texts."""
        texts: list[str] = []

        def show(message: Warning | str, *_: Any, **__: Any) -> None:
            texts.append(str(message))
            Console(stderr=True, highlight=False).print(f"Warning: {message}", markup=False, soft_wrap=True)

        with warnings.catch_warnings():
            warnings.showwarning = show
            yield texts

    def progress(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` examples or steps of a stage are finished."""
        if self._bars.disable:
            self._progress_line(stage, done, total)
            return
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total)
        self._bars.update(self._tasks[stage], completed=done, total=total)

    def _progress_line(self, stage: str, done: int, total: int) -> None:
        if done >= total and stage not in self._done:
            self._done.add(stage)
            self.say(f"{stage}: {total:,} done")
