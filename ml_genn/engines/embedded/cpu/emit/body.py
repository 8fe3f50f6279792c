"""The code of one neuron after another, in one of two shapes.

One by one, a loop over neurons holds all of it:        In lanes, where code has loops that all neurons run alike:

    for each neuron:                                        for each run of GEN_LANES neurons:
        load                                                    for each lane: load
        { code }                                                for each lane: { code before the loop }
        store                                                   loop:  for each lane: { its body }
                                                                for each lane: { code after it };  store

The second keeps every variable in an array of lanes, so that each inner loop vectorises. Branches that few neurons take
(rare.py) stand apart: `for each lane: note who takes it;  for each of those: { its code }`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import final

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.expressions import Names, Printer
from ml_genn.engines.embedded.cpu.emit.rare import is_rare
from ml_genn.engines.embedded.cpu.emit.uniform import Uniformity
from ml_genn.engines.embedded.language import tree
from ml_genn.engines.embedded.language.types import NumericType
from ml_genn.engines.embedded.plan.plan import Code

Fill = Callable[[Buffer], None]


class Body(ABC):
    """Collects the code of one neuron, then writes the loops around it; neurons are numbered `gen_i`."""

    @property
    @abstractmethod
    def inner(self) -> Buffer:
        """Where lines for one neuron go."""

    @abstractmethod
    def variable(self, name: str) -> str:
        """C text of a variable that each neuron has."""

    @abstractmethod
    def program(self, code: Code, names: Names) -> None:
        """Adds a code string."""

    @abstractmethod
    def where(self, flag: str, flags: str, lines: Buffer, *, apart: bool) -> None:
        """Adds lines for the neurons whose `flag`, an element of `flags`, is set; `apart`: a branch that few take."""

    @abstractmethod
    def write(self, variables: list[tuple[NumericType | str, str]], load: Fill, store: Fill, out: Buffer) -> None:
        """Writes all of it for neurons `gen_first` to `gen_first + gen_count`, between `load` and `store`."""


@final
class OneByOne(Body):
    """A single loop over neurons."""

    def __init__(self) -> None:
        self._inner = Buffer()

    @property
    def inner(self) -> Buffer:
        return self._inner

    def variable(self, name: str) -> str:
        return name

    def program(self, code: Code, names: Names) -> None:
        Printer(names).program(code.program, self._inner)

    def where(self, flag: str, flags: str, lines: Buffer, *, apart: bool) -> None:
        with self._inner.block(f"if ({flag})"):
            self._inner.lines(lines)

    def write(self, variables: list[tuple[NumericType | str, str]], load: Fill, store: Fill, out: Buffer) -> None:
        with out.block("for (int64_t gen_k = 0; gen_k < gen_count; ++gen_k)"):
            out.line("const int64_t gen_i = gen_first + gen_k;")
            out.lines(f"{type_} {name};" for type_, name in variables)
            load(out)
            out.lines(self._inner)
            store(out)


@final
class InLanes(Body):
    """Loops over lanes inside the loops of the code.

    `whole`: lanes beyond the last neuron may run too, on zeros; not so where they could read outside an array or never
    end.
    """

    def __init__(self, *, whole: bool) -> None:
        self._lanes = "GEN_LANES" if whole else "gen_lanes"
        self._inner, self._outer = Buffer(), Buffer()
        self._branches = 0

    @property
    def inner(self) -> Buffer:
        return self._inner

    def variable(self, name: str) -> str:
        return f"{name}[gen_lane]"

    def program(self, code: Code, names: Names) -> None:
        uniformity = Uniformity(code)
        arrays: set[str] = set()
        local = "gen_x_{}".format

        def lane_local(name: str) -> str:
            return f"{local(name)}[gen_lane]" if name in arrays else local(name)

        self._flush()
        with self._outer.block():
            printer = Printer(replace(names, local=lane_local))
            self._statement(code.program.body, printer, uniformity, arrays)
            self._flush()

    def where(self, flag: str, flags: str, lines: Buffer, *, apart: bool) -> None:
        if apart:
            self._flush()
            self._among(f"{flags} + gen_base", lines)
            return
        with self._inner.block(f"if ({flag})"):
            self._inner.lines(lines)

    def write(self, variables: list[tuple[NumericType | str, str]], load: Fill, store: Fill, out: Buffer) -> None:
        self._flush()
        with out.block("for (int64_t gen_base = 0; gen_base < gen_count; gen_base += GEN_LANES)"):
            out.line("const int64_t gen_left = gen_count - gen_base;")
            out.line("const int64_t gen_lanes = gen_left < GEN_LANES ? gen_left : GEN_LANES;")
            out.lines(f"{type_} {name}[GEN_LANES] = {{0}};" for type_, name in variables)
            for fill in (load, store):
                if fill is store:
                    out.lines(self._outer)
                with out.block(_lane_loop("gen_lanes")):
                    out.lines(_LANE)
                    fill(out)

    def _statement(self, node: tree.Statement, printer: Printer, uniformity: Uniformity, arrays: set[str]) -> None:
        match node:
            case tree.Block(statements):
                for statement in statements:
                    self._statement(statement, printer, uniformity, arrays)
            case tree.Declare(name) if uniformity.is_uniform_local(name):
                # nothing that waits in `inner` can have read it yet
                printer.statement(node, self._outer)
            case tree.Declare(name, type_, value):
                arrays.add(name)
                self._outer.line(f"{type_} gen_x_{name}[GEN_LANES];")
                self._inner.line(f"gen_x_{name}[gen_lane] = {'0' if value is None else printer.expression(value)};")
            case tree.Evaluate(tree.Assign(tree.LocalName(name))) if uniformity.is_uniform_local(name):
                self._flush()
                printer.statement(node, self._outer)
            case tree.While() if uniformity.loops_alike(node):
                self._nested(printer.loop_head(node), node.body, printer, uniformity, arrays)
            case tree.If(condition, then, otherwise) if uniformity.is_outside(node):
                self._nested(f"if ({printer.expression(condition)})", then, printer, uniformity, arrays)
                if otherwise is not None:
                    self._nested("else", otherwise, printer, uniformity, arrays)
            case tree.If(condition, then, None) if is_rare(node, uniformity.bindings):
                self._branch(printer.expression(condition), then, printer)
            case _:
                printer.statement(node, self._inner)

    def _branch(self, condition: str, then: tree.Statement, printer: Printer) -> None:
        """A branch that few lanes take."""
        flags, lines = f"gen_taken{self._branches}", Buffer()
        self._branches += 1
        self._outer.line(f"uint8_t {flags}[GEN_LANES] = {{0}};")
        self._inner.line(f"{flags}[gen_lane] = {condition};")
        self._flush()
        printer.statement(then, lines)
        self._among(flags, lines)

    def _among(self, flags: str, lines: Buffer) -> None:
        """Lines for the lanes whose flag is set."""
        taken = f"uint64_t gen_taken = gen_set_lanes({flags}, gen_lanes)"
        with self._outer.block(f"for ({taken}; gen_taken != 0; gen_taken &= gen_taken - 1)"):
            self._outer.line("const int64_t gen_lane = __builtin_ctzll(gen_taken);")
            self._outer.lines(_LANE)
            self._outer.lines(lines)

    def _nested(
        self, head: str, body: tree.Statement, printer: Printer, uniformity: Uniformity, arrays: set[str]
    ) -> None:
        self._flush()
        with self._outer.block(head):
            self._statement(body, printer, uniformity, arrays)
            self._flush()

    def _flush(self) -> None:
        """Puts the lines for one neuron into a loop over lanes."""
        lines = list(self._inner)
        if lines:
            with self._outer.block(_lane_loop(self._lanes)):
                self._outer.lines(_LANE)
                self._outer.lines(lines)
            self._inner = Buffer()


_LANE = ("const int64_t gen_k = gen_base + gen_lane;", "const int64_t gen_i = gen_first + gen_k;")


def _lane_loop(lanes: str) -> str:
    return f"for (int64_t gen_lane = 0; gen_lane < {lanes}; ++gen_lane)"
