"""Rows of serialisers: arrays go to files and come back."""

from __future__ import annotations

import tempfile
from typing import Any

import numpy as np

from ml_genn.serialisers import HDF5, Numpy
from tests.conformance.table import ObjectRow

EXAMPLES = np.random.default_rng(5).normal(size=(3, 4, 2)).astype(np.float32)


def stored(serialiser: Any, examples: np.ndarray, batch_size: int) -> Any:
    """Each example, stored in a folder of its own and read back, alone and among others."""
    with tempfile.TemporaryDirectory() as folder:
        there = type(serialiser)(folder)
        for index, array in enumerate(examples):
            there.serialise((index // batch_size, f"owner{index}", "g"), array)
        return [
            [there.deserialise((index // batch_size, f"owner{index}", "g")), found["g"]]
            for index in range(len(examples))
            if len(found := there.deserialise_all((index // batch_size, f"owner{index}"))) == 1
        ]


ROWS = tuple(
    ObjectRow(make=cls, runs=stored, examples=EXAMPLES, reference=lambda x: np.stack([x, x], axis=1))
    for cls in (HDF5, Numpy)
)
