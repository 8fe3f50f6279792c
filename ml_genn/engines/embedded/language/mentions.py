"""Which names a code string mentions, before anyone knows what they mean."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from ml_genn.engines.embedded.language.errors import Code
from ml_genn.engines.embedded.language.scanner import TokenKind, scan


@lru_cache(maxsize=1024)
def mentioned(code: str, where: str) -> frozenset[str]:
    """Names in the code, local variables and functions included; errors as of `scan`."""
    return frozenset(token.text for token in scan(Code(where, code)) if token.kind is TokenKind.NAME)


@lru_cache(maxsize=1024)
def indexed(code: str, where: str) -> frozenset[str]:
    """Names that a `[` follows somewhere in the code."""
    pairs = pairwise(scan(Code(where, code)))
    return frozenset(token.text for token, after in pairs if token.kind is TokenKind.NAME and after.text == "[")
