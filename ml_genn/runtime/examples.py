"""Checking examples and labels, and cutting them into batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np

from ..errors import DataError, DescriptionError

NEURONS_AT_A_TIME = 2**23
LARGEST_BATCH = 256


class Data(NamedTuple):
    """Examples with what is right: of a data set, or of a batch.

    Attributes:
        x: examples by input population or layer.
        y: labels by output population or layer.
        timesteps: of the trial of each example; None where all have those that the network was compiled for.
    """

    x: Mapping[Any, Any]
    y: Mapping[Any, Any]
    timesteps: np.ndarray | None = None

    @property
    def num_examples(self) -> int:
        """How many examples there are."""
        return len(next(iter(self.x.values())))

    def part(self, where: slice) -> Data:
        """Some examples that follow each other."""
        x, y = ({key: values[where] for key, values in data.items()} for data in (self.x, self.y))
        return Data(x, y, None if self.timesteps is None else self.timesteps[where])

    def chosen(self, indices: np.ndarray) -> Data:
        """The examples with these indices."""
        x, y = ({key: taken(values, indices) for key, values in data.items()} for data in (self.x, self.y))
        return Data(x, y, None if self.timesteps is None else self.timesteps[indices])


def taken(values: Sequence[Any] | np.ndarray, indices: np.ndarray) -> Any:
    """The entries with these indices, as an array or a list."""
    if isinstance(values, np.ndarray):
        return values[indices]
    rows = getattr(values, "iloc", values)  # pandas would take numbers for the labels of its rows
    return [rows[int(index)] for index in indices]


def moderate_batch_size(neurons: int) -> int:
    """Examples to run at a time in a network of so many neurons: as many as some hundred megabytes hold."""
    return min(LARGEST_BATCH, max(1, NEURONS_AT_A_TIME // neurons))


def check_examples(data: Mapping[Any, Any], what: str) -> int:
    """Check that all entries hold the same number of examples, at least one, and finite numbers.

    Args:
        data: examples or labels per population.
        what: "input" or "label", for messages.

    Returns:
        The number of examples.

    Raises:
        DataError: they do not.
    """
    if not isinstance(data, Mapping):
        raise DataError(f"{what}s must be a dictionary by population or layer, got a {type(data).__name__}")
    if not data:
        raise DataError(f"no {what}s given; pass a dictionary of population: {what}s")
    lengths = {str(key): _length(key, values, what) for key, values in data.items()}
    if len(set(lengths.values())) > 1:
        populations = "input" if what == "input" else "output"
        found = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise DataError(f"Each {populations} population must be provided with same number of {what}s, got {found}")
    if min(lengths.values()) == 0:
        raise DataError(f"there are no {what}s: the data are empty")
    for key, values in data.items():
        _check_finite(key, values, what)
    return next(iter(lengths.values()))


def cut(data: Mapping[Any, Any], start: int, stop: int) -> dict[Any, Any]:
    """The examples from `start` to before `stop`."""
    return {key: values[start:stop] for key, values in data.items()}


def batches(data: Mapping[Any, Any], batch_size: int) -> Iterator[dict[Any, Any]]:
    """Batches of `batch_size` examples; the last may hold fewer."""
    for start in range(0, len(next(iter(data.values()))), batch_size):
        yield cut(data, start, start + batch_size)


def timesteps_of_batches(timesteps: np.ndarray | None, batch_size: int) -> Iterable[np.ndarray | None]:
    """Those of the examples of each batch; None for as many as the network was compiled for."""
    if timesteps is None:
        return repeat(None)
    return (timesteps[start : start + batch_size] for start in range(0, len(timesteps), batch_size))


def distribute(keys: Sequence[Any], data: Any, what: str) -> dict[Any, Any]:
    """Data by population: of one population as they are, of several from a sequence or a dictionary.

    Raises:
        DataError: there is not one entry per population.
    """
    if isinstance(data, Mapping):
        return dict(data)
    if len(keys) == 1:
        return {keys[0]: data}
    if not isinstance(data, Sequence) or len(data) != len(keys):
        raise DataError(f"a batch must hold a sequence of {what}s for {len(keys)} populations")
    return dict(zip(keys, data, strict=True))


def check_num_batches(num_batches: Any) -> None:
    """Check a number of batches that a user gave.

    Raises:
        DescriptionError: it is neither None nor a number of batches.
    """
    if num_batches is not None and (not isinstance(num_batches, int | np.integer) or num_batches < 0):
        raise DescriptionError(
            f"num_batches must be a whole number at least 0, or None for all batches, got {num_batches!r}"
        )


@contextmanager
def named(where: object) -> Iterator[None]:
    """Begins the messages of data that do not fit with a name, as that of a population or of a batch."""
    try:
        yield
    except DataError as error:
        raise DataError(f"{where}: {error}") from error


def _length(key: Any, values: Any, what: str) -> int:
    try:
        return len(values)
    except TypeError:
        raise DataError(
            f"{key}: {what}s must be an array or a list with an entry for each example, got a "
            f"{type(values).__name__}; batches of a generator go to train_batch_iter or evaluate_batch_iter"
        ) from None


def _check_finite(key: Any, values: Any, what: str) -> None:
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        wrong = ~np.isfinite(values.reshape(len(values), -1)).all(axis=1)
    elif isinstance(values, list) and isinstance(values[0], list | np.ndarray):
        wrong = np.array([not _is_finite(entry) for entry in values])
    else:
        return
    if wrong.any():
        raise DataError(
            f"{key}: {int(wrong.sum())} {what}s hold NaN or infinity, the first is number {int(wrong.argmax())}"
        )


def _is_finite(entry: Any) -> bool:
    """Whether an entry holds no number that is not finite; what holds no numbers is somebody else's concern."""
    try:
        return bool(np.isfinite(entry).all())
    except (TypeError, ValueError):
        return True
