"""Serialisers: what comes back is what was stored, and every bad file or key is one clear error."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from ml_genn.errors import DataError, DescriptionError, OutputError
from ml_genn.registry import SERIALISERS
from ml_genn.serialisers import HDF5, Numpy, Serialiser
from tests.data.files import damaged

KINDS = {"numpy": Numpy, "hdf5": HDF5}
KEYS = (3, "Conn_Pop0_Pop1", "g")


@pytest.fixture(params=KINDS)
def serialiser(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return KINDS[request.param](tmp_path / "made" / "here")


@pytest.mark.parametrize("name", KINDS)
def test_by_name_in_the_present_folder(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = SERIALISERS.resolve(name)
    found.serialise(KEYS, [1.5])
    assert found.deserialise(KEYS).tolist() == [1.5]
    assert [path.name for path in tmp_path.iterdir()] == [{"numpy": "3-Conn_Pop0_Pop1-g.npy", "hdf5": "3.h5"}[name]]


def test_unknown_serialiser() -> None:
    with pytest.raises(DescriptionError, match="serialiser 'nunpy' is unknown; did you mean numpy"):
        SERIALISERS.resolve("nunpy")


@pytest.mark.parametrize(
    "values",
    [
        np.arange(6, dtype=np.float32).reshape(2, 3),
        np.array([1 / 3, np.inf, -0.0]),
        np.arange(4, dtype=np.uint8),
        np.zeros((0, 3)),
        np.float32(2.5),
    ],
    ids=["matrix", "double", "bytes", "empty", "number"],
)
def test_round_trip(serialiser: Serialiser, values: Any) -> None:
    serialiser.serialise(KEYS, values)
    back = serialiser.deserialise(KEYS)
    assert back.dtype == values.dtype
    assert back.shape == values.shape
    assert back.tobytes() == values.tobytes()
    assert back.flags.writeable


def test_truth_values_are_numbers(serialiser: Serialiser) -> None:
    serialiser.serialise(KEYS, [True, False])
    assert serialiser.deserialise(KEYS).tolist() == [1, 0]


def test_all_arrays_of_an_owner(serialiser: Serialiser) -> None:
    for key, number in (
        ((3, "a", "g"), 1),
        ((3, "a", "d"), 2),
        ((3, "a-b", "g"), 3),
        ((3, "ab", "g"), 4),
        ((4, "a", "g"), 5),
        (("a", "g"), 6),
        (("g",), 7),
    ):
        serialiser.serialise(key, [number])
    found = {prefix: serialiser.deserialise_all(prefix) for prefix in ((3, "a"), (3, "a-b"), ("a",), (5, "a"))}
    plain = {prefix: {name: values.item() for name, values in arrays.items()} for prefix, arrays in found.items()}
    assert plain == {(3, "a"): {"g": 1, "d": 2}, (3, "a-b"): {"g": 3}, ("a",): {"g": 6}, (5, "a"): {}}
    assert serialiser.deserialise(("g",)).item() == 7


def test_stored_again_replaces(serialiser: Serialiser) -> None:
    serialiser.serialise(KEYS, [1.0, 2.0])
    serialiser.serialise(KEYS, [3.0])
    assert serialiser.deserialise(KEYS).tolist() == [3.0]


def test_names_need_not_be_file_names(serialiser: Any, tmp_path: Path) -> None:
    key = ("../..", "block/conv%1 é", "g")
    serialiser.serialise(key, [1.0])
    assert serialiser.deserialise_all(key[:2])["g"].tolist() == [1.0]
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_a_name_that_is_too_long(serialiser: Any) -> None:
    key = ("x" * 300, "a", "g")
    with pytest.raises(OutputError, match=r"cannot write .*: File name too long"):
        serialiser.serialise(key, [1.0])
    with pytest.raises(DataError, match=r"does not exist; give the keys|holds no array 'g' in 'a'"):
        serialiser.deserialise(key)
    assert serialiser.deserialise_all(key[:2]) == {}


def test_flat_files_of_earlier_versions(tmp_path: Path) -> None:
    np.save(tmp_path / "9-Conn_Pop0_Pop1-g.npy", np.arange(6, dtype=np.float32))
    assert Numpy(str(tmp_path)).deserialise_all((9, "Conn_Pop0_Pop1"))["g"].tolist() == list(range(6))


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"3-Conn_Pop0_Pop1-g.npy does not exist; give the keys"):
        Numpy(tmp_path).deserialise(KEYS)
    message = r"3.h5 holds no array 'g' in 'Conn_Pop0_Pop1'; give the keys that it was stored under"
    with pytest.raises(DataError, match=message):
        HDF5(tmp_path).deserialise(KEYS)
    HDF5(tmp_path).serialise((3, "Conn_Pop0_Pop1", "d"), [1.0])
    with pytest.raises(DataError, match=message):
        HDF5(tmp_path).deserialise(KEYS)


def test_only_numbers_under_keys(serialiser: Serialiser) -> None:
    with pytest.raises(DataError, match="3-Conn_Pop0_Pop1-g: only real numbers can be stored, got dtype object"):
        serialiser.serialise(KEYS, np.array([{}], object))
    with pytest.raises(DataError, match="an array is stored under keys; give at least one"):
        serialiser.serialise((), [1.0])


def test_pickled_objects_are_not_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "a-g.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(DataError, match=r"a-g.npy is damaged or no .npy file of numbers: .*Python objects"):
        Numpy(tmp_path).deserialise_all(("a",))


@pytest.mark.parametrize("content", ["text", "archive"])
def test_files_of_another_kind(content: str, tmp_path: Path) -> None:
    if content == "text":
        np.save(tmp_path / "a-g.npy", np.array(["text"]))
    else:
        with (tmp_path / "a-g.npy").open("wb") as stream:
            np.savez(stream, x=[1])
    with pytest.raises(DataError, match=r"a-g.npy (holds no array of numbers|is damaged or no)"):
        Numpy(tmp_path).deserialise(("a", "g"))


def test_no_large_array_for_a_small_file(tmp_path: Path) -> None:
    with (tmp_path / "a-g.npy").open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": "<f4", "fortran_order": False, "shape": (10**13,)})
    with pytest.raises(DataError, match=r"is damaged or no \.npy file"):
        Numpy(tmp_path).deserialise(("a", "g"))


@pytest.mark.parametrize("name", KINDS)
def test_damaged_files_are_one_error(name: str, tmp_path: Path) -> None:
    """Whatever bytes change, the array comes back as it was, or a DataError says so."""
    values = np.arange(20, dtype=np.float32)
    KINDS[name](tmp_path).serialise(("a", "g"), values)
    (path,) = tmp_path.iterdir()
    content = path.read_bytes()
    found = 0
    for bad in damaged(content, 60):
        path.write_bytes(bad)
        try:
            KINDS[name](tmp_path).deserialise(("a", "g"))
        except DataError:
            found += 1
    assert found > 5


def test_not_hdf5(tmp_path: Path) -> None:
    (tmp_path / "3.h5").write_text("no")
    with pytest.raises(DataError, match=r"3\.h5 is no HDF5 file of arrays or is damaged"):
        HDF5(tmp_path).deserialise_all((3, "a"))


def test_nothing_leads_out_of_the_file(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "3.h5", "w") as file:
        file["a"] = h5py.ExternalLink("other.h5", "a")
    with pytest.raises(DataError, match="the entry 'a' is missing or points to another place"):
        HDF5(tmp_path).deserialise_all((3, "a"))


def test_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match=r"cannot create the folder .*file"):
        Numpy(tmp_path / "file").serialise(KEYS, [1.0])


@pytest.mark.parametrize("name", KINDS)
def test_an_interrupted_write_leaves_what_was_there(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = KINDS[name](tmp_path)
    found.serialise(KEYS, [1.0])

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            found.serialise(KEYS, [2.0])
    assert found.deserialise(KEYS).tolist() == [1.0]
    assert len(list(tmp_path.iterdir())) == 1
