"""Each spike reaches the targets of its row:

for each spike:
    for each synapse of its row:  post = indices[synapse];  { code }
"""

from __future__ import annotations

from ml_genn.engines.embedded.cpu.emit.delivery import Delivery, Place
from ml_genn.engines.embedded.plan.plan import SparseConnectivity


def sparse(delivery: Delivery, connectivity: SparseConnectivity) -> None:
    """Writes the loops of a sparse propagation."""
    kernel, out = delivery.kernel, delivery.kernel.body
    delivery.spikes(out)
    lengths = kernel.pointer("row_length", connectivity.row_length, delay=0)
    indices = kernel.pointer("indices", connectivity.indices, delay=0)
    stride = kernel.size("row_stride", connectivity.row_stride)
    with out.block("for (int64_t gen_s = 0; gen_s < gen_spikes; ++gen_s)"):
        delivery.row(out, "gen_s", lambda pre: f"{pre} * {stride}")
        out.line(f"const int64_t gen_length = {lengths}[gen_pre];")
        with out.block("for (int64_t gen_synapse = gen_row; gen_synapse < gen_row + gen_length; ++gen_synapse)"):
            out.line(f"const int64_t gen_post = {indices}[gen_synapse];")
            delivery.synapse(out, [Place(synapse="{}[gen_synapse]")])
