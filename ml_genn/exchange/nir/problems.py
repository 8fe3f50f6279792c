"""What stands in the way of an exchange: collected, and told all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from ...errors import MlGennError, UnsupportedModelError


@final
class Refusal(MlGennError):
    """One thing that cannot be expressed; collected by whoever walks the network.

    Args:
        reason: why not.
        remedy: what to do.
    """

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}; {remedy}")
        self.reason = reason
        self.remedy = remedy


@final
@dataclass(frozen=True)
class Problem:
    """A refusal with its culprit."""

    owner: str
    class_name: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.owner} ({self.class_name}): {self.reason}; {self.remedy}"


def refuse_all(what: str, problems: Sequence[Problem]) -> None:
    """Raise one error that lists all problems, if there are any.

    Raises:
        UnsupportedModelError: there are.
    """
    if problems:
        lines = "".join(f"\n  {problem}" for problem in problems)
        raise UnsupportedModelError(f"{what}:{lines}", problems)
