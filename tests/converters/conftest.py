"""Shared by the tests of the converter: quiet TensorFlow, the data folder, models with random weights."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

Randomise = Callable[..., Any]


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data and models; the test is skipped without it."""
    folder = os.environ.get("ML_GENN_DATA")
    if not folder:
        pytest.skip("needs the data folder: set ML_GENN_DATA")
    return Path(folder)


def randomised(model: Any, seed: int = 0) -> Any:
    """The model with random weights in all variables; variances are positive."""
    generator = np.random.default_rng(seed)
    for variable in model.variables:
        values = generator.normal(0.0, 0.5, variable.shape)
        if variable.name == "moving_variance":
            values = generator.uniform(0.5, 2.0, variable.shape)
        if np.issubdtype(np.dtype(variable.dtype), np.floating):
            variable.assign(values.astype(np.float32))
    return model


def nonnegative(shape: tuple[int, ...], examples: int = 5, seed: int = 1) -> np.ndarray:
    """Random data between 0 and 1."""
    return np.random.default_rng(seed).random((examples, *shape), dtype=np.float32)


def signed(shape: tuple[int, ...], examples: int = 5, seed: int = 1) -> np.ndarray:
    """Random data around 0."""
    return np.random.default_rng(seed).normal(size=(examples, *shape)).astype(np.float32)
