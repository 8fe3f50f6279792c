"""NIR files: written whole, read without following links or running anything; damage is told as such."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from ml_genn.errors import ModelFileError, OutputError, UnsupportedModelError
from ml_genn.exchange.nir import load_graph, save_graph

from .networks import convolutional


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that is well."""
    path = tmp_path / "network.nir"
    save_graph(path, convolutional().export())
    return path


def change(path: Path, work: Any) -> Path:
    with h5py.File(path, "r+") as file:
        work(file)
    return path


def test_equal_graphs_give_equal_files(path: Path, tmp_path: Path) -> None:
    save_graph(tmp_path / "again.nir", convolutional().export())
    assert (tmp_path / "again.nir").read_bytes() == path.read_bytes()


def test_a_file_is_written_whole_or_not_at_all(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    graph = convolutional().export()
    graph.nodes["conv"].r = object()
    with pytest.raises(TypeError):
        save_graph(path, graph)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["network.nir"]
    with pytest.raises(OutputError, match="does not exist; create it or choose another"):
        save_graph(tmp_path / "missing" / "network.nir", convolutional().export())


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="does not exist or is no file; give a NIR file"):
        load_graph(tmp_path / "missing.nir")


def test_another_hdf5_file(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = np.zeros(3)
    with pytest.raises(ModelFileError, match=r"is no NIR file: it has no group 'node'; give one that nir\.write wrote"):
        load_graph(tmp_path / "other.h5")


@pytest.mark.parametrize("keep", [0, 7, 0.3, 0.9])
def test_damaged_files(path: Path, keep: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(keep if keep > 1 else keep * len(whole))])
    with pytest.raises(ModelFileError, match="is no HDF5 file or is damaged"):
        load_graph(path)


def test_a_field_that_is_missing(path: Path) -> None:
    def work(file: Any) -> None:
        del file["node/nodes/conv/tau"]

    with pytest.raises(ModelFileError, match="is damaged or of another version"):
        load_graph(change(path, work))


def test_links_are_not_followed(path: Path) -> None:
    def work(file: Any) -> None:
        del file["node/nodes/conv/tau"]
        file["node/nodes/conv/tau"] = h5py.ExternalLink("/etc/hostname", "tau")

    with pytest.raises(ModelFileError, match="holds a link to elsewhere, or too deep a tree, at 'tau'"):
        load_graph(change(path, work))


def test_data_outside_are_not_read(path: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(bytes(800))

    def work(file: Any) -> None:
        del file["node/nodes/conv/tau"]
        file.create_dataset("node/nodes/conv/tau", (4, 3, 3), "f8", external=[(tmp_path / "secret", 0, 800)])

    with pytest.raises(ModelFileError, match="the file refers to another file at 'tau'"):
        load_graph(change(path, work))


def test_all_unknown_nodes_at_once(path: Path) -> None:
    def work(file: Any) -> None:
        for name in ("conv", "pooled"):
            del file[f"node/nodes/{name}/type"]
            file[f"node/nodes/{name}/type"] = "Threshold"

    with pytest.raises(
        UnsupportedModelError, match=r"cannot be read:\n  conv \(Threshold\): it has no counterpart"
    ) as caught:
        load_graph(change(path, work))
    assert [problem.owner for problem in caught.value.problems] == ["conv", "pooled"]  # type: ignore[attr-defined]


def test_zeros_among_the_texts(path: Path) -> None:
    """The library would not come back from them."""
    whole = bytearray(path.read_bytes())
    heap = whole.find(b"GCOL")
    whole[heap + 16 : heap + 200] = bytes(184)
    path.write_bytes(whole)
    with pytest.raises(ModelFileError, match="is damaged: its texts do not fit into it; copy it again"):
        load_graph(path)
