"""The code of one neuron after another, in lanes, where it has loops that all neurons run alike (uniform.py):

    for each run of GEN_LANES neurons:
        for each lane: load
        for each lane: { code before the loop }
        loop:  for each lane: { its body }
        for each lane: { code after it };  store

Every variable lies in an array of lanes, so that each inner loop vectorises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import final

from ml_genn.engines.embedded.cpu.emit.body import Body
from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.elements import Variable
from ml_genn.engines.embedded.cpu.emit.expressions import Names, Printer
from ml_genn.engines.embedded.cpu.emit.uniform import Uniformity
from ml_genn.engines.embedded.language import tree
from ml_genn.engines.embedded.plan.plan import Code


@final
class InLanes(Body):
    """Loops over lanes inside the loops of the code.

    `whole`: lanes beyond the last neuron may run too, on zeros; not so where they could read outside an array or never
    end.
    """

    def __init__(self, *, whole: bool) -> None:
        self._lanes = "GEN_LANES" if whole else "gen_lanes"
        self._inner, self._outer = Buffer(), Buffer()

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
        with self._inner.block(f"if ({flag})"):
            self._inner.lines(lines)

    def write(self, variables: Sequence[Variable], out: Buffer) -> None:
        self._flush()
        with out.block("for (int64_t gen_base = 0; gen_base < gen_count; gen_base += GEN_LANES)"):
            out.line("const int64_t gen_left = gen_count - gen_base;")
            out.line("const int64_t gen_lanes = gen_left < GEN_LANES ? gen_left : GEN_LANES;")
            out.lines(f"{variable.type} {variable.name}[GEN_LANES] = {{0}};" for variable in variables)
            with out.block(_lane_loop("gen_lanes")):
                out.lines(_LANE)
                out.lines(f"{variable.name}[gen_lane] = {variable.start};" for variable in variables)
            out.lines(self._outer)
            with out.block(_lane_loop("gen_lanes")):
                out.lines(_LANE)
                kept = (variable for variable in variables if variable.end is not None)
                out.lines(f"{variable.end} = {variable.name}[gen_lane];" for variable in kept)

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
            case _:
                printer.statement(node, self._inner)

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
