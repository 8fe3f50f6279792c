"""Arguments that are one number for all hidden populations, or a number for some of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...errors import DescriptionError
from ...layer import underlying_population
from ...population import Population
from ...values import is_number


def per_population(name: str, given: Any, hidden: Sequence[Population], default: float) -> dict[Population, float]:
    """The number of each hidden population.

    Args:
        name: name of the argument, for messages.
        given: a number, or a dictionary of numbers by population or layer.
        hidden: the hidden populations.
        default: number of the populations that the dictionary leaves out.

    Raises:
        DescriptionError: it is neither, or names a population that is not hidden.
    """
    if not isinstance(given, Mapping):
        return dict.fromkeys(hidden, _checked(name, given))
    numbers = {underlying_population(key): _checked(f"{name}[{key}]", value) for key, value in given.items()}
    others = [str(population) for population in numbers if population not in hidden]
    if others:
        known = ", ".join(map(str, hidden)) or "none"
        raise DescriptionError(f"{name}: {others[0]} is no hidden population; hidden ones are {known}")
    return {population: numbers.get(population, default) for population in hidden}


def _checked(name: str, value: Any) -> float:
    if not is_number(value) or not np.isfinite(value) or value < 0:
        raise DescriptionError(
            f"{name} must be a finite number of at least 0, or a dictionary of these by population, got {value!r}"
        )
    return float(value)
