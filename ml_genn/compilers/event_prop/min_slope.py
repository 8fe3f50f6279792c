"""The least slope of a voltage at the threshold that gradients take at its word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...errors import DescriptionError
from ...population import Population
from .per_population import per_population

MIN_SLOPE = 1e-3


def min_slopes(given: Any, populations: Sequence[Population]) -> dict[Population, float]:
    """The least slope of each population [1/ms].

    Args:
        given: a number, or a dictionary of numbers by population or layer.
        populations: those with a threshold.

    Raises:
        DescriptionError: it is neither, not positive, or names a population without threshold.
    """
    found = per_population("min_slope", given, populations, default=MIN_SLOPE, kind="spiking")
    if 0.0 in found.values():
        raise DescriptionError(
            "min_slope must be above 0 /ms: where V just touches the threshold, 1 / slope is infinite"
        )
    return found
