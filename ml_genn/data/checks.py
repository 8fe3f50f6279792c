"""What every array must satisfy before it may be called data; each failure is one message that says what to do."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError

Array = NDArray[Any]


def one_array(values: Any, what: str) -> Array:
    """`values`, an array or lists, as an array.

    Raises:
        DataError: it holds lists of different lengths.
    """
    try:
        return np.asarray(values)
    except ValueError as error:
        raise DataError(f"{what} must be one array, not lists of different lengths or depths") from error


def check_examples(x: Array, where: str) -> NDArray[np.float32]:
    """`x` as float32.

    Raises:
        DataError: empty, without an axis besides the examples, not real numbers, or not finite.
    """
    _check_dtype(x, where)
    if x.ndim < 2:
        raise DataError(
            f"{where}: x must have shape (examples, ...) with at least two axes, got {x.shape}; "
            "a single example needs a leading axis, as in x[np.newaxis]"
        )
    if x.size == 0:
        raise DataError(f"{where}: x is empty, its shape is {x.shape}; give at least one example")
    with np.errstate(over="ignore"):
        single = np.ascontiguousarray(x, dtype=np.float32)
    _check_finite(x, single, where)
    return single


def check_labels(y: Array, examples: int, where: str, num_classes: int | None = None) -> NDArray[np.int64]:
    """`y` as int64.

    Raises:
        DataError: not integers, not one per example, negative, or not below `num_classes`.
    """
    if y.ndim != 1:
        hint = "y.argmax(axis=1) turns one-hot rows into class numbers" if y.ndim == 2 else "use y.reshape(-1)"
        if y.ndim == 2 and y.shape[1] == 1:
            hint = "use y.reshape(-1)"
        raise DataError(f"{where}: y must have shape (examples,), one class number each, got {y.shape}; {hint}")
    if y.dtype.kind not in "iu":
        raise DataError(
            f"{where}: y must hold whole class numbers, got {_dtype_name(y)}; convert it with y.astype(np.int64)"
        )
    if len(y) != examples:
        raise DataError(f"{where}: x and y must have the same length, got {examples} examples and {len(y)} labels")
    _check_label_range(y, where, num_classes)
    return np.ascontiguousarray(y, dtype=np.int64)


def _check_dtype(x: Array, where: str) -> None:
    if x.dtype.kind not in "biuf":
        raise DataError(
            f"{where}: x must hold real numbers (bool, integer or float), got {_dtype_name(x)}; "
            "convert it with x.astype(np.float32)"
        )


def _check_finite(x: Array, single: NDArray[np.float32], where: str) -> None:
    bad = ~np.isfinite(single)
    if not bad.any():
        return
    index = tuple(int(i) for i in np.argwhere(bad)[0])
    count = int(bad.sum())
    reason = "too large for float32" if np.isfinite(x[index]) else "not a finite number"
    raise DataError(
        f"{where}: x[{', '.join(map(str, index))}] is {x[index]}, {reason} ({count} such "
        f"{'value' if count == 1 else 'values'} in all); replace or remove those examples"
    )


def _check_label_range(y: Array, where: str, num_classes: int | None) -> None:
    lowest, highest = int(y.min()), int(y.max())
    if lowest < 0:
        raise DataError(f"{where}: y[{int(y.argmin())}] is {lowest}; class numbers start at 0")
    if num_classes is not None and highest >= num_classes:
        classes = "1 class" if num_classes == 1 else f"{num_classes} classes"
        raise DataError(
            f"{where}: y[{int(y.argmax())}] is {highest}, but the model has {classes}; "
            f"labels must lie between 0 and {num_classes - 1}"
        )


def _dtype_name(array: Array) -> str:
    kinds = {"O": "Python objects", "U": "text", "S": "text", "c": "complex numbers", "V": "records"}
    name = kinds.get(array.dtype.kind)
    return f"{name} (dtype {array.dtype})" if name else f"dtype {array.dtype}"
