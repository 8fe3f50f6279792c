"""Data sets as dictionaries of arrays or lists, one for each population, with one entry per example."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ml_genn.errors import DataError

Data = Mapping[Any, Any]


def get_dataset_size(data: Data) -> int | None:
    """The number of examples; None where populations have different numbers of them.

    Raises:
        DataError: there are no populations.
    """
    if not data:
        raise DataError("the dataset is empty; it must hold examples of at least one population")
    sizes = {len(values) for values in data.values()}
    return sizes.pop() if len(sizes) == 1 else None


def split_dataset(data: Data, split: float) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Two data sets: the first examples, and the last `split` of all, as for validation.

    Args:
        data: the data set.
        split: which part of the examples goes into the second one, 0 to 1.

    Raises:
        DataError: `split` is no such part, or populations have different numbers of examples.
    """
    if not 0.0 <= split <= 1.0:
        raise DataError(f"a dataset can be split by a part between 0 and 1, got {split}")
    point = round((1.0 - split) * _size(data))
    first = {key: values[:point] for key, values in data.items()}
    return first, {key: values[point:] for key, values in data.items()}


def batch_dataset(data: Data, batch_size: int, size: int) -> list[dict[Any, Any]]:
    """The first `size` examples as one dictionary per batch; the last batch may hold fewer examples.

    Raises:
        DataError: a population has fewer examples, or the batch size is not positive.
    """
    if batch_size < 1:
        raise DataError(f"the batch size of a dataset must be positive, got {batch_size}")
    for key, values in data.items():
        if len(values) < size:
            raise DataError(f"{key} has {len(values)} examples, cannot make batches of {size}")
    spans = [slice(start, min(start + batch_size, size)) for start in range(0, size, batch_size)]
    return [{key: values[span] for key, values in data.items()} for span in spans]


def permute_dataset(data: Data, indices: ArrayLike) -> dict[Any, Any]:
    """The examples in another order: entry i of the result is entry indices[i] of `data`; lists stay lists.

    Raises:
        DataError: there is not one index for each example, or one is out of range.
    """
    order, size = np.asarray(indices), _size(data)
    if order.shape != (size,) or (size and (order.dtype.kind not in "iu" or order.min() < 0 or order.max() >= size)):
        raise DataError(
            f"a dataset of {size} examples is permuted by as many whole numbers from 0 to {size - 1}, "
            f"got dtype {order.dtype} and shape {order.shape}"
        )
    return {
        key: values[order] if isinstance(values, np.ndarray) else [values[i] for i in order]
        for key, values in data.items()
    }


def _size(data: Data) -> int:
    size = get_dataset_size(data)
    if size is None:
        found = ", ".join(f"{key}: {len(values)}" for key, values in data.items())
        raise DataError(f"all populations of a dataset need the same number of examples, got {found}")
    return size
