"""Lines of C text with indentation kept by context managers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import final

_INDENT = "    "


@final
class Buffer:
    """Text that grows line by line."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._depth = 0

    def line(self, text: str) -> None:
        """Adds one line at the present depth."""
        self._lines.append(_INDENT * self._depth + text)

    def lines(self, texts: Iterable[str]) -> None:
        """Adds several lines, each at the present depth on top of its own indentation."""
        for text in texts:
            self.line(text)

    @contextmanager
    def block(self, head: str = "", tail: str = "") -> Iterator[None]:
        """`head { ... } tail` around the lines added inside."""
        self.line(f"{head} {{" if head else "{")
        self._depth += 1
        yield
        self._depth -= 1
        self.line(f"}}{tail}")

    def text(self) -> str:
        """All lines, each ended by a newline."""
        return "".join(f"{line}\n" for line in self._lines)

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)
