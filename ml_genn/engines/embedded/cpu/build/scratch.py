"""Temporary folders that vanish whatever happens to their process: if it is killed, the next process removes them.

Each folder holds a lock file that its process keeps locked, and that the system unlocks when the process dies.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import final

from filelock import FileLock, Timeout

_PREFIX = "ml_genn-build-"
_YOUNG_S = 60.0  # a folder that has just been made may not be locked yet
_LOCK = "lock"


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is removed at the end.

    Raises:
        OSError: there is no room for it.
    """
    folder = _Owned()
    try:
        yield folder.path
    finally:
        folder.remove()


def folder_for_this_process() -> Path:
    """A folder that is removed when the process ends, the same in every call; raises OSError if there is no room."""
    place = (os.getpid(), tempfile.gettempdir())
    if place not in _of_process:
        folder = _Owned()
        atexit.register(folder.remove)
        _of_process[place] = folder.path
    return _of_process[place]


_of_process: dict[tuple[int, str], Path] = {}


@final
class _Owned:
    """A folder and the lock that says it is in use."""

    def __init__(self) -> None:
        _sweep()
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._process = os.getpid()
        self._lock = FileLock(self.path / _LOCK)
        try:
            self._lock.acquire()
        except OSError:
            self.remove()
            raise

    def remove(self) -> None:
        """Removes the folder, unless this process is only a fork of the one it belongs to."""
        if os.getpid() == self._process:
            shutil.rmtree(self.path, ignore_errors=True)
            with contextlib.suppress(OSError):
                self._lock.release()


def _sweep() -> None:
    """Removes the folders of this user's dead processes."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError, Timeout):
            status = folder.lstat()
            if status.st_uid == os.getuid() and time.time() - status.st_mtime > _YOUNG_S:
                _remove_if_dead(folder)


def _remove_if_dead(folder: Path) -> None:
    if (folder / _LOCK).exists():
        with FileLock(folder / _LOCK, timeout=0):
            shutil.rmtree(folder, ignore_errors=True)
    else:
        folder.rmdir()
