"""Which examples thresholds are chosen on: never those that the network is evaluated on."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import final

import numpy as np

from ..errors import DataError
from .dataset import Dataset
from .load import Shape, load_data, resolve

EXAMPLES = 2000
"""How many training examples of a source that knows its splits; every example of other files is used."""

_RANGE_FACTOR = 4.0


@final
@dataclass(frozen=True)
class CalibrationData:
    """Examples for calibration, and where they came from in words."""

    dataset: Dataset
    description: str


def load_calibration(
    data: str,
    norm_data: str | None = None,
    *,
    scale: float | str | Fraction | None = None,
    shape: Shape | None = None,
    expected_shape: Shape | None = None,
) -> CalibrationData | None:
    """The calibration examples for an evaluation on `data`: from `norm_data`, else from the training split.

    `digits` and IDX folders know their training split, of which the first 2,000 examples serve; of an npz or h5
    file every example does. None where `data` has no training split and `norm_data` is not given.

    Raises:
        DataError: the calibration data would be the evaluation data, or cannot be read.
    """
    evaluation = resolve(data)
    if norm_data is None and not evaluation.has_splits:
        return None
    source = resolve(norm_data or evaluation.place, "train")
    if (source.place, source.split) == (evaluation.place, evaluation.split):
        raise DataError(
            f"the calibration data would be the evaluation data {data}; "
            "thresholds are chosen on other examples, name them with --norm-data"
        )
    spec = norm_data or _unsplit(data)
    dataset = load_data(spec, scale=scale, shape=shape, split="train", expected_shape=expected_shape)
    if not source.has_splits:
        return CalibrationData(dataset, f"all {len(dataset):,} examples of {spec}")
    words = {"train": "training", "test": "test"}[source.split]
    place = spec.removesuffix(f":{source.split}")
    dataset = dataset.first(min(EXAMPLES, len(dataset)))
    return CalibrationData(dataset, f"first {len(dataset):,} {words} examples of {place}")


def range_warning(data: Dataset, calibration: Dataset) -> str | None:
    """A sentence where evaluation and calibration data look scaled differently, else None."""
    highest = float(np.abs(data.x).max())
    usual = float(np.abs(calibration.x).max())
    if usual / _RANGE_FACTOR <= highest <= usual * _RANGE_FACTOR:
        return None
    return (
        f"The largest absolute input is {highest:.4g} in the evaluation data and {usual:.4g} in the calibration "
        "data; is one of them scaled differently (--scale)?"
    )


def _unsplit(spec: str) -> str:
    return spec.removesuffix(":test").removesuffix(":train")
