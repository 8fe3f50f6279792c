"""Calibration examples in any of the forms in which users have them, as one array for each input."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ml_genn.errors import DataError

from .execute import real_array
from .ir import Array

FORMS = (
    "give an array (examples, ...), an iterable of (x, y) batches, a list with one of these for each input, "
    "or a mapping from input name to one of these"
)


def gather(norm_data: Any, inputs: Sequence[str]) -> dict[str, Array]:
    """The examples as {input name: array (examples, ...)}.

    An iterator is consumed once. A pair (x, y) is a batch, of which y is ignored.

    Raises DataError for anything else, naming the accepted forms, and for what are no real numbers.
    """
    if isinstance(norm_data, Mapping):
        missing = [name for name in inputs if name not in norm_data]
        if missing:
            raise DataError(f"calibration data lack the inputs {', '.join(missing)}; given: {', '.join(norm_data)}")
        return {name: real_array(_one_input(norm_data[name]), name) for name in inputs}
    if _is_per_input(norm_data, len(inputs)):
        return {name: real_array(_one_input(data), name) for name, data in zip(inputs, norm_data, strict=True)}
    if len(inputs) != 1:
        raise DataError(f"the model has the inputs {', '.join(inputs)}, the calibration data only one part; {FORMS}")
    return {inputs[0]: real_array(_one_input(norm_data), inputs[0])}


def _is_per_input(data: Any, inputs: int) -> bool:
    """Whether `data` is a list with one source for each input, rather than one source that happens to be a list."""
    if not isinstance(data, list) or len(data) != inputs:
        return False
    return all(not isinstance(part, tuple) and (_is_array(part) or isinstance(part, Iterable)) for part in data)


def _one_input(data: Any) -> Array:
    if _is_array(data):
        return np.asarray(data)
    if not isinstance(data, Iterable) or isinstance(data, str):
        raise DataError(f"calibration data of type {type(data).__name__} are not understood; {FORMS}")
    batches = [np.asarray(batch[0] if isinstance(batch, tuple) else batch) for batch in data]
    if not batches:
        raise DataError("the calibration data hold no examples; an iterator that was used up cannot be read again")
    if len({batch.shape[1:] for batch in batches}) > 1 or batches[0].ndim == 0:
        shapes = sorted({str(batch.shape) for batch in batches})
        raise DataError(f"the calibration batches have shapes {', '.join(shapes)} that do not fit together; {FORMS}")
    return np.concatenate(batches)


def _is_array(data: Any) -> bool:
    return hasattr(data, "shape") and hasattr(data, "dtype") and hasattr(data, "__array__")
