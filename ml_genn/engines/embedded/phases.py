"""Phases of a model as its user sees them: parameters that change together, and for which code is specialised."""

from __future__ import annotations

from math import prod
from typing import final

from ml_genn.engines.embedded.declarations import refuse_unknown
from ml_genn.engines.embedded.plan.description import Phase
from ml_genn.errors import DescriptionError, UnsupportedError

_MOST_STEPS = 16
"""Specialised steps that one model may have."""


@final
class Phases:
    """The declared phases of a model, by name, and their present values."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._sizes: dict[str, int] = {}
        self.values: dict[str, int] = {}

    def declare(self, name: str, num_values: int) -> None:
        """Adds a phase."""
        if num_values < 2:
            raise DescriptionError(f"{self._where}: the phase '{name}' needs at least two values, got {num_values}")
        if prod(self._sizes.values()) * num_values > _MOST_STEPS:
            raise UnsupportedError(
                f"{self._where}: with the phase '{name}' there are more than {_MOST_STEPS} combinations of phases, "
                f"each of which is compiled; make it a dynamic parameter"
            )
        self._sizes[name] = num_values
        self.values[name] = 0

    def set(self, name: str, value: int) -> None:
        """Changes the present value of a phase."""
        refuse_unknown(f"{self._where}: phase", (name,), self._sizes)
        if value != int(value) or not 0 <= value < self._sizes[name]:
            raise DescriptionError(
                f"{self._where}: the phase '{name}' is a whole number from 0 to {self._sizes[name] - 1}, got {value}"
            )
        self.values[name] = int(value)

    def restart(self) -> None:
        """All phases become 0."""
        self.values = dict.fromkeys(self._sizes, 0)

    @property
    def index(self) -> int:
        """Number of the present combination, the first phase counting most."""
        number = 0
        for name, size in self._sizes.items():
            number = number * size + self.values[name]
        return number

    def describe(self) -> tuple[Phase, ...]:
        """The phases as plain data."""
        return tuple(Phase(name, size) for name, size in self._sizes.items())
