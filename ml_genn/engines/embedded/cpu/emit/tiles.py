"""Sums held in registers while all spikes that reach them are added.

    for each tile of 16, 8, 4, 2, then 1 vectors of consecutive targets, then of one short vector:
        load the sums
        for each spike that reaches them, in order:  sum += code
        store the sums
    for each spike:  for each target that is left:  target += code

Only for code that adds arithmetic of weights, neuron variables and parameters: then the same text works on vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import final

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.delivery import Delivery, Place
from ml_genn.engines.embedded.language.types import NumericType
from ml_genn.engines.embedded.plan.arithmetic import adds_arithmetic
from ml_genn.engines.embedded.plan.plan import Propagation

_TILES = (16, 8, 4, 2, 1)  # vectors; at most half the registers
_STATEMENTS = 4  # more would not fit the registers

Spikes = Callable[[Buffer], AbstractContextManager[None]]
"""Opens the loops over the spikes of a tile, `gen_s`."""


def is_arithmetic(propagation: Propagation) -> bool:
    """Whether the code only adds sums, products and quotients in the target's type."""
    statements, type_ = propagation.code.program.body.statements, propagation.target.type
    return 1 <= len(statements) <= _STATEMENTS and all(
        adds_arithmetic(one, "addToPost", type_, propagation.code.bindings) for one in statements
    )


def tiles(delivery: Delivery, out: Buffer, spikes: Spikes, row: Callable[[str], str], first: str, length: str) -> None:
    """Adds to `length` targets from `first` on what the spikes bring that `spikes` runs through.

    `row` makes the C text of a spike's first synapse here from that of its presynaptic neuron.
    """
    out.line("int64_t gen_f = 0;")
    for vectors in _TILES:
        with out.block(f"if ({2 * vectors} <= GEN_REGISTERS)"):
            _Tile(delivery, "vector", "", vectors).loop(out, spikes, row, first, length)
    _Tile(delivery, "small", "SMALL_", 1).loop(out, spikes, row, first, length)
    with out.block(f"if (gen_f < {length})"), spikes(out):
        delivery.row(out, "gen_s", row)
        with out.block(f"for (int64_t gen_j = gen_f; gen_j < {length}; ++gen_j)"):
            out.line(f"const int64_t gen_post = {first} + gen_j;")
            delivery.synapse(out, [Place()])


@final
@dataclass(frozen=True)
class _Tile:
    """A number of vectors, of one of the kinds in include/vectors.h."""

    delivery: Delivery
    kind: str
    prefix: str
    vectors: int

    def loop(self, out: Buffer, spikes: Spikes, row: Callable[[str], str], first: str, length: str) -> None:
        """Runs over all targets from `gen_f` on for which such tiles are full."""
        width = f"{self.vectors} * GEN_{self.prefix}WIDTH({self._type})"
        with out.block(f"for (; gen_f + {width} <= {length}; gen_f += {width})"):
            self._write(out, spikes, lambda pre: f"{row(pre)} + gen_f", first)

    @property
    def _type(self) -> NumericType:
        return self.delivery.propagation.target.type

    def _place(self, number: int) -> Place:
        at, width = f"GEN_{self.prefix}AT({self._type}, ", f"{number} * GEN_{self.prefix}WIDTH({self._type}))"
        return Place(
            total=f"gen_sum{number}",
            synapse=f"{at}{{}} + gen_row + {width}",
            post=f"{at}{{}} + gen_post + {width}",
        )

    def _write(self, out: Buffer, spikes: Spikes, row: Callable[[str], str], first: str) -> None:
        target, places = self.delivery.target(), [self._place(number) for number in range(self.vectors)]
        out.line(f"const int64_t gen_post = {first} + gen_f;")
        for place in places:
            out.line(f"gen_{self.kind}_{self._type} {place.total} = {place.post.format(target)};")
        with spikes(out):
            self.delivery.row(out, "gen_s", row)
            for place in places:
                self.delivery.code(out, place)
        for place in places:
            out.line(f"{place.post.format(target)} = {place.total};")
