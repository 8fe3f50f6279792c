"""Writing a file completely or not at all: a temporary file in the same folder, then a rename."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .errors import OutputError


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it to `path` when the block ends without an exception.

    Whatever happens inside the block (an error, a full disk, Ctrl-C), an earlier file at `path` keeps its content and
    the temporary file is removed. The block only writes: an OSError in it counts as a failure to write (for HDF5 files
    see `atomic_hdf5`). A symbolic link is followed; a device or a pipe, which cannot be renamed over, gets the content.

    Raises:
        OutputError: the folder is missing or not writable, `path` is a folder, or the disk is full.
    """
    path = Path(path)
    check_writable(path)
    stream_like = path.exists() and not path.is_file()
    target = path if stream_like else path.resolve()
    try:
        temporary = _create_temporary(target, Path(tempfile.gettempdir()) if stream_like else target.parent)
    except OSError as error:
        raise OutputError(_message(path, _reason(error))) from error
    try:
        yield temporary
        _sync(temporary)
        if stream_like:
            _copy(temporary, target)
        else:
            temporary.replace(target)
    except OSError as error:
        raise OutputError(_message(path, _reason(error))) from error
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def write_text_atomic(path: Path, text: str) -> None:
    """Write `text` as UTF-8 to `path`, completely or not at all (see `atomic_path`)."""
    write_bytes_atomic(path, text.encode())


def write_bytes_atomic(path: Path, content: bytes) -> None:
    """Write `content` to `path`, completely or not at all (see `atomic_path`)."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


@contextmanager
def atomic_hdf5(path: Path) -> Iterator[Any]:
    """Give an HDF5 file to fill; write it to `path` when the block ends without an exception.

    The file is built in memory: where the disk is full, the HDF5 library fails while it closes a file, and takes the
    process with it.

    Raises:
        OutputError: as `atomic_path`.
    """
    import h5py

    check_writable(path)
    with h5py.File(Path(path).name, "w", driver="core", backing_store=False) as file:
        yield file
        file.flush()
        image = file.id.get_file_image()
    write_bytes_atomic(path, image)


def check_writable(path: Path) -> None:
    """Raise OutputError where `path` cannot be written: a long run should fail before it starts."""
    path = Path(path)
    try:
        is_folder = path.is_dir()
    except OSError as error:  # a name that is too long
        raise OutputError(_message(path, _reason(error))) from error
    if is_folder:
        raise OutputError(_message(path, "it is a folder; give a file name"))
    folder = path.resolve().parent
    if not folder.is_dir():
        raise OutputError(_message(path, f"the folder {folder} does not exist; create it or choose another"))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(_message(path, f"no permission to write in the folder {folder}"))


def _create_temporary(target: Path, folder: Path) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".part", dir=folder)
    os.close(handle)
    temporary = Path(name)
    temporary.chmod(_usual_mode(target))
    return temporary


def _usual_mode(target: Path) -> int:
    """The mode of the file to be replaced, else what open() would give; mkstemp makes files private."""
    if target.is_file():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync(path: Path) -> None:
    """Reach the disk before the rename: some file systems report a full disk only here."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as reader, target.open("wb") as writer:
        shutil.copyfileobj(reader, writer)


def _message(path: Path, reason: str) -> str:
    return f"cannot write {path}: {reason}"


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
