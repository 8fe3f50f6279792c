"""Code that runs at every synapse in every step:

for each presynaptic neuron:
    for each synapse of its row:  load; { code }; store
"""

from __future__ import annotations

from ml_genn.engines.embedded.cpu.emit.kernel import Kernel, KernelText
from ml_genn.engines.embedded.cpu.emit.synapse_code import SynapseCode
from ml_genn.engines.embedded.plan.plan import SparseConnectivity, SynapseDynamics


def synapse_dynamics(dynamics: SynapseDynamics) -> KernelText:
    """The kernel of a group's synapse dynamics."""
    kernel = Kernel()
    code, out = SynapseCode(kernel, dynamics), kernel.body
    kernel.part(code.num_post)
    with out.block(f"for (int64_t gen_pre = 0; gen_pre < {code.num_pre}; ++gen_pre)"):
        if isinstance(dynamics.connectivity, SparseConnectivity):
            indices = kernel.pointer("indices", dynamics.connectivity.indices, delay=0)
            stride = kernel.size("row_stride", dynamics.connectivity.row_stride)
            rows = kernel.row_parts(dynamics.connectivity, dynamics.num_post)
            out.line(f"const int64_t gen_row = gen_pre * {stride};")
            out.line(f"const int64_t gen_begin = {rows.begin('gen_pre')}, gen_end = {rows.end('gen_pre')};")
            post = f"{indices}[gen_synapse]"
        else:
            out.line(f"const int64_t gen_row = gen_pre * {code.num_post}, gen_begin = gen_from, gen_end = gen_to;")
            post = "gen_j"
        with out.block("for (int64_t gen_j = gen_begin; gen_j < gen_end; ++gen_j)"):
            out.line("const int64_t gen_synapse = gen_row + gen_j;")
            out.line(f"const int64_t gen_post = {post};")
            code.write(out, dynamics.target, dynamics.delayed_target)
    return kernel.finish()
