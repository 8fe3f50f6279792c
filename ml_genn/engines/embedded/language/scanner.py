"""Code string -> tokens: names, numbers and operators with their positions; comments and white space fall away.

The language has no preprocessor, characters or strings; what begins one is refused here, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import final

from ml_genn.engines.embedded.language.errors import Code
from ml_genn.engines.embedded.language.tree import Position


class TokenKind(Enum):
    """What a token is before anyone knows what it means."""

    NAME = "name"
    NUMBER = "number"
    OPERATOR = "operator"
    END = "end"


@final
@dataclass(frozen=True)
class Token:
    """A piece of the code; the text of the last one, `END`, is empty."""

    kind: TokenKind
    text: str
    position: Position

    @property
    def end(self) -> Position:
        """The place just behind the token, where something missing would have stood."""
        return Position(self.position.line, self.position.column + len(self.text))

    def __str__(self) -> str:
        return f"'{self.text}'" if self.text else "the end of the code"


# longest first, for `<<=` to be one token
OPERATORS = (
    *("<<=", ">>="),
    *("++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="),
    *(
        "+",
        "-",
        "*",
        "/",
        "%",
        "<",
        ">",
        "=",
        "!",
        "~",
        "&",
        "|",
        "^",
        "?",
        ":",
        ";",
        ",",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
    ),
)

REFUSED = {
    '"': "strings are not part of the language",
    "'": "characters in quotes are not part of the language; write their number",
    "#": "the language has no preprocessor; give constants as parameters",
    "$": "$(name) belongs to older versions of GeNN; write the plain name",
    ".": "structures are not part of the language, and a number needs digits before or after its point",
    "->": "structures are not part of the language",
    "/*": "this comment is never closed; write */ behind it",
}

_PATTERN = re.compile(
    r"(?P<blank>[ \t\r\n\v\f]+|//[^\n]*|/\*.*?\*/)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[A-Za-z0-9_]*)"
    rf"|(?P<refused>{'|'.join(map(re.escape, sorted(REFUSED, key=len, reverse=True)))})"
    rf"|(?P<operator>{'|'.join(map(re.escape, OPERATORS))})"
    r"|(?P<unknown>.)",
    re.DOTALL,
)


@lru_cache(maxsize=1024)  # what a code mentions is asked before it is parsed
def scan(code: Code) -> tuple[Token, ...]:
    """Returns the tokens of a code string, the last of which is `END`.

    Raises:
        ModelCodeError: a character, a string, an open comment or a directive that no code may hold.
    """
    return tuple(_tokens(code))


def _tokens(code: Code) -> Iterator[Token]:
    line, line_start = 1, 0
    for match in _PATTERN.finditer(code.source):
        text = match.group()
        position = Position(line, match.start() - line_start + 1)
        if match.lastgroup == "refused":
            raise code.error(position, REFUSED[text])
        if match.lastgroup == "unknown":
            raise code.error(position, f"unexpected character {text!a}")
        if match.lastgroup != "blank":
            yield Token(TokenKind(match.lastgroup), text, position)
        if newlines := text.count("\n"):
            line, line_start = line + newlines, match.start() + text.rindex("\n") + 1
    yield Token(TokenKind.END, "", Position(line, len(code.source) - line_start + 1))
