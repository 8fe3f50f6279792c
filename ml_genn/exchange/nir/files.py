"""NIR files: HDF5 with one group per node. Read by a walk that follows no link and runs nothing; written whole."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ...atomic import write_bytes_atomic
from ...errors import ModelFileError
from ...hdf5_heap import has_damaged_heap
from .graph import KNOWN
from .library import nir_library
from .problems import Problem, refuse_all

DEEPEST = 16
"""Graphs inside graphs; more are a mistake or an attack."""


def save_graph(path: Path | str, graph: Any) -> None:
    """Write a graph to `path`, completely or not at all.

    Raises:
        OutputError: the file cannot be written.
        UnsupportedError: the package nir is not installed.
    """
    buffer = io.BytesIO()
    nir_library().write(buffer, graph)
    write_bytes_atomic(Path(path), buffer.getvalue())


def load_graph(path: Path | str) -> Any:
    """Read the graph of a file.

    Raises:
        ModelFileError: the file is missing, damaged or no NIR file.
        UnsupportedModelError: it has nodes that have no counterpart here; all of them are listed.
        UnsupportedError: the package nir is not installed.
    """
    path = Path(path)
    nir = nir_library()
    if not path.is_file():
        raise ModelFileError(f"{path} does not exist or is no file; give a NIR file")
    try:
        if path.stat().st_size and has_damaged_heap(path):  # the library would read it for ever
            raise ModelFileError(f"{path} is no HDF5 file or is damaged: its texts do not fit into it; copy it again")
        with h5py.File(path, "r") as file:
            if "node" not in file:
                raise ModelFileError(f"{path} is no NIR file: it has no group 'node'; give one that nir.write wrote")
            plain = _read(file, "node", 0)
    except ModelFileError:
        raise
    except Exception as error:  # of damaged files h5py says OSError, KeyError, RuntimeError, UnicodeDecodeError ...
        raise ModelFileError(f"{path} is no HDF5 file or is damaged: {error}") from error
    unknown = [
        Problem(name, str(kind), "it has no counterpart here", f"use {', '.join(sorted(KNOWN))}")
        for name, kind in _kinds("graph", plain)
        if kind not in KNOWN | {"NIRGraph"}
    ]
    refuse_all(f"{path} cannot be read", unknown)
    try:
        return nir.dict2NIRNode({**plain, "type_check": False})
    except Exception as error:  # a field that is missing or has another shape: KeyError, TypeError, AssertionError ...
        raise ModelFileError(f"{path} is damaged or of another version: {error!r}") from error


def _read(group: Any, name: str, depth: int) -> Any:
    """A group as a dictionary, a dataset as an array or text."""
    if depth > 3 * DEEPEST or not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise ModelFileError(f"the file holds a link to elsewhere, or too deep a tree, at {name!r}")
    item = group[name]
    if isinstance(item, h5py.Group):
        return {key: _read(item, key, depth + 1) for key in item}
    if item.external or item.is_virtual:
        raise ModelFileError(f"the file refers to another file at {name!r}")
    value = item[()]
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, np.ndarray) and value.dtype == object:
        return [[part.decode() for part in row] for row in value]
    return value


def _kinds(name: str, plain: Any) -> Iterator[tuple[str, Any]]:
    """Name and kind of each node."""
    kind = plain.get("type") if isinstance(plain, dict) else None
    yield name, kind
    if kind == "NIRGraph":
        nodes = plain.get("nodes", {})
        for key, node in nodes.items() if isinstance(nodes, dict) else ():
            yield from _kinds(key, node)
