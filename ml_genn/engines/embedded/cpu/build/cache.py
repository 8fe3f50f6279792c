"""Shared libraries on disk, found by the digest of everything that made them.

An entry is `KEY.so` with `KEY.sha256` beside it, the digest of its bytes, renamed last: whatever is killed at whatever
moment, an entry is either whole or seen not to be. Locks are files too, one for each first two digits of the keys, and
are released by the system when their holder dies; who holds one removes what dead holders left half-written.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import final

from filelock import FileLock

from ml_genn.engines.embedded.cpu.build import debug
from ml_genn.engines.embedded.cpu.build.scratch import folder_for_this_process, scratch
from ml_genn.errors import OutputError

LIMIT_BYTES = 256 * 2**20
_STALE_S = 3600.0
_found: dict[str, Path] = {}  # what this process has already found whole
_warned_of: set[Path] = set()


@final
@dataclass(frozen=True)
class CacheInfo:
    """What the cache holds."""

    folder: Path
    entries: int
    size_bytes: int
    limit_bytes: int


def cache_folder() -> Path:
    """`$ML_GENN_CACHE`, or `ml_genn` in the user's cache folder (`$XDG_CACHE_HOME`, else `~/.cache`).

    A folder of this process serves where the user has no home, as one unknown to the system of a container.
    """
    chosen = os.environ.get("ML_GENN_CACHE")
    folder = Path(chosen) if chosen else Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "ml_genn"
    try:
        return folder.expanduser()
    except RuntimeError:
        return folder_for_this_process() / "cache"


def get_or_build(key: str, build: Callable[[Path], None], limit_bytes: int = LIMIT_BYTES) -> Path:
    """Path of the library of `key`; `build(path)` makes it if it is not there or is damaged.

    Another process that wants the same key waits and then finds it. Where the folder cannot be written, the library
    is kept in a temporary folder of this process, with a warning.

    Raises:
        OutputError: neither the cache nor a temporary folder can be written.
    """
    folder = cache_folder()
    path = find(key)
    if path is None:
        path = _found[f"{folder}/{key}"] = _built(folder, key, build, limit_bytes)
    return path


def find(key: str) -> Path | None:
    """Path of the library of `key` if it is there and undamaged."""
    folder = cache_folder()
    known = _found.get(f"{folder}/{key}")
    if known is not None and known.exists():
        debug.say(debug.CACHE, f"cache: {key[:12]} is known to this process")
        return known
    path = _whole(folder, key)
    if path is not None:
        _found[f"{folder}/{key}"] = path
    return path


def forget(key: str) -> None:
    """Drops the entry of `key`, which could not be loaded, so that the next call builds it again."""
    folder = cache_folder()
    _found.pop(f"{folder}/{key}", None)
    _remove(_library(folder, key))


def cache_info(limit_bytes: int = LIMIT_BYTES) -> CacheInfo:
    """Folder, number of entries and their size."""
    folder = cache_folder()
    libraries = _libraries(folder)
    return CacheInfo(folder, len(libraries), sum(_size(path) for path in libraries), limit_bytes)


def cache_clear() -> CacheInfo:
    """Removes all entries; returns what was there. Models that are loaded keep working."""
    before = cache_info()
    for path in _libraries(before.folder):
        _remove(path)
    _remove_parts((before.folder / "notes").glob("*"))
    _found.clear()
    return before


def _built(folder: Path, key: str, build: Callable[[Path], None], limit_bytes: int) -> Path:
    """Builds under the lock of `key`, unless another process has done so meanwhile."""
    try:
        (folder / "locks").mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "locks" / f"{key[:2]}.lock")
        lock.acquire()
    except OSError as error:
        return _built_privately(key, build, folder, error)
    try:
        path = _whole(folder, key)
        if path is None:
            _remove_parts(folder.glob(f"{key[:2]}*.part"))
            path = _build(folder, key, build)
            _evict(folder, key, limit_bytes)
        return path
    finally:
        lock.release()


def _build(folder: Path, key: str, build: Callable[[Path], None]) -> Path:
    with _room() as room:
        fresh = room / "library.so"
        build(fresh)
        try:
            return _store(fresh, folder, key)
        except OSError as error:
            return _keep_privately(fresh, key, folder, error)


def _built_privately(key: str, build: Callable[[Path], None], folder: Path, error: OSError) -> Path:
    with _room() as room:
        fresh = room / "library.so"
        build(fresh)
        return _keep_privately(fresh, key, folder, error)


def _keep_privately(fresh: Path, key: str, folder: Path, error: OSError) -> Path:
    _warn_once(
        folder,
        f"the build cache {folder} cannot be written ({error}); compiled models are kept for this process only. "
        "Name a folder that can be written in ML_GENN_CACHE",
    )
    try:
        return Path(shutil.copy2(fresh, folder_for_this_process() / f"{key}.so"))
    except OSError as second:
        raise OutputError(
            f"neither the build cache {folder} ({error}) nor a temporary folder ({second}) can be written; "
            "free some space, or name a folder in ML_GENN_CACHE or TMPDIR"
        ) from second


def _warn_once(folder: Path, text: str) -> None:
    if folder not in _warned_of:
        _warned_of.add(folder)
        warnings.warn(text, stacklevel=2)


@contextmanager
def _room() -> Iterator[Path]:
    """A temporary folder to build in: what fails or is killed there never touches the cache."""
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(scratch())
        except OSError as error:
            raise OutputError(
                f"no temporary folder to compile in ({error}): free some space, or name a folder in TMPDIR"
            ) from error
        yield folder


def _store(fresh: Path, folder: Path, key: str) -> Path:
    """Copies a library into the cache under names of its own, then renames it and, last, its digest."""
    path = _library(folder, key)
    parts = (path.with_suffix(f".{os.getpid()}.part"), path.with_suffix(f".{os.getpid()}.digest.part"))
    try:
        shutil.copyfile(fresh, parts[0])
        parts[1].write_text(_digest(parts[0]))
        parts[0].replace(path)
        parts[1].replace(path.with_suffix(".sha256"))
    except OSError:
        _remove_parts(parts)
        raise
    debug.say(debug.CACHE, f"cache: {key[:12]} built and kept as {path}")
    return path


def _whole(folder: Path, key: str) -> Path | None:
    """The entry of `key` if it is there and undamaged."""
    path = _library(folder, key)
    record = path.with_suffix(".sha256")
    try:
        expected = record.read_text()
        if _digest(path) != expected:
            debug.say(debug.CACHE, f"cache: {key[:12]} is damaged and will be built again")
            return None
        with contextlib.suppress(OSError):
            os.utime(record)
    except (OSError, UnicodeDecodeError):
        return None
    debug.say(debug.CACHE, f"cache: {key[:12]} found")
    return path


def _evict(folder: Path, keep: str, limit_bytes: int) -> None:
    """Removes what was not used for longest until the rest fits, and what killed builds left."""
    _remove_parts(part for part in folder.glob("*.part") if time.time() - _last_change(part) > _STALE_S)
    entries = sorted(
        (_last_change(path.with_suffix(".sha256")), _size(path), path)
        for path in _libraries(folder)
        if path.stem != keep
    )
    total = _size(_library(folder, keep)) + sum(size for _, size, _ in entries)
    for _, size, path in entries:
        if total <= limit_bytes:
            break
        _remove(path)
        total -= size


def _library(folder: Path, key: str) -> Path:
    return folder / f"{key}.so"


def _libraries(folder: Path) -> list[Path]:
    return list(folder.glob("*.so"))


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.with_suffix(".sha256").unlink(missing_ok=True)
        path.unlink(missing_ok=True)


def _remove_parts(parts: Iterable[Path]) -> None:
    for part in parts:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0


def _last_change(path: Path) -> float:
    with contextlib.suppress(OSError):
        return path.stat().st_mtime
    return 0.0
