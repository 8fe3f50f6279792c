"""Notes beside the libraries: found again, never trusted when damaged, never missed, and few."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ml_genn.engines.embedded.cpu.build import cache_clear, notes, toolchain
from ml_genn.engines.embedded.cpu.build.notes import note_key, read_note, write_note


def test_a_note_is_found_again(folder: Path) -> None:
    assert read_note("key") is None
    write_note("key", b"said")
    assert read_note("key") == b"said"
    write_note("key", b"said anew")
    assert read_note("key") == b"said anew"
    assert [path.name for path in (folder / "notes").iterdir()] == ["key"]


@pytest.mark.parametrize("damage", [b"", b"x", bytes(32) + b"said"])
def test_a_damaged_note_is_none(folder: Path, damage: bytes) -> None:
    write_note("key", b"said")
    (folder / "notes" / "key").write_bytes(damage)
    assert read_note("key") is None


def test_half_a_note_is_none(folder: Path) -> None:
    write_note("key", b"said")
    whole = (folder / "notes" / "key").read_bytes()
    for length in range(len(whole)):
        (folder / "notes" / "key").write_bytes(whole[:length])
        assert read_note("key") is None


def test_where_nothing_can_be_written_there_are_no_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("ML_GENN_CACHE", str(tmp_path / "file"))
    write_note("key", b"said")
    assert read_note("key") is None


def test_the_oldest_notes_go(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "MOST_NOTES", 3)
    for age, name in enumerate(("fourth", "third", "second", "first")):
        write_note(name, b"said")
        os.utime(folder / "notes" / name, (1e9 - age, 1e9 - age))
    write_note("newest", b"said")
    assert {path.name for path in (folder / "notes").iterdir()} == {"newest", "fourth", "third"}


def test_clearing_the_cache_clears_notes(folder: Path) -> None:
    write_note("key", b"said")
    cache_clear()
    assert read_note("key") is None


def test_parts_of_a_key_do_not_run_together() -> None:
    assert len({note_key(parts) for parts in (("ab", "c"), ("a", "bc"), ("abc",), ("ab", "c", ""))}) == 4


PROGRAM = "#!/bin/sh\necho {}\n"


def compiler(path: Path, version: str) -> tuple[str, ...]:
    path.write_text(PROGRAM.format(version))
    path.chmod(0o755)
    return (str(path),)


def test_a_compiler_is_asked_once_for_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And again when the program has changed."""
    monkeypatch.setattr(toolchain, "_EXECUTABLE", b"#!/b")
    command = compiler(tmp_path / "my-clang", "clang version 1")
    first = toolchain._probe(command)
    assert first == toolchain.Toolchain(command, "clang", "clang version 1")
    monkeypatch.setattr(toolchain, "_version", lambda command: "asked")
    assert toolchain._probe(command) == first
    compiler(tmp_path / "my-clang", "clang version 2, which is longer")
    assert toolchain._probe(command) == "asked"


@pytest.mark.parametrize("name", ["ccache", "gcc"])
def test_what_only_starts_a_compiler_is_always_asked(tmp_path: Path, name: str) -> None:
    """A script, and a program of another name: either may start another compiler tomorrow."""
    command = compiler(tmp_path / name, "gcc 1")
    assert toolchain._program_key(command) is None
    (tmp_path / "ccache").write_bytes(b"\x7fELF")
    (tmp_path / "ccache").chmod(0o755)
    (tmp_path / "cc").symlink_to(tmp_path / "ccache")
    assert toolchain._program_key((str(tmp_path / "cc"),)) is None
    assert toolchain._program_key(("ccache", "gcc")) is None
