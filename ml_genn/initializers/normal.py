"""Normally distributed initial values."""

from __future__ import annotations

from typing import final

import numpy as np

from ..values import Value
from .initializer import Initializer, InitializerSnippet


@final
class Normal(Initializer):
    """Values from a normal distribution.

    Args:
        mean: mean.
        sd: standard deviation, not negative.
    """

    mean = Value("mean", constant=True, finite=True)
    sd = Value("sd", constant=True, finite=True, low=0)

    def __init__(self, mean: float = 0.0, sd: float = 1.0) -> None:
        self.mean = mean
        self.sd = sd

    def get_snippet(self) -> InitializerSnippet:
        return InitializerSnippet("Normal", {"mean": self.mean, "sd": self.sd})

    def sample(self, generator: np.random.Generator, count: int) -> np.ndarray:
        return generator.normal(self.mean, self.sd, count)
