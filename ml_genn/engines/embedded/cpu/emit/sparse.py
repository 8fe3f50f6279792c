"""Each spike reaches the targets of its row:

for each spike:
    ask for the row of a later spike, which then comes from memory while this one is worked on
    for each eight synapses of its row, then each of the rest:  post = indices[synapse];  { code }

Eight sums are loaded, and stored, together only where the code is arithmetic and no row names a target twice. Rows of
one synapse at most, as in max-pooling, need no loop.
"""

from __future__ import annotations

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.delivery import Delivery, Place
from ml_genn.engines.embedded.cpu.emit.kernel import RowParts
from ml_genn.engines.embedded.cpu.emit.tiles import is_arithmetic
from ml_genn.engines.embedded.plan.plan import SparseConnectivity

TOGETHER = 8  # sixteen, and instructions that gather and scatter, took longer
ROWS_AHEAD = 2


def sparse(delivery: Delivery, connectivity: SparseConnectivity) -> None:
    """Writes the loops of a sparse propagation."""
    kernel, out = delivery.kernel, delivery.kernel.body
    delivery.spikes(out)
    kernel.part("gen_num_post")
    rows = kernel.row_parts(connectivity, delivery.propagation.num_post)
    indices = kernel.pointer("indices", connectivity.indices, delay=0)
    stride = kernel.size("row_stride", connectivity.row_stride)
    with out.block("for (int64_t gen_s = 0; gen_s < gen_spikes; ++gen_s)"):
        delivery.row(out, "gen_s", lambda pre: f"{pre} * {stride}")
        if connectivity.row_stride == 1:
            out.line("const int64_t gen_synapse = gen_row;")
            with out.block(f"if ({rows.begin('gen_pre')} < {rows.end('gen_pre')})"):
                _synapse(delivery, out, indices)
            return
        _ask_ahead(delivery, out, rows, indices, stride)
        out.line(f"const int64_t gen_stop = gen_row + {rows.end('gen_pre')};")
        out.line(f"int64_t gen_synapse = gen_row + {rows.begin('gen_pre')};")
        if connectivity.distinct and is_arithmetic(delivery.propagation):
            _together(delivery, out, indices)
        with out.block("for (; gen_synapse < gen_stop; ++gen_synapse)"):
            _synapse(delivery, out, indices)


def _synapse(delivery: Delivery, out: Buffer, indices: str) -> None:
    out.line(f"const int64_t gen_post = {indices}[gen_synapse];")
    delivery.synapse(out, [Place(synapse="{}[gen_synapse]")])


def _ask_ahead(delivery: Delivery, out: Buffer, rows: RowParts, indices: str, stride: str) -> None:
    """Prefetches the end of a row first, and later the row up to there."""
    far = f"gen_ids[gen_s + {2 * ROWS_AHEAD}]"
    with out.block(f"if (gen_s + {2 * ROWS_AHEAD} < gen_spikes)"):
        out.line(f"__builtin_prefetch(&{rows.end(far)});")
    with out.block(f"if (gen_s + {ROWS_AHEAD} < gen_spikes)"):
        out.line(f"const int64_t gen_ahead = gen_ids[gen_s + {ROWS_AHEAD}];")
        out.line(f"const int64_t gen_begin = {rows.begin('gen_ahead')};")
        out.line(f"const int64_t gen_synapses = {rows.end('gen_ahead')} - gen_begin;")
        for pointer in (indices, *delivery.synapse_pointers):
            first = f"{pointer} + gen_ahead * {stride} + gen_begin"
            out.line(f"gen_prefetch({first}, gen_synapses * (int64_t)sizeof *{pointer});")


def _together(delivery: Delivery, out: Buffer, indices: str) -> None:
    """Several targets at a time: all are loaded before the first is stored, which no compiler may do by itself."""
    target, each = delivery.target(), f"for (int64_t gen_k = 0; gen_k < {TOGETHER}; ++gen_k)"
    with out.block(f"for (; gen_synapse + {TOGETHER} <= gen_stop; gen_synapse += {TOGETHER})"):
        out.line(f"{delivery.propagation.target.type} gen_sums[{TOGETHER}];")
        with out.block(each):
            out.line(f"const int64_t gen_post = {indices}[gen_synapse + gen_k];")
            out.line(f"gen_sums[gen_k] = {target}[gen_post];")
            delivery.code(out, Place(total="gen_sums[gen_k]", synapse="{}[gen_synapse + gen_k]"))
        with out.block(each):
            out.line(f"{target}[{indices}[gen_synapse + gen_k]] = gen_sums[gen_k];")
