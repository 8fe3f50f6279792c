"""Calibration data are training examples or those the user names, never the evaluation data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ml_genn.data import load_calibration, load_data, range_warning
from ml_genn.errors import DataError

from .files import idx_bytes, write_idx_folder, write_npz


def test_digits_calibrate_on_their_training_split() -> None:
    calibration = load_calibration("digits", expected_shape=(8, 8, 1))
    assert calibration is not None
    assert calibration.description == "first 1,437 training examples of digits"
    np.testing.assert_array_equal(calibration.dataset.x, load_data("digits:train", expected_shape=(8, 8, 1)).x)


def test_at_most_2000_of_a_folder(tmp_path: Path) -> None:
    folder = write_idx_folder(tmp_path / "big", train=250)
    many = np.zeros((2100, 4, 3), np.uint8)
    (folder / "train-images-idx3-ubyte.gz").unlink()
    (folder / "train-labels-idx1-ubyte.gz").unlink()
    (folder / "train-images-idx3-ubyte").write_bytes(idx_bytes(many))
    (folder / "train-labels-idx1-ubyte").write_bytes(idx_bytes(many[:, 0, 0].copy()))
    calibration = load_calibration(str(folder))
    assert calibration is not None
    assert len(calibration.dataset) == 2000
    assert calibration.description == f"first 2,000 training examples of {folder}"


def test_files_have_no_training_split(tmp_path: Path) -> None:
    path = str(write_npz(tmp_path / "a.npz"))
    assert load_calibration(path) is None
    other = str(write_npz(tmp_path / "b.npz"))
    calibration = load_calibration(path, other)
    assert calibration is not None
    assert calibration.description == f"all 6 examples of {other}"


@pytest.mark.parametrize(
    ("data", "norm_data"),
    [("digits", "digits:test"), ("digits:train", None), ("digits:train", "digits"), ("{npz}", "{npz}")],
)
def test_never_the_evaluation_data(data: str, norm_data: str | None, tmp_path: Path) -> None:
    npz = str(write_npz(tmp_path / "a.npz"))
    with pytest.raises(DataError, match=r"calibration data would be the evaluation data .* --norm-data"):
        load_calibration(data.format(npz=npz), norm_data and norm_data.format(npz=npz))


def test_test_split_may_calibrate_where_it_is_not_evaluated() -> None:
    calibration = load_calibration("digits:train", "digits:test")
    assert calibration is not None
    assert calibration.description == "first 360 test examples of digits"


def test_range_warning() -> None:
    data = load_data("digits")
    assert range_warning(data, load_data("digits:train")) is None
    raw = load_data("digits:train", scale=1)
    assert range_warning(data, raw) == (
        "The largest absolute input is 1 in the evaluation data and 16 in the calibration data; "
        "is one of them scaled differently (--scale)?"
    )
