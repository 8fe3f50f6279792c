"""Data that can be used: every kind of source, scale and shape."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from ml_genn.data import Dataset, load_data

from .files import good_arrays, write_h5, write_idx_folder, write_npz


@pytest.mark.parametrize("compress", [True, False])
def test_idx_folder(compress: bool, tmp_path: Path) -> None:
    folder = write_idx_folder(tmp_path / "little", compress=compress)
    test, train = load_data(folder), load_data(f"{folder}:train")
    assert (len(test), len(train)) == (5, 7)
    assert test.y.tolist() == [0, 1, 2, 3, 0]
    assert (test.name, test.split, train.split) == ("little", "test", "train")
    np.testing.assert_array_equal(test.x[3], np.float32(3) / np.float32(255) * np.ones((4, 3), np.float32))


def test_idx_takes_the_channel_axis_of_the_model(tmp_path: Path) -> None:
    folder = write_idx_folder(tmp_path / "little")
    assert load_data(folder, expected_shape=(4, 3, 1)).shape == (4, 3, 1)
    assert load_data(folder, expected_shape=(12,)).shape == (12,)


def test_scale_and_shape_replace_the_defaults(tmp_path: Path) -> None:
    folder = write_idx_folder(tmp_path / "little")
    raw = load_data(folder, scale=1, shape=(3, 4))
    assert raw.shape == (3, 4)
    assert raw.x.max() == 4.0
    np.testing.assert_array_equal(load_data(folder, scale="1/255").x, load_data(folder).x)
    assert load_data(folder, scale=0.5).x.max() == 2.0


@pytest.mark.parametrize(("write", "suffix"), [(write_npz, ".npz"), (write_h5, ".h5"), (write_h5, ".hdf5")])
def test_files_are_used_as_they_are(write: object, suffix: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"data{suffix}")  # type: ignore[operator]
    data = load_data(path, expected_shape=(2, 3), num_classes=3)
    np.testing.assert_array_equal(data.x, good_arrays()["x"].astype(np.float32))
    assert (data.name, data.split, data.source) == ("data", "all", str(path))


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "float16", "float64", ">f4"])
def test_every_real_dtype_becomes_float32(dtype: str, tmp_path: Path) -> None:
    path = write_npz(tmp_path / "a.npz", x=np.ones((6, 2), dtype), y=np.zeros(6, "uint8"))
    assert load_data(path).x.dtype == np.dtype("float32")


def test_first() -> None:
    data = load_data("digits")
    assert len(data.first(10)) == 10
    np.testing.assert_array_equal(data.first(10).x, data.x[:10])


def test_checksum_depends_on_content_only(tmp_path: Path) -> None:
    npz, h5 = load_data(write_npz(tmp_path / "a.npz")), load_data(write_h5(tmp_path / "b.h5"))
    other = load_data(write_npz(tmp_path / "c.npz", y=np.array([0, 1, 2, 0, 1, 1])))
    assert npz.sha256 == h5.sha256 != other.sha256


@pytest.mark.data
@pytest.mark.skipif("ML_GENN_DATA" not in os.environ, reason="ML_GENN_DATA is not set: no MNIST here")
def test_mnist() -> None:
    data: Dataset = load_data(Path(os.environ["ML_GENN_DATA"]) / "mnist", expected_shape=(28, 28, 1), num_classes=10)
    assert data.x.shape == (10_000, 28, 28, 1)
    assert np.bincount(data.y).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert data.x.max() == 1.0
