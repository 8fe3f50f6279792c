"""Notes beside the libraries of the cache: what was found out once and takes time to find out again.

A note is one file, named by a digest of all that decides what it says, and begins with the digest of its own bytes: one
that is damaged or half-written is as good as none. Nothing is lost with a note, so nobody waits for one, and where none
can be written there are none.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from ml_genn.engines.embedded.cpu.build.cache import cache_folder

MOST_NOTES = 512
_DIGEST_BYTES = hashlib.sha256().digest_size


def note_key(parts: Iterable[str]) -> str:
    """Digest of all that decides what a note says."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode()
        digest.update(len(content).to_bytes(8, "little"))
        digest.update(content)
    return digest.hexdigest()


def read_note(key: str) -> bytes | None:
    """What the note of this key says, if there is one."""
    try:
        content = _path(key).read_bytes()
    except OSError:
        return None
    said = content[_DIGEST_BYTES:]
    return said if content[:_DIGEST_BYTES] == hashlib.sha256(said).digest() else None


def write_note(key: str, said: bytes) -> None:
    """Keeps a note; the oldest go where there are too many."""
    path = _path(key)
    part = path.with_suffix(f".{os.getpid()}.part")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(hashlib.sha256(said).digest() + said)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        _forget_oldest(path.parent)


def _forget_oldest(folder: Path) -> None:
    notes = [(entry.stat().st_mtime, entry.path) for entry in os.scandir(folder)]
    for _, path in sorted(notes)[: max(len(notes) - MOST_NOTES, 0)]:
        Path(path).unlink(missing_ok=True)


def _path(key: str) -> Path:
    return cache_folder() / "notes" / key
