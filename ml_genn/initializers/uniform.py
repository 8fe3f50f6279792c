"""Uniformly distributed initial values."""

from __future__ import annotations

from typing import final

import numpy as np

from ..errors import DescriptionError
from ..values import Value
from .initializer import Initializer, InitializerSnippet


@final
class Uniform(Initializer):
    """Values spread evenly over an interval.

    Args:
        min: lower end.
        max: upper end, not below `min`.

    Raises:
        DescriptionError: the ends are no such numbers.
    """

    min = Value("min", constant=True, finite=True)
    max = Value("max", constant=True, finite=True)

    def __init__(self, min: float = 0.0, max: float = 1.0) -> None:
        self.min = min
        self.max = max
        if self.min > self.max:
            raise DescriptionError(f"Uniform: min must not be above max, got {min} and {max}")

    def get_snippet(self) -> InitializerSnippet:
        return InitializerSnippet("Uniform", {"min": self.min, "max": self.max})

    def sample(self, generator: np.random.Generator, count: int) -> np.ndarray:
        return generator.uniform(self.min, self.max, count)
