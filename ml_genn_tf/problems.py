"""What stands in the way of a conversion, one line for each layer; all of a model's problems are told at
once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

from ml_genn.errors import UnsupportedModelError


@final
@dataclass(frozen=True)
class Problem:
    """A layer that cannot be converted: its name, its Keras class, the reason, and what the user can do."""

    layer: str
    class_name: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.layer} ({self.class_name}) {self.reason}; {self.remedy}"


@final
class Refusal(Exception):
    """Raised by a translator or a pass that meets something it does not handle; becomes a `Problem`."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}; {remedy}")
        self.reason = reason
        self.remedy = remedy


def shortened(problems: Sequence[Problem]) -> list[Problem]:
    """For people to read: a remedy that an earlier problem names already becomes "as above"."""
    first = {problem.remedy: problem for problem in reversed(problems)}
    return [
        problem if first[problem.remedy] is problem else replace(problem, remedy="as above") for problem in problems
    ]


def unsupported(model_name: str, problems: Sequence[Problem]) -> UnsupportedModelError:
    """The error that lists all problems of a model."""
    lines = "".join(f"\n  - {problem}" for problem in shortened(problems))
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return UnsupportedModelError(f"{model_name} cannot be converted, {count}:{lines}", problems)
