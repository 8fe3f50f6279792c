"""Program texts with a few random faults: tokens lost, doubled, exchanged or replaced, characters added, tails cut."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

_TOKEN = re.compile(r"\w+|<<=|>>=|<<|>>|&&|\|\||[-+*/%&|^=!<>]=|\+\+|--|\s+|.")
_WORDS = """x y p q i u l m c b h w t z zf id dt time table counts own local1 count2 nothing scalar int bool float const
unsigned void struct while for do if else switch case default break continue return goto sizeof true false NULL
exp pow min gennrand gennrand_uniform addToPost injectCurrent printf 0 1 7u 010 0xff 1.5 2.5f .5 1e9 1e400
99999999999999999999 0x ' " # $( @ { } ( ) [ ] ; , : ? . -> ~ ! % & && || << >>= = == != += ++ -- // /* */ \\"""
_OPERATORS = "+ - * / % & | ^ << >> < <= > >= == != && ||"
_CHARACTERS = "\0\t\n\r \\\"'#$@`{}()[];,.:?~!%^&*-+=|<>/09azé\u2028𝄞"


def broken(text: str, random: Random) -> str:
    """The text with one to three faults; about a third of such texts are programs still."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        text = random.choice(_FAULTS)(text, random)
    return text


def _of_tokens(change: Callable[[list[str], int, Random], None]) -> Callable[[str, Random], str]:
    def fault(text: str, random: Random) -> str:
        tokens = _TOKEN.findall(text)
        places = [place for place, token in enumerate(tokens) if not token.isspace()]
        if places:
            change(tokens, random.choice(places), random)
        return "".join(tokens)

    return fault


def _lose(tokens: list[str], place: int, _: Random) -> None:
    del tokens[place]


def _double(tokens: list[str], place: int, _: Random) -> None:
    tokens.insert(place, tokens[place])


def _exchange(tokens: list[str], place: int, random: Random) -> None:
    other = random.randrange(len(tokens))
    tokens[place], tokens[other] = tokens[other], tokens[place]


def _replace(tokens: list[str], place: int, random: Random) -> None:
    tokens[place] = random.choice(_WORDS.split())


def _replace_alike(tokens: list[str], place: int, random: Random) -> None:
    """By another token of the program, which more often is still a program."""
    for kind in (str.isidentifier, _is_operator, _is_number):
        if kind(tokens[place]):
            tokens[place] = random.choice([token for token in tokens if kind(token)])


def _is_operator(token: str) -> bool:
    return token in _OPERATORS.split()


def _is_number(token: str) -> bool:
    return token[0].isdigit()


def _line(text: str, random: Random) -> str:
    """A line lost, doubled or put elsewhere."""
    lines = text.split("\n")
    line = lines.pop(random.randrange(len(lines)))
    for _ in range(random.randint(0, 2)):
        lines.insert(random.randint(0, len(lines)), line)
    return "\n".join(lines)


def _character(text: str, random: Random) -> str:
    place = random.randrange(len(text) + 1)
    return text[:place] + random.choice(_CHARACTERS) + text[place + random.randint(0, 1) :]


def _cut(text: str, random: Random) -> str:
    return text[: random.randrange(len(text) + 1)]


_FAULTS: tuple[Callable[[str, Random], str], ...] = (
    *map(_of_tokens, (_lose, _double, _exchange, _replace, *[_replace_alike] * 8)),
    *[_line] * 4,
    _character,
    _cut,
)
