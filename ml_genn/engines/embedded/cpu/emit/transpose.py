"""One example's matrix into another, rows and columns exchanged, tile by tile so that both stay in cache:

for each tile of GEN_TILE rows and columns:
    for each of its rows and columns:  target[column][row] = source[row][column]
"""

from __future__ import annotations

from ml_genn.engines.embedded.cpu.emit.kernel import Kernel, KernelText
from ml_genn.engines.embedded.plan.plan import Transposition

_TILE = 16


def transpose(transposition: Transposition) -> KernelText:
    """The kernel of a transposition."""
    kernel = Kernel(by_shard=transposition.source.summed)
    out = kernel.body
    source = kernel.pointer("source", transposition.source, delay=1)
    target = kernel.pointer("target", transposition.target, delay=1, written=True)
    rows, columns = kernel.size("rows", transposition.rows), kernel.size("columns", transposition.columns)
    with (
        out.block(f"for (int64_t gen_y = 0; gen_y < {rows}; gen_y += {_TILE})"),
        out.block(f"for (int64_t gen_x = 0; gen_x < {columns}; gen_x += {_TILE})"),
    ):
        for index, begin, end in (("gen_row", "gen_y", rows), ("gen_column", "gen_x", columns)):
            out.line(f"const int64_t {index}_end = {begin} + {_TILE} < {end} ? {begin} + {_TILE} : {end};")
        with (
            out.block("for (int64_t gen_column = gen_x; gen_column < gen_column_end; ++gen_column)"),
            out.block("for (int64_t gen_row = gen_y; gen_row < gen_row_end; ++gen_row)"),
        ):
            out.line(f"{target}[gen_column * {rows} + gen_row] = {source}[gen_row * {columns} + gen_column];")
    return kernel.finish()
