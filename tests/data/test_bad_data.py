"""Data that cannot be used: one clear message each, naming the file, what was found and what to do."""

from __future__ import annotations

import gzip
import pickle
import re
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from ml_genn.data import load_data, parse_scale
from ml_genn.errors import DataError

from .files import damaged, good_arrays, idx_bytes, write_h5, write_idx_folder, write_npz

NAN = np.zeros((6, 2, 3))
NAN[4, 1, 2] = np.nan
INFINITE = np.zeros((6, 2, 3), np.float16)
INFINITE[0, 0, 1:] = np.inf

ARRAY_CASES: list[tuple[dict[str, Any], str]] = [
    ({"x": NAN}, r"x\[4, 1, 2\] is nan, not a finite number \(1 such value in all\); replace or remove those"),
    ({"x": INFINITE}, r"x\[0, 0, 1\] is inf, not a finite number \(2 such values in all\)"),
    ({"x": np.full((6, 2), 1e39)}, r"x\[0, 0\] is 1e\+39, too large for float32 \(12 such values in all\)"),
    ({"x": np.zeros((6, 2), complex)}, r"x must hold real numbers .* got complex numbers \(dtype complex128\)"),
    ({"x": np.zeros((0, 2)), "y": np.zeros(0, int)}, r"x is empty, its shape is \(0, 2\)"),
    ({"x": np.zeros((6, 0))}, r"x is empty, its shape is \(6, 0\)"),
    ({"x": np.zeros(6)}, r"at least two axes, got \(6,\); a single example needs a leading axis"),
    ({"x": np.zeros(())}, r"at least two axes, got \(\)"),
    ({"x": np.zeros((5, 2))}, r"same length, got 5 examples and 6 labels"),
    ({"y": np.array([0.0, 1, 2, 0, 1, 2])}, r"y must hold whole class numbers, got dtype float64; .*astype"),
    ({"y": np.array([True] * 6)}, r"y must hold whole class numbers, got dtype bool"),
    (
        {"y": np.zeros((6, 3), int)},
        r"y must have shape \(examples,\), one class .* got \(6, 3\); y\.argmax\(axis=1\) turns one-hot",
    ),
    ({"y": np.zeros((6, 1), int)}, r"got \(6, 1\); use y\.reshape\(-1\)"),
    ({"y": np.array(3)}, r"got \(\); use y\.reshape\(-1\)"),
    ({"y": np.array([0, 1, -2, 0, 1, 2])}, r"y\[2\] is -2; class numbers start at 0"),
    ({"y": np.array([0, 1, 3, 0, 1, 2])}, r"y\[2\] is 3, but the model has 3 classes; .* between 0 and 2"),
    ({"x": None}, r"has no (array|dataset) 'x', it holds y"),
    ({"y": None, "labels": np.zeros(6)}, r"has no (array|dataset) 'y', it holds .*labels"),
]


@pytest.mark.parametrize("write", [write_npz, write_h5], ids=["npz", "h5"])
@pytest.mark.parametrize(("changes", "message"), ARRAY_CASES, ids=[case[1][:40] for case in ARRAY_CASES])
def test_bad_arrays(write: Any, changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"bad.{write.__name__.removeprefix('write_')}", **changes)
    with pytest.raises(DataError, match=message) as caught:
        load_data(path, num_classes=3)
    assert str(path) in str(caught.value)


def test_text(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"x must hold real numbers .* got text \(dtype <U1\)"):
        load_data(write_npz(tmp_path / "a.npz", x=np.full((6, 2), "a")))
    with pytest.raises(DataError, match=r"x must hold real numbers .* got Python objects \(dtype object\)"):
        load_data(write_h5(tmp_path / "a.h5", x=np.full((6, 2), "a", object)))


def test_pickled_objects_are_never_loaded(tmp_path: Path) -> None:
    path = write_npz(tmp_path / "a.npz", x=np.full((6, 2), Bomb(), object))
    with pytest.raises(DataError, match=r"a\.npz: array 'x' holds pickled Python objects, which are never loaded"):
        load_data(path)
    (tmp_path / "b.npz").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(DataError, match=r"b\.npz is damaged or no npz file"):
        load_data(tmp_path / "b.npz")


class Bomb:
    """Fails the test when it is unpickled."""

    def __reduce__(self) -> Any:
        return pytest.fail, ("a pickle was loaded",)


def test_wrong_shape(tmp_path: Path) -> None:
    path = write_npz(tmp_path / "a.npz")
    with pytest.raises(
        DataError, match=r"shape \(2, 3\), but the model takes \(3, 2\); --shape 3,2 reads it in that shape"
    ):
        load_data(path, expected_shape=(3, 2))
    with pytest.raises(DataError, match=r"takes \(28, 28, 1\); give data of the model's input size"):
        load_data(path, expected_shape=(28, 28, 1))
    with pytest.raises(DataError, match=r"an example has shape \(2, 3\), 6 values; shape \(5,\) needs 5"):
        load_data(path, shape=(5,))
    with pytest.raises(DataError, match=r"digits: an example has shape \(8, 8\), but the model takes \(28, 28, 1\)"):
        load_data("digits", expected_shape=(28, 28, 1))
    with pytest.raises(DataError, match=r"\(8, 8\), but the model takes \(4, 16\); --shape 4,16"):
        load_data("digits", expected_shape=(4, 16))


@pytest.mark.parametrize("suffix", ["npz", "h5"])
def test_truncated_and_foreign_files(suffix: str, tmp_path: Path) -> None:
    write = {"npz": write_npz, "h5": write_h5}[suffix]
    path = write(tmp_path / f"a.{suffix}")
    whole = path.read_bytes()
    for content in (whole[:100], whole[: len(whole) // 2], b"", b"hello"):
        path.write_bytes(content)
        with pytest.raises(DataError, match=rf"a\.{suffix} is damaged"):
            load_data(path)


def test_what_to_do_about_an_h5_file(tmp_path: Path) -> None:
    (tmp_path / "a.h5").write_text("hello")
    with pytest.raises(DataError, match=r"is damaged or no HDF5 file; write one with h5py, datasets x and y at its"):
        load_data(tmp_path / "a.h5")
    with pytest.raises(DataError, match=r"has no dataset 'x', it holds y; write datasets x and y at its root"):
        load_data(write_h5(tmp_path / "b.h5", x=None))


def test_damaged_inside(tmp_path: Path) -> None:
    path = write_npz(tmp_path / "a.npz", x=np.random.default_rng(0).random((6, 500)))
    content = bytearray(path.read_bytes())
    content[2000:2100] = bytes(100)
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.npz is damaged"):
        load_data(path)
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x01\x00 nonsense")
    with pytest.raises(DataError, match=r"b\.npz: array 'x' is damaged"):
        load_data(tmp_path / "b.npz")


def test_h5_links_groups_and_external_storage(tmp_path: Path) -> None:
    write_h5(tmp_path / "other.h5")
    with h5py.File(tmp_path / "link.h5", "w") as file:
        file["x"] = h5py.ExternalLink("other.h5", "/x")
        file["y"] = np.zeros(6, int)
    with pytest.raises(DataError, match=r"link\.h5: 'x' is a link to another file, which is not followed"):
        load_data(tmp_path / "link.h5")
    with h5py.File(tmp_path / "group.h5", "w") as file:
        file.create_group("x")
    with pytest.raises(DataError, match=r"group\.h5: 'x' is no dataset with values"):
        load_data(tmp_path / "group.h5")
    with h5py.File(tmp_path / "external.h5", "w") as file:
        file.create_dataset("x", (6, 2), "u1", external=[(str(tmp_path / "raw"), 0, 12)])
    with pytest.raises(DataError, match=r"external\.h5: 'x' keeps its values in other files"):
        load_data(tmp_path / "external.h5")


def test_h5_values_that_reach_another_file_by_a_detour(tmp_path: Path) -> None:
    """A link within the file to a link out of it; values put together from those of other files."""
    write_h5(tmp_path / "other.h5")
    with h5py.File(tmp_path / "detour.h5", "w") as file:
        file["out"] = h5py.ExternalLink("other.h5", "/")
        file["x"], file["y"] = h5py.SoftLink("/out/x"), np.zeros(6, int)
    with pytest.raises(DataError, match=r"detour\.h5: 'x' is a link to another file, which is not followed"):
        load_data(tmp_path / "detour.h5")
    with h5py.File(tmp_path / "virtual.h5", "w") as file:
        layout = h5py.VirtualLayout((6, 2, 3), float)
        layout[:] = h5py.VirtualSource(tmp_path / "other.h5", "x", (6, 2, 3))
        file.create_virtual_dataset("x", layout)
        file["y"] = np.zeros(6, int)
    with pytest.raises(DataError, match=r"virtual\.h5: 'x' keeps its values in other files, which are not read"):
        load_data(tmp_path / "virtual.h5")


def test_h5_links_within_the_file(tmp_path: Path) -> None:
    with h5py.File(write_h5(tmp_path / "within.h5", x=None), "a") as file:
        file["deep/values"] = good_arrays()["x"]
        file["deep/again"], file["x"] = h5py.SoftLink("values"), h5py.SoftLink("/deep/./again")
    np.testing.assert_array_equal(load_data(tmp_path / "within.h5").x, good_arrays()["x"].astype(np.float32))
    with h5py.File(write_h5(tmp_path / "circle.h5", x=None), "a") as file:
        file["x"], file["z"] = h5py.SoftLink("z"), h5py.SoftLink("x")
    with pytest.raises(DataError, match=r"circle\.h5 has no dataset 'x', it holds x, y, z"):
        load_data(tmp_path / "circle.h5")


def test_missing_and_unknown(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"data 'nowhere\.npz' do not exist; DATA is digits, FILE\.npz"):
        load_data("nowhere.npz")
    (tmp_path / "a.csv").write_text("1,2")
    with pytest.raises(DataError, match=r"a\.csv: files ending in '\.csv' are not known; DATA is"):
        load_data(tmp_path / "a.csv")
    path = write_npz(tmp_path / "a.npz")
    with pytest.raises(DataError, match=r"a\.npz has no splits; leave out :train"):
        load_data(f"{path}:train")


def test_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"has no t10k-images-idx3-ubyte or t10k-images-idx3-ubyte\.gz; give a folder of"
    ):
        load_data(tmp_path)
    write_idx_folder(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"has no t10k-labels-idx1-ubyte"):
        load_data(tmp_path)


IDX = idx_bytes(np.zeros((5, 4, 3), np.uint8))
IDX_CASES: list[tuple[bytes, str]] = [
    (gzip.compress(IDX)[:-12], r" is truncated: the gzip stream has no end"),
    (b"not gzip at all", r": Not a gzipped file .*; copy or download it again"),
    (gzip.compress(IDX[:-1]), r"announces shape \(5, 4, 3\), 76 bytes in all, but it has 75"),
    (gzip.compress(IDX + b"x"), r"76 bytes in all, but it has 77"),
    (gzip.compress(b"\1" + IDX[1:]), r" is no IDX file: it starts with 01 00 08 03, expected 00 00"),
    (gzip.compress(b"\0\0\x07\3" + IDX[4:]), r" is no IDX file: it starts with 00 00 07 03"),
    (gzip.compress(b""), r" is no IDX file: it starts with nothing"),
    (gzip.compress(IDX[:9]), r" is truncated inside its header"),
]


@pytest.mark.parametrize(("content", "message"), IDX_CASES, ids=[case[1][:30] for case in IDX_CASES])
def test_bad_idx(content: bytes, message: str, tmp_path: Path) -> None:
    write_idx_folder(tmp_path)
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(content)
    with pytest.raises(DataError, match=rf"t10k-images-idx3-ubyte\.gz.*{message}"):
        load_data(tmp_path)


def test_first_out_of_range() -> None:
    for examples in (0, 361):
        with pytest.raises(DataError, match=rf"digits \(test\) has 360 examples; asked for the first {examples}"):
            load_data("digits").first(examples)


@pytest.mark.parametrize("scale", ["abc", "1/0", float("nan"), float("inf")])
def test_scale_is_no_number(scale: Any) -> None:
    with pytest.raises(DataError, match=re.escape(f"number or a fraction such as 1/255, got {scale!r}")):
        parse_scale(scale)


def test_scale_out_of_range(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"scale must be greater than 0, got '-1/255'"):
        parse_scale("-1/255")
    path = write_npz(tmp_path / "a.npz", x=good_arrays()["x"] * 1e30)
    with pytest.raises(DataError, match=r"x times the scale .* is too large for float32"):
        load_data(path, scale=1e20)


@pytest.mark.parametrize("suffix", ["npz", "h5"])
def test_damage_anywhere_is_a_data_error(suffix: str, tmp_path: Path) -> None:
    """The libraries raise anything; some damage, as to unused bytes, goes unseen."""
    path = {"npz": write_npz, "h5": write_h5}[suffix](tmp_path / f"a.{suffix}")
    for content in damaged(path.read_bytes(), 300):
        path.write_bytes(content)
        try:
            load_data(path)
        except DataError as error:
            assert str(path) in str(error)


def test_a_member_that_is_no_array(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", b"no array at all")
    with pytest.raises(DataError, match=r"a\.npz: 'x' is damaged or no array; copy or write it again"):
        load_data(tmp_path / "a.npz")
