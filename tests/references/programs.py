"""Random programs of the modelling language: well typed, ending, with nothing of open meaning in C.

They use + - * / sqrt, comparisons, integers and conversions only, so every implementation must give the same bits. Rich
ones add pointers, random numbers, the maths library, nested switches, shadowing and more forms of loops; functions that
libraries compute differently in the last places then go to variables that nothing reads, `z` and `zf`.
"""

from __future__ import annotations

import re
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
_INTEGER_TYPES = """bool, char, short, int, long, int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t,
uint64_t, size_t, unsigned char, unsigned short, unsigned int, unsigned long, long long"""
_INTEGER_ASSIGNMENTS = ("=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "^=")


TABLE = 16
"""Elements of the arrays that rich programs read, `table` of scalar and `counts` of int."""

SINKS: dict[str, NumericType] = {"z": DOUBLE, "zf": FLOAT}

_EXACT_OF_ONE = ("fabs", "ceil", "floor", "round", "trunc", "rint", "nearbyint")
_EXACT_OF_TWO = ("fmod", "remainder", "fmin", "fmax", "min", "max", "copysign", "fdim")
_INEXACT_OF_ONE = """exp exp2 expm1 log log2 log10 log1p cbrt sin cos tan asin acos atan sinh cosh tanh asinh acosh
atanh erf erfc"""
_INEXACT_OF_TWO = ("pow", "hypot", "atan2")
_DRAWN = ("gennrand_normal()", "gennrand_exponential()", "gennrand_log_normal(0.5, 0.25)")


def integer_types() -> list[str]:
    """All names of integer types."""
    return _INTEGER_TYPES.replace("\n", " ").split(", ")


class ProgramMaker:
    """Draws the text of one program from a source of random choices.

    `rich`: with all of the language; `own`: with stores to `own[id]` too.
    """

    def __init__(self, random: Random, depth: int = 3, *, rich: bool = False, own: bool = False) -> None:
        self.random = random
        self.depth = depth
        self.rich = rich
        self.own = own
        self.integers = [name for name, type_ in VARIABLES.items() if not type_.is_float]
        self.floats = [name for name, type_ in VARIABLES.items() if type_.is_float]
        self.declared = 0
        self.in_block: set[str] = set()

    def program(self) -> str:
        """Several statements."""
        text = self.statements(self.depth, in_loop=False)
        if self.rich and self.random.random() < 0.05:
            # last, because engines whose logarithms differ in the last place may draw differently often
            text += f"\nz = gennrand_gamma({self.random.choice(['0.5', '1.0', '3.5', '-1.0'])});"
        return text

    def statements(self, depth: int, *, in_loop: bool) -> str:
        """One to four statements; variables declared in them end with them."""
        kept = len(self.integers), len(self.floats)
        outer, self.in_block = self.in_block, set()
        lines = [self.statement(depth, in_loop=in_loop) for _ in range(self.random.randint(1, 4))]
        del self.integers[kept[0] :], self.floats[kept[1] :]
        self.in_block = outer
        return "\n".join(lines)

    def statement(self, depth: int, *, in_loop: bool) -> str:
        """One statement."""
        kinds = [self.assignment, self.declaration]
        if self.rich:
            kinds += [self.rich_assignment, self.sink]
            if depth > 0:
                kinds += [lambda: self.rich_switch(depth - 1), lambda: self.rich_loop(depth - 1)]
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

    def rich_assignment(self) -> str:
        """Several at once, of an element, or of what a variable was before."""
        a, b = self.random.sample(sorted(set(self.floats)), 2)
        texts = [f"{a} = {b} = {self.number(2)};"]
        if self.own:
            texts += [f"own[id] {self.random.choice(['=', '+=', '-=', '*='])} {self.number(2)};"] * 2
        a, b = (self.random.choice([name for name in self.integers if name != "t"]) for _ in range(2))
        if a != b:
            texts.append(f"{a} = {b}{self.random.choice(['++', '--'])};")
        return self.random.choice(texts)

    def sink(self) -> str:
        """A function of last places that differ, into a variable that nothing reads."""
        a, b = self.number(1), self.number(1)
        call = self.random.choice(
            [
                f"{self.random.choice(_INEXACT_OF_ONE.split())}({a})",
                f"{self.random.choice(_INEXACT_OF_ONE.split())}({a})",
                f"{self.random.choice(_INEXACT_OF_TWO)}({a}, {b})",
                self.random.choice(_DRAWN),
            ]
        )
        return f"{self.random.choice(list(SINKS))} = {call};"

    def declaration(self) -> str:
        """A new local variable; in rich programs it sometimes hides another or has no value."""
        self.declared += 1
        name = f"local{self.declared}"
        if self.rich:
            return self.rich_declaration(name)
        if self.random.random() < 0.5:
            type_ = self.random.choice(["int", "unsigned int", "int64_t", "uint8_t", "short"])
            text = f"{type_} {name} = {self.integer(2)};"
            self.integers.append(name)
        else:
            text = f"{self.random.choice(['float', 'double', 'scalar'])} {name} = {self.number(2)};"
            self.floats.append(name)
        return text

    def rich_declaration(self, name: str) -> str:
        is_integer = self.random.random() < 0.5
        group = self.integers if is_integer else self.floats
        types = integer_types() if is_integer else ["float", "double", "scalar", "timepoint"]
        value = self.integer(2) if is_integer else self.number(2)
        hidden = self.random.choice(group)
        if (
            self.random.random() < 0.2
            and hidden not in (*self.in_block, "t")
            and not re.search(rf"\b{hidden}\b", value)
        ):
            name = hidden
        self.in_block.add(name)
        type_ = self.random.choice(types)
        text = f"{type_} {name};" if self.random.random() < 0.1 else f"{type_} {name} = {value};"
        group.append(name)
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

    def rich_loop(self, depth: int) -> str:
        """A loop that only `break` ends, or with two counters."""
        self.declared += 1
        counter, limit, rounds = f"count{self.declared}", f"limit{self.declared}", self.random.randint(0, 4)
        name = self.random.choice(self.floats)
        body = self.statements(depth, in_loop=True)
        return self.random.choice(
            [
                f"int {counter} = 0; while (true) {{\nif ({counter}++ >= {rounds}) break;\n{body}\n}}",
                f"for (int {counter} = 0, {limit} = {rounds}; {counter} < {limit}; {counter} += 2, {name} += 0.5) "
                f"{{\n{body}\n}}",
                f"for (short {counter} = 0; ; ++{counter}) {{\nif ({counter} == {rounds}) {{ break; }}\n{body}\n}}",
            ]
        )

    def rich_switch(self, depth: int) -> str:
        """A switch whose sections hold statements of all kinds, with several labels or no default."""
        sections = []
        for label in range(0, 2 * self.random.randint(1, 3), 2):
            more = f" case {label + 1}:" if self.random.random() < 0.3 else ""
            jump = self.random.choice(["break;", "", f"if ({self.truth(1)}) {{ break; }}"])
            sections.append(f"case {label}:{more} {{ {self.statements(depth, in_loop=False)} }} {jump}")
        if self.random.random() < 0.7:
            sections.append(f"default: {self.assignment()}")
        return f"switch (({self.integer(2)}) & 7) {{\n" + "\n".join(sections) + "\n}"

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
        if self.rich and self.random.random() < 0.3:
            return self.rich_floating(depth)
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

    def rich_floating(self, depth: int) -> str:
        """An element, a random number or a function of one right result."""
        left, right = self.number(depth - 1), self.number(depth - 1)
        return self.random.choice(
            [
                f"table[{self.place(depth)}]",
                "own[id]" if self.own else "*table",
                "gennrand_uniform()",
                self.random.choice(["dt", "time"]),
                f"{self.random.choice(_EXACT_OF_ONE)}({left})",
                f"{self.random.choice(_EXACT_OF_TWO)}({left}, {right})",
                f"ldexp({left}, (int)(({self.integer(depth - 1)}) & 31) - 16)",
                f"({self.random.choice(['isnan', 'isinf', 'isfinite'])}({left}) ? {right} : {left})",
            ]
        )

    def rich_integer(self, depth: int) -> str:
        """An element, a random number, an index or a function of integers."""
        left, right = self.integer(depth - 1), self.integer(depth - 1)
        return self.random.choice(
            [
                f"counts[{self.place(depth)}]",
                "gennrand()",
                "id",
                f"gennrand_binomial((unsigned int)({left}) & 7u, gennrand_uniform())",
                f"{self.random.choice(['min', 'max'])}({left}, {right})",
                f"abs({left})",
                f"({self.random.choice(integer_types())})({self.number(depth - 1)})",
            ]
        )

    def place(self, depth: int) -> str:
        """An index inside `table` and `counts`."""
        return f"({self.integer(depth - 1)}) & {TABLE - 1}"

    def integer(self, depth: int) -> str:
        """An expression of integers."""
        if depth == 0:
            return self.random.choice(self.integers + list(_INTEGER_LITERALS))
        if self.rich and self.random.random() < 0.25:
            return self.rich_integer(depth)
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
