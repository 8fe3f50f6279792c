"""The configuration in a `.keras` or `.h5` file, read by us and bounded, before Keras sees the file.

A `.keras` file is a zip with `config.json`, `metadata.json` and `model.weights.h5`; an `.h5` file is HDF5 with the
configuration in the attribute `model_config`. Links that lead out of the file are refused.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, final

import h5py

from ml_genn.errors import ModelFileError
from ml_genn.hdf5_heap import has_damaged_heap

MOST_CONFIG_BYTES = 64 * 2**20
MOST_EXPANSION = 100
"""Keras does not compress: a file that unpacks to more than so many times its size is no model, but an attack."""

MOST_HDF5_OBJECTS = 100_000
MOST_DEPTH = 200
ZIP_SIGNATURE = b"PK\x03\x04"
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
SAVE = "save it with model.save('model.keras')"

Layout = Literal["keras", "h5"]


@final
@dataclass(frozen=True)
class ModelFile:
    """What a model file says about itself: its path and layout, the parsed configuration, the Keras that wrote it."""

    path: Path
    layout: Layout
    config: dict[str, Any]
    keras_version: str


def read_model_file(path: Path) -> ModelFile:
    """Reads and checks the container and parses the configuration; nothing is deserialised.

    Raises ModelFileError for a missing, empty, damaged or foreign file, a folder, a wrong suffix, a file with weights
    only, and for links or external storage inside HDF5.
    """
    layout = _layout(path)
    try:
        text, version = READERS[layout](path)
    except ModelFileError:
        raise
    except Exception as error:  # of damaged files h5py and zipfile say KeyError, RuntimeError, UnicodeDecodeError ...
        raise ModelFileError(f"{path}: the file is damaged or cut off ({error}); copy or save it again") from error
    return ModelFile(path, layout, _parse(path, text), version)


def _layout(path: Path) -> Layout:
    """Which container the file is, by suffix and by its first bytes, which must agree."""
    if path.is_dir():
        raise ModelFileError(f"{path} is a folder; a model is one .keras or .h5 file: {SAVE}")
    if not path.exists():
        raise ModelFileError(f"{path}: there is no such file")
    suffixes: Mapping[str, Layout] = {".keras": "keras", ".h5": "h5", ".hdf5": "h5"}
    layout = suffixes.get(path.suffix.lower())
    if layout is None:
        raise ModelFileError(f"{path}: a model file ends in .keras or .h5, not in {path.suffix!r}; {SAVE}")
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read: {error.strerror}") from error
    if not start:
        raise ModelFileError(f"{path} is empty; copy or save the model again")
    found = "keras" if start.startswith(ZIP_SIGNATURE) else "h5" if start == HDF5_SIGNATURE else None
    if found is None:
        raise ModelFileError(f"{path} is no Keras model: it begins with {start!r}, neither zip nor HDF5; {SAVE}")
    if found != layout:
        kind, suffix = ("a zip", ".keras") if found == "keras" else ("an HDF5", ".h5")
        raise ModelFileError(f"{path} is {kind} file inside; if it is a Keras model, rename it to end in {suffix}")
    return layout


def _read_zip(path: Path) -> tuple[str | bytes, str]:
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: info for info in archive.infolist()}
        if "config.json" not in members:
            raise ModelFileError(f"{path} is a zip without config.json, so it is no Keras model; {SAVE}")
        if "model.weights.h5" not in members:
            raise ModelFileError(f"{path} holds no model.weights.h5; {SAVE}, with all weights in one file")
        if any(name.startswith(("/", "\\")) or ".." in Path(name).parts for name in members):
            raise ModelFileError(f"{path} holds names that lead out of the archive; no Keras model does")
        unpacked = sum(info.file_size for info in members.values())
        if unpacked > _most_bytes(path):
            raise ModelFileError(f"{path} would unpack to {unpacked} bytes, more than a model can be")
        if members["config.json"].file_size > MOST_CONFIG_BYTES:
            raise ModelFileError(_large_config(path, members["config.json"].file_size))
        broken = archive.testzip()
        if broken is not None:
            raise ModelFileError(f"{path}: the file is damaged ({broken} has a wrong checksum); copy it again")
        with archive.open("model.weights.h5") as weights, h5py.File(weights, "r") as file:
            _require_own_data(path, file)
        metadata = json.loads(archive.read("metadata.json")) if "metadata.json" in members else {}
        return archive.read("config.json"), str(metadata.get("keras_version", "unknown"))


def _read_hdf5(path: Path) -> tuple[str | bytes, str]:
    if has_damaged_heap(path):
        raise ModelFileError(f"{path}: the file is damaged (a heap of texts does not add up); copy or save it again")
    with h5py.File(path, "r") as file:
        _require_own_data(path, file)
        version = file.attrs.get("keras_version", "unknown")
        if "model_config" not in file.attrs:
            raise ModelFileError(_without_config(path, file))
        version = version.decode() if isinstance(version, bytes) else str(version)
        return file.attrs["model_config"], version


READERS: Mapping[Layout, Callable[[Path], tuple[str | bytes, str]]] = {"keras": _read_zip, "h5": _read_hdf5}


def _large_config(path: Path, count: int) -> str:
    return f"{path} has a configuration of {count} bytes, more than a model can need"


def _most_bytes(path: Path) -> int:
    return MOST_EXPANSION * path.stat().st_size


def _without_config(path: Path, file: h5py.File) -> str:
    holds_weights = "layer_names" in file.attrs or "layers" in file or "_layer_checkpoint_dependencies" in file
    if not holds_weights:
        return f"{path} is an HDF5 file but no Keras model: it has no attribute model_config; {SAVE}"
    return (
        f"{path} holds weights only, without the model they belong to; build the model in Python, call "
        f"model.load_weights({path.name!r}), and save all of it with model.save('model.keras')"
    )


def _require_own_data(path: Path, file: h5py.File) -> None:
    """Walks all groups; raises ModelFileError for data outside this file, and for more data than it can hold."""
    pending, seen, total = [file["/"]], 0, 0
    while pending:
        group = pending.pop()
        for name in group:
            seen += 1
            if seen > MOST_HDF5_OBJECTS:
                raise ModelFileError(f"{path} holds more than {MOST_HDF5_OBJECTS} objects; no Keras model does")
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise ModelFileError(f"{path}: {group.name}/{name} is a link; a model file must hold its own data")
            value = group[name]
            if isinstance(value, h5py.Group):
                pending.append(value)
            else:
                total += _bytes_inside(path, value)
        if total > _most_bytes(path):
            raise ModelFileError(f"{path} declares {total} bytes of weights, more than it can hold")


def _bytes_inside(path: Path, value: Any) -> int:
    """Bytes that a dataset declares; raises ModelFileError for one that is kept in another file."""
    if not isinstance(value, h5py.Dataset):
        return 0
    if value.external or value.is_virtual:
        raise ModelFileError(f"{path}: {value.name} is stored in another file; a model must hold its own data")
    return int(value.nbytes)


def _parse(path: Path, text: str | bytes) -> dict[str, Any]:
    if len(text) > MOST_CONFIG_BYTES:
        raise ModelFileError(_large_config(path, len(text)))
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{path}: the configuration is no valid JSON ({error}); save the model again") from error
    if not isinstance(config, dict) or not isinstance(config.get("config"), dict) or "class_name" not in config:
        raise ModelFileError(f"{path}: the configuration describes no model (class_name and config); {SAVE}")
    if _deeper_than(config, MOST_DEPTH):
        raise ModelFileError(f"{path}: the configuration is nested more than {MOST_DEPTH} levels deep; {SAVE}")
    return config


def _deeper_than(config: Any, levels: int) -> bool:
    parts = [config]
    for _ in range(levels):
        parts = [value for part in parts if isinstance(part, dict | list) for value in _values(part)]
    return bool(parts)


def _values(part: dict[str, Any] | list[Any]) -> list[Any]:
    return list(part.values()) if isinstance(part, dict) else part
