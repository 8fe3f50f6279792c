"""Statements of checked code, without the blocks around them."""

from __future__ import annotations

from collections.abc import Iterator

from ml_genn.engines.embedded.language.tree import Block, Statement


def flat(statement: Statement) -> Iterator[Statement]:
    """The statements of a block and of those inside it, in order; another statement is itself."""
    if isinstance(statement, Block):
        for one in statement.statements:
            yield from flat(one)
    else:
        yield statement
