"""The error of a code string: where it is, the line, a caret under the place, the reason and the nearest names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from ml_genn.engines.embedded.language.tree import Position
from ml_genn.errors import MlGennError


@final
class ModelCodeError(MlGennError):
    """A code string that the modelling language cannot mean.

    Its fields say what its text shows: `where` names the code (`hidden.sim_code`), `source` is all of it, `position`
    the place, `reason` what is wrong there, and `suggestions` the names that may have been meant, nearest first.
    """

    def __init__(
        self, where: str, source: str, position: Position, reason: str, suggestions: Iterable[str] = ()
    ) -> None:
        self.where = where
        self.source = source
        self.position = position
        self.reason = reason
        self.suggestions = tuple(suggestions)
        super().__init__(where, source, position, reason, self.suggestions)

    def __str__(self) -> str:
        place = f"{self.where}:{self.position.line}:{self.position.column}"
        line, column = _excerpt(_printable(self.source.split("\n")[self.position.line - 1]), self.position.column)
        return f"{place}: {self.reason}{_meant(self.suggestions)}\n  {line}\n  {' ' * (column - 1)}^"


@final
@dataclass(frozen=True)
class Code:
    """A code string and what to call it in an error."""

    where: str
    source: str

    def error(self, position: Position, reason: str, suggestions: Iterable[str] = ()) -> ModelCodeError:
        """The error to raise for a fault at `position`."""
        return ModelCodeError(self.where, self.source, position, reason, suggestions)


def nearest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Returns up to three of the known names that look like `name`, nearest first; case counts least."""
    by_folded: dict[str, str] = {}
    for candidate in sorted(known):
        by_folded.setdefault(candidate.casefold(), candidate)
    matches = difflib.get_close_matches(name.casefold(), by_folded, n=3, cutoff=0.65)
    return tuple(by_folded[match] for match in matches)


def _meant(suggestions: tuple[str, ...]) -> str:
    if not suggestions:
        return ""
    *others, last = (f"'{name}'" for name in suggestions)
    return f" (did you mean {', '.join(others)} or {last}?)" if others else f" (did you mean {last}?)"


def _excerpt(line: str, column: int, width: int = 100) -> tuple[str, int]:
    """A part of a long line around the column, with dots where it is cut, and the column's place in it."""
    first = max(0, min(column - 1 - width // 2, len(line) - width))
    head, tail = "..." if first else "", "..." if len(line) > first + width else ""
    return f"{head}{line[first : first + width]}{tail}", column - first + len(head)


def _printable(line: str) -> str:
    """The line with every character that would move the caret or the terminal replaced by one blank."""
    return "".join(character if character.isprintable() else " " for character in line).rstrip()
