"""The shipped digits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ml_genn.data import load_data
from ml_genn.data.digits import FILE
from ml_genn.data.digits.export import export, stratified_test_mask


def test_split_sizes_and_range() -> None:
    train, test = load_data("digits", split="train"), load_data("digits")
    assert (len(train), len(test)) == (1437, 360)
    assert (test.x.min(), test.x.max()) == (0.0, 1.0)
    assert test.x.dtype == np.float32
    assert test.y.dtype == np.int64
    assert (test.name, test.source, test.split, test.shape) == ("digits", "digits", "test", (8, 8))


def test_the_split_is_stratified() -> None:
    train, test = load_data("digits:train"), load_data("digits:test")
    share = 360 * np.bincount(np.concatenate([train.y, test.y])) / 1797
    assert np.abs(np.bincount(test.y) - share).max() <= 1


def test_mask_takes_evenly_spaced_examples_in_class_order() -> None:
    y = np.array([1, 0, 1, 0, 1, 1])  # in class order: examples 1 3 0 2 4 5
    # positions floor(0.5 * 6 / 2) = 1 and floor(1.5 * 6 / 2) = 4 of that order: examples 3 and 4
    assert np.flatnonzero(stratified_test_mask(y, 2)).tolist() == [3, 4]


def test_the_file_is_what_the_script_exports(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    export(tmp_path / "digits.npz")
    with np.load(FILE) as shipped, np.load(tmp_path / "digits.npz") as exported:
        assert sorted(shipped.files) == ["test", "x", "y"]
        for name in shipped.files:
            np.testing.assert_array_equal(shipped[name], exported[name])


def test_licence_is_beside_the_file() -> None:
    assert "CC BY 4.0" in FILE.with_name("PROVENANCE.md").read_text()


@pytest.mark.parametrize("expected", [(8, 8, 1), (1, 8, 8), (64,), (8, 8)])
def test_images_take_the_layout_of_the_model(expected: tuple[int, ...]) -> None:
    plain = load_data("digits")
    fitted = load_data("digits", expected_shape=expected)
    assert fitted.shape == expected
    np.testing.assert_array_equal(fitted.x.ravel(), plain.x.ravel())
