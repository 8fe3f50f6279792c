"""Names and what there is to say of them, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True)
class Line:
    """A line of a property: as code (a path, a checksum) or as words; `before` is said before it."""

    text: str
    code: bool = False
    before: str = ""


@final
@dataclass(frozen=True)
class Property:
    """A name with its lines; a line may be given as a plain text."""

    name: str
    given: tuple[Line | str, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """All of them as lines."""
        return tuple(Line(line) if isinstance(line, str) else line for line in self.given)


def code(text: str, before: str = "") -> Line:
    """A line that is a path, a checksum or the like."""
    return Line(text, code=True, before=before)
