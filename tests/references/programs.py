"""Random programs of the modelling language: well typed, ending, with nothing of open meaning in C.

They use + - * / sqrt, comparisons, integers and conversions only, so every implementation must give the same bits.
"""

from __future__ import annotations

from random import Random

import numpy as np

from ml_genn.engines.embedded.language.types import (
    BOOL,
    DOUBLE,
    FLOAT,
    INT8,
    INT16,
    INT32,
    INT64,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    NumericType,
)

VARIABLES: dict[str, NumericType] = {
    "x": FLOAT,
    "y": FLOAT,
    "p": DOUBLE,
    "q": DOUBLE,
    "i": INT32,
    "u": UINT32,
    "l": INT64,
    "m": UINT64,
    "c": INT8,
    "b": UINT8,
    "h": INT16,
    "w": UINT16,
    "t": BOOL,
}

_INTEGER_LITERALS = (
    "0",
    "1",
    "2",
    "3",
    "7",
    "31",
    "64",
    "255",
    "100000",
    "2147483647",
    "1u",
    "5u",
    "4294967295u",
    "9l",
)
_FLOAT_LITERALS = ("0.0", "1.0", "0.5", "2.0f", "0.1", "3.7", "1e-3", "0.1f", "1e3", "123456789.0")
_INTEGER_ASSIGNMENTS = ("=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "^=")


class ProgramMaker:
    """Draws the text of one program from a source of random choices."""

    def __init__(self, random: Random, depth: int = 3) -> None:
        self.random = random
        self.depth = depth
        self.integers = [name for name, type_ in VARIABLES.items() if not type_.is_float]
        self.floats = [name for name, type_ in VARIABLES.items() if type_.is_float]
        self.declared = 0

    def program(self) -> str:
        """Several statements."""
        return self.statements(self.depth, in_loop=False)

    def statements(self, depth: int, *, in_loop: bool) -> str:
        """One to four statements; variables declared in them end with them."""
        kept = len(self.integers), len(self.floats)
        lines = [self.statement(depth, in_loop=in_loop) for _ in range(self.random.randint(1, 4))]
        del self.integers[kept[0] :], self.floats[kept[1] :]
        return "\n".join(lines)

    def statement(self, depth: int, *, in_loop: bool) -> str:
        """One statement."""
        kinds = [self.assignment, self.declaration]
        if depth > 0:
            kinds += [lambda: self.branch(depth - 1, in_loop), lambda: self.loop(depth - 1), self.switch]
        if in_loop:
            kinds.append(self.jump)
        return self.random.choice(kinds)()

    def assignment(self) -> str:
        """An assignment of one of C's kinds."""
        name = self.random.choice(self.integers + self.floats)
        if name in self.floats:
            return f"{name} {self.random.choice(['=', '+=', '-=', '*=', '/='])} {self.number(self.depth)};"
        if name != "t" and self.random.random() < 0.2:
            return self.random.choice([f"{name}++;", f"--{name};"])
        return f"{name} {self.random.choice(_INTEGER_ASSIGNMENTS)} {self.integer(self.depth)};"

    def declaration(self) -> str:
        """A new local variable."""
        self.declared += 1
        name = f"local{self.declared}"
        if self.random.random() < 0.5:
            type_ = self.random.choice(["int", "unsigned int", "int64_t", "uint8_t", "short"])
            text = f"{type_} {name} = {self.integer(2)};"
            self.integers.append(name)
        else:
            text = f"{self.random.choice(['float', 'double', 'scalar'])} {name} = {self.number(2)};"
            self.floats.append(name)
        return text

    def branch(self, depth: int, in_loop: bool) -> str:
        """If, perhaps with else."""
        text = f"if ({self.truth(2)}) {{\n{self.statements(depth, in_loop=in_loop)}\n}}"
        if self.random.random() < 0.5:
            text += f" else {{\n{self.statements(depth, in_loop=in_loop)}\n}}"
        return text

    def loop(self, depth: int) -> str:
        """A loop of at most five rounds, over a counter that nothing else changes."""
        self.declared += 1
        counter, rounds = f"count{self.declared}", self.random.randint(0, 5)
        body = self.statements(depth, in_loop=True)
        return self.random.choice(
            [
                f"for (int {counter} = 0; {counter} < {rounds}; {counter}++) {{\n{body}\n}}",
                f"int {counter} = {rounds}; while ({counter}-- > 0) {{\n{body}\n}}",
                f"int {counter} = {rounds}; do {{\n{body}\n}} while (--{counter} > 0 && {self.truth(1)});",
            ]
        )

    def switch(self) -> str:
        """A switch whose sections sometimes fall through."""
        sections = [
            f"case {label}: {self.assignment()} {self.random.choice(['break;', ''])}"
            for label in range(self.random.randint(1, 3))
        ]
        return f"switch (({self.integer(2)}) & 3) {{\n" + "\n".join(sections) + f"\ndefault: {self.assignment()}\n}}"

    def jump(self) -> str:
        """Leaves the loop or the round, sometimes."""
        return f"if ({self.truth(2)}) {{ {self.random.choice(['break', 'continue'])}; }}"

    def number(self, depth: int) -> str:
        """An expression of any type, of floats more often."""
        return self.integer(depth) if self.random.random() < 0.2 else self.floating(depth)

    def floating(self, depth: int) -> str:
        """An expression that is mostly of floats."""
        if depth == 0:
            return self.random.choice(self.floats + list(_FLOAT_LITERALS))
        left, right = self.number(depth - 1), self.number(depth - 1)
        return self.random.choice(
            [
                self.random.choice(self.floats),
                f"({left} {self.random.choice('+-*/')} {right})",
                f"({left} {self.random.choice('+-*/')} {right})",
                f"({self.truth(depth - 1)} ? {left} : {right})",
                f"{self.random.choice(['min', 'max'])}({left}, {right})",
                f"sqrt(fabs({left}))",
                f"(-{left})",
                f"(float)({left})",
            ]
        )

    def integer(self, depth: int) -> str:
        """An expression of integers."""
        if depth == 0:
            return self.random.choice(self.integers + list(_INTEGER_LITERALS))
        left, right = self.integer(depth - 1), self.integer(depth - 1)
        kind = self.random.choice(["int", "unsigned int", "int64_t", "uint64_t", "int8_t", "uint16_t"])
        return self.random.choice(
            [
                self.random.choice(self.integers),
                f"({left} {self.random.choice(['+', '-', '*', '/', '%', '<<', '>>', '&', '|', '^'])} {right})",
                f"({left} {self.random.choice(['+', '-', '*', '/', '%', '<<', '>>', '&', '|', '^'])} {right})",
                f"({self.truth(depth - 1)} ? {left} : {right})",
                f"({kind})({self.number(depth - 1)})",
                f"(~({left}))",
                f"(-({left}))",
                f"({self.truth(depth - 1)} + {left})",
            ]
        )

    def truth(self, depth: int) -> str:
        """A condition."""
        if depth == 0:
            return self.random.choice(["t", "true", "(i > 0)", "(x < y)"])
        comparison = self.random.choice(["<", "<=", ">", ">=", "==", "!="])
        return self.random.choice(
            [
                f"({self.number(depth - 1)} {comparison} {self.number(depth - 1)})",
                f"({self.integer(depth - 1)} {comparison} {self.integer(depth - 1)})",
                f"({self.truth(depth - 1)} {self.random.choice(['&&', '||'])} {self.truth(depth - 1)})",
                f"(!{self.truth(depth - 1)})",
            ]
        )


def values_of(type_: NumericType, random: Random, count: int) -> np.ndarray:
    """Values of every size, with zero, one and the limits among them."""
    if type_.kind == "bool":
        return np.array([random.random() < 0.5 for _ in range(count)])
    if type_.is_float:
        special = [0.0, -0.0, 1.0, -2.5, np.inf, np.nan, 1e20]
        values = [random.choice(special) if random.random() < 0.3 else random.gauss(0, 30) for _ in range(count)]
        with np.errstate(over="ignore"):
            return np.array(values).astype(type_.dtype)
    info = np.iinfo(type_.dtype)
    special = [0, 1, 2, int(info.min), int(info.max)]
    values = [
        random.choice(special)
        if random.random() < 0.4
        else random.randint(int(info.min), int(info.max)) >> random.randrange(type_.bits)
        for _ in range(count)
    ]
    return np.array(values, type_.dtype)
