"""A plan's kernels, compiled: from what is remembered of a plan that was the same, else emitted anew.

The first-level key is the digest of the plan without its numbers - initial values, seed, dt - and of all that decides
what is emitted and compiled: our sources, compiler, options, machine. Its note tells which library holds the kernels
and what their records hold.
"""

from __future__ import annotations

import os
import pickle
from dataclasses import fields, replace
from pathlib import Path
from typing import Final

from ml_genn.engines.embedded.cpu.build import current_key, read_note, write_note
from ml_genn.engines.embedded.cpu.emit.unit import ABI_VERSION, Unit, emit_unit
from ml_genn.engines.embedded.cpu.run.library import KernelLibrary, load, load_known
from ml_genn.engines.embedded.plan.plan import Plan

NUMBERS: Final = frozenset({"name", "dt", "seed", "initial"})
"""Fields of a plan on which nothing emitted depends."""

_FOLDERS = ("cpu/emit", "cpu/include", "language", "plan")


def compiled(plan: Plan) -> tuple[Unit, KernelLibrary]:
    """The unit of a plan, of which the C text may be missing, and its kernels.

    Raises:
        ToolchainError: no C compiler, or one that does not work.
        InternalCompilerError: a fault of ours in the generated code.
    """
    key = plan_key(plan)
    note = read_note(key)
    if note is not None:
        library_key, unit = pickle.loads(note)  # noqa: S301  as trusted as the libraries beside it
        library = load_known(library_key)
        if library is not None:
            return unit, KernelLibrary(library, unit.kernels)
    unit, kernels = compiled_anew(plan)
    write_note(key, pickle.dumps((current_key(unit.source, ABI_VERSION), replace(unit, source=""))))
    return unit, kernels


def compiled_anew(plan: Plan) -> tuple[Unit, KernelLibrary]:
    """The same, emitted whether or not it is known."""
    unit = emit_unit(plan)
    return unit, KernelLibrary(load(unit.source), unit.kernels)


def plan_key(plan: Plan) -> str:
    """The first-level key of a plan."""
    said = [repr(getattr(plan, field.name)) for field in fields(plan) if field.name not in NUMBERS]
    return current_key("\n".join((_SOURCES, *said)), ABI_VERSION)


def _sources() -> str:
    """Names, sizes and times of change of the files that decide what is emitted: they stand for our version."""
    root = Path(__file__).parents[2]
    found = []
    for folder in _FOLDERS:
        with os.scandir(root / folder) as entries:
            files = [entry for entry in entries if entry.is_file()]
        found += [(folder, entry.name, entry.stat().st_size, entry.stat().st_mtime_ns) for entry in files]
    return repr((str(root), sorted(found)))


_SOURCES: Final = _sources()  # now, while the modules of these files are being loaded
