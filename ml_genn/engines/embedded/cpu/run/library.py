"""Loads shared libraries of kernels, and the one with the time loop."""

from __future__ import annotations

import _ctypes
import ctypes
import weakref
from functools import cache
from pathlib import Path
from typing import final

from ml_genn.engines.embedded.cpu.build import build_library, find, forget
from ml_genn.engines.embedded.cpu.emit.unit import ABI_VERSION, runtime_source
from ml_genn.errors import ToolchainError


@final
class Clock(ctypes.Structure):
    """`gen_clock` of include/kernel.h."""

    _fields_ = (
        ("timestep", ctypes.c_int64),
        ("ring", ctypes.c_int64),
        ("example_offset", ctypes.c_int64),
        ("batch_size", ctypes.c_int64),
        ("seed", ctypes.c_uint64),
        ("dt", ctypes.c_double),
        ("scratch", ctypes.c_void_p),
        ("fresh", ctypes.c_int64),
        ("rest", ctypes.c_int64),
        ("part", ctypes.c_int64),
        ("parts", ctypes.c_int64),
        ("stamp", ctypes.c_uint64),
    )


@final
class Pace(ctypes.Structure):
    """`gen_pace` of include/schedule.h: how long a step takes."""

    _fields_ = (
        ("step_seconds", ctypes.c_double),
        ("block", ctypes.c_int64),
        ("alone", ctypes.c_double),
        ("shared", ctypes.c_double),
        ("blocks", ctypes.c_int64),
    )


@final
class StageRecord(ctypes.Structure):
    """`gen_stage` of include/schedule.h."""

    _fields_ = (
        ("plain", ctypes.c_void_p),
        ("usual", ctypes.c_void_p),
        ("shared", ctypes.c_void_p),
        ("items", ctypes.c_int64),
        ("shares", ctypes.c_int64),
        ("scratch_bytes", ctypes.c_int64),
        ("pace", Pace),
    )


@final
class KernelLibrary:
    """The kernels of a unit, loaded until `close` or until nobody refers to this any more."""

    def __init__(self, library: ctypes.CDLL, kernels: int) -> None:
        table = (ctypes.c_void_p * (kernels + 1)).in_dll(library, "gen_kernels")
        self.kernels: tuple[int, ...] = tuple(address or 0 for address in table)[:kernels]
        self._unload = weakref.finalize(self, _ctypes.dlclose, library._handle)
        self._unload.atexit = False

    def close(self) -> None:
        """Unloads the library; its kernels must not be called any more."""
        self._unload()


def load_known(key: str) -> ctypes.CDLL | None:
    """The library of a key, if the cache holds it and it can be loaded."""
    path = find(key)
    try:
        return None if path is None else _open(path)
    except OSError:
        return None


def load(source: str) -> ctypes.CDLL:
    """The library compiled from `source`; one that the cache holds but that cannot be loaded is built again.

    Raises:
        ToolchainError: a library built just now cannot be loaded either.
    """
    key, path = build_library(source, ABI_VERSION)
    try:
        return _open(path)
    except OSError:
        forget(key)
    key, path = build_library(source, ABI_VERSION)
    try:
        return _open(path)
    except OSError as error:
        raise ToolchainError(f"the compiler's shared library cannot be loaded: {error}") from error


def _open(path: Path) -> ctypes.CDLL:
    library = ctypes.CDLL(str(path))
    if not hasattr(library, "gen_abi_version") or library.gen_abi_version() != ABI_VERSION:
        raise OSError(f"{path} has another ABI than {ABI_VERSION}")
    return library


@cache
def copy_kernel() -> int:
    """Address of the kernel that copies a variable: `gen_copy_variable` of include/runtime.c."""
    return ctypes.cast(runtime().gen_copy_variable, ctypes.c_void_p).value or 0


@cache
def join_kernel() -> int:
    """Address of the kernel that makes whole lists of a team's parts: `gen_join_lists` of include/lists.h."""
    return ctypes.cast(runtime().gen_join_lists, ctypes.c_void_p).value or 0


@cache
def stamp_kernel() -> int:
    """Address of the kernel that measures those before it: `gen_stamp` of include/runtime.c."""
    return ctypes.cast(runtime().gen_stamp, ctypes.c_void_p).value or 0


@cache
def runtime() -> ctypes.CDLL:
    """The library with the time loop and the threads; it stays for the life of the process."""
    library = load(runtime_source())
    library.gen_run.restype = None
    library.gen_run.argtypes = (
        ctypes.POINTER(StageRecord),
        ctypes.POINTER(Clock),
        ctypes.c_int64,
        ctypes.c_int64,
        ctypes.POINTER(ctypes.c_int64),
    )
    return library
