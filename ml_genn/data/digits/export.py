"""Writes optical_digits.npz from scikit-learn's copy: `python -m ml_genn.data.digits.export`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from . import FILE

TEST_EXAMPLES = 360


def stratified_test_mask(y: NDArray[np.integer], test_examples: int = TEST_EXAMPLES) -> NDArray[np.bool_]:
    """Mark the test examples: sort by class, keeping the order within it, and take evenly spaced ones.

    Of n examples in class order, those at positions floor((i + 1/2) n / m) for i = 0 .. m - 1. Every class then
    has its share of the m test examples to within one, and no random numbers are involved.
    """
    order = np.argsort(y, kind="stable")
    position = ((2 * np.arange(test_examples) + 1) * len(y)) // (2 * test_examples)
    mask = np.zeros(len(y), dtype=np.bool_)
    mask[order[position]] = True
    return mask


def export(path: Path) -> None:
    """Write arrays x (1797, 8, 8) uint8, y (1797,) uint8 and test (1797,) bool."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    np.savez_compressed(
        path, x=x.reshape(-1, 8, 8).astype(np.uint8), y=y.astype(np.uint8), test=stratified_test_mask(y)
    )


if __name__ == "__main__":
    export(FILE)
