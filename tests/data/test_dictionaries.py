"""Data sets as dictionaries: split, batched and permuted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn.errors import DataError
from ml_genn.utils.data import batch_dataset, get_dataset_size, permute_dataset, split_dataset

DATA: dict[str, Any] = {"x": np.arange(10).reshape(5, 2), "y": [10, 11, 12, 13, 14]}
UNEVEN = {"x": [1, 2], "y": [1]}


def test_size() -> None:
    assert get_dataset_size(DATA) == 5
    assert get_dataset_size(UNEVEN) is None
    with pytest.raises(DataError, match="the dataset is empty; it must hold examples of at least one population"):
        get_dataset_size({})


@pytest.mark.parametrize(("split", "point"), [(0.0, 5), (0.2, 4), (0.5, 2), (1.0, 0)])
def test_the_last_examples_are_split_off(split: float, point: int) -> None:
    first, second = split_dataset(DATA, split)
    assert (first["y"], second["y"]) == (DATA["y"][:point], DATA["y"][point:])
    np.testing.assert_array_equal(first["x"], DATA["x"][:point])
    np.testing.assert_array_equal(second["x"], DATA["x"][point:])


def test_batches() -> None:
    assert [batch["y"] for batch in batch_dataset(DATA, 2, 5)] == [[10, 11], [12, 13], [14]]
    assert [batch["y"] for batch in batch_dataset(DATA, 2, 3)] == [[10, 11], [12]]
    assert [batch["x"].tolist() for batch in batch_dataset(DATA, 5, 5)] == [DATA["x"].tolist()]


def test_permuted() -> None:
    found = permute_dataset(DATA, [3, 0, 4, 1, 2])
    assert found["y"] == [13, 10, 14, 11, 12]
    np.testing.assert_array_equal(found["x"], DATA["x"][[3, 0, 4, 1, 2]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: split_dataset(DATA, 1.5), r"a dataset can be split by a part between 0 and 1, got 1.5"),
        (lambda: split_dataset(UNEVEN, 0.5), "need the same number of examples, got x: 2, y: 1"),
        (lambda: batch_dataset(DATA, 2, 6), "x has 5 examples, cannot make batches of 6"),
        (lambda: batch_dataset(DATA, 0, 5), "the batch size of a dataset must be positive, got 0"),
        (lambda: permute_dataset(DATA, [0, 1]), r"of 5 examples is permuted by as many whole numbers from 0 to 4"),
        (lambda: permute_dataset(DATA, [0, 1, 2, 3, 5]), "whole numbers from 0 to 4, got dtype int64"),
        (lambda: permute_dataset(DATA, [0.0] * 5), "whole numbers from 0 to 4, got dtype float64"),
    ],
)
def test_refused(call: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        call()
