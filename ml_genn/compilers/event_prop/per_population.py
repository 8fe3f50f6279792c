"""Arguments that are one number for all populations of a kind, or a number for some of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...errors import DescriptionError
from ...layer import underlying_population
from ...population import Population
from ...values import is_number


def per_population(
    name: str,
    given: Any,
    populations: Sequence[Population],
    *,
    default: float = 0.0,
    below: float = np.inf,
    kind: str = "hidden",
) -> dict[Population, float]:
    """The number of each population.

    Args:
        name: name of the argument, for messages.
        given: a number of at least 0, or a dictionary of numbers by population or layer.
        populations: the populations.
        default: number of those that the dictionary leaves out.
        below: what numbers have to be below.
        kind: what the populations are, for messages.

    Raises:
        DescriptionError: it is neither, or names another population.
    """
    if not isinstance(given, Mapping):
        return dict.fromkeys(populations, _checked(name, given, below))
    numbers = {underlying_population(key): _checked(f"{name}[{key}]", value, below) for key, value in given.items()}
    others = [str(population) for population in numbers if population not in populations]
    if others:
        known = ", ".join(map(str, populations)) or "none"
        raise DescriptionError(f"{name}: {others[0]} is no {kind} population; {kind} ones are {known}")
    return {population: numbers.get(population, default) for population in populations}


def _checked(name: str, value: Any, below: float) -> float:
    if not is_number(value) or not 0 <= value < below:
        bound = "" if np.isinf(below) else f" and below {below:g}"
        raise DescriptionError(
            f"{name} must be a finite number of at least 0{bound}, or a dictionary of these by population, "
            f"got {value!r}"
        )
    return float(value)
