"""Postsynaptic spikes and events, taken back to the synapses that lead to their neurons:

for each spike:
    for each synapse of its column:  load; { code }; store
"""

from __future__ import annotations

from ml_genn.engines.embedded.cpu.emit.kernel import Kernel, KernelText
from ml_genn.engines.embedded.cpu.emit.synapse_code import SynapseCode
from ml_genn.engines.embedded.plan.plan import Columns, PostPropagation


def post_propagation(propagation: PostPropagation) -> KernelText:
    """The kernel of a propagation back to synapses."""
    kernel, queue, delay = Kernel(), propagation.queue, propagation.delay + 1
    code, out = SynapseCode(kernel, propagation), kernel.body
    ids = kernel.queue("ids", queue.ids, delay=delay)
    count = kernel.queue("count", queue.counts, delay=delay)
    kernel.part(code.num_post)
    with out.block(f"for (int64_t gen_s = 0; gen_s < {count}[0]; ++gen_s)"):
        out.line(f"const int64_t gen_post = {ids}[gen_s];")
        with out.block("if (gen_post < gen_from || gen_post >= gen_to)"):
            out.line("continue;")
        if isinstance(propagation.connectivity, Columns):
            columns = propagation.connectivity
            start = kernel.pointer("column_start", columns.start, delay=0)
            synapses = kernel.pointer("column_synapses", columns.synapses, delay=0)
            # in 32 bits, where a division takes half the time
            out.line(f"const uint32_t gen_stride = (uint32_t){kernel.size('row_stride', columns.row_stride)};")
            with out.block(f"for (int64_t gen_k = {start}[gen_post]; gen_k < {start}[gen_post + 1]; ++gen_k)"):
                out.line(f"const uint32_t gen_place = {synapses}[gen_k];")
                out.line("const int64_t gen_synapse = gen_place, gen_pre = gen_place / gen_stride;")
                code.write(out)
        else:
            with out.block(f"for (int64_t gen_pre = 0; gen_pre < {code.num_pre}; ++gen_pre)"):
                out.line(f"const int64_t gen_synapse = gen_pre * {code.num_post} + gen_post;")
                code.write(out)
    return kernel.finish()
