"""Code that runs at every synapse in every step:

for each presynaptic neuron:
    for each synapse of its row:  load; { code }; store
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ml_genn.engines.embedded.cpu.emit.convolution import sizes
from ml_genn.engines.embedded.cpu.emit.convolution_loops import synapses_of_pre
from ml_genn.engines.embedded.cpu.emit.kernel import Kernel, KernelText
from ml_genn.engines.embedded.cpu.emit.synapse_code import SynapseCode
from ml_genn.engines.embedded.plan.plan import (
    ConvolutionConnectivity,
    DenseConnectivity,
    SparseConnectivity,
    SynapseDynamics,
)


def synapse_dynamics(dynamics: SynapseDynamics) -> KernelText:
    """The kernel of a group's synapse dynamics."""
    kernel = Kernel()
    code = SynapseCode(kernel, dynamics)
    _ROWS[type(dynamics.connectivity)](kernel, code, dynamics, dynamics.connectivity)
    return kernel.finish()


def _dense(kernel: Kernel, code: SynapseCode, dynamics: SynapseDynamics, _: DenseConnectivity) -> None:
    out = kernel.body
    kernel.part(code.num_post)
    with (
        out.block(f"for (int64_t gen_pre = 0; gen_pre < {code.num_pre}; ++gen_pre)"),
        out.block("for (int64_t gen_post = gen_from; gen_post < gen_to; ++gen_post)"),
    ):
        out.line(f"const int64_t gen_synapse = gen_pre * {code.num_post} + gen_post;")
        code.write(out, dynamics.target, dynamics.delayed_target)


def _sparse(kernel: Kernel, code: SynapseCode, dynamics: SynapseDynamics, connectivity: SparseConnectivity) -> None:
    out = kernel.body
    kernel.part(code.num_post)
    indices = kernel.pointer("indices", connectivity.indices, delay=0)
    stride = kernel.size("row_stride", connectivity.row_stride)
    rows = kernel.row_parts(connectivity, dynamics.num_post)
    with out.block(f"for (int64_t gen_pre = 0; gen_pre < {code.num_pre}; ++gen_pre)"):
        out.line(f"const int64_t gen_row = gen_pre * {stride};")
        out.line(f"const int64_t gen_begin = {rows.begin('gen_pre')}, gen_end = {rows.end('gen_pre')};")
        with out.block("for (int64_t gen_j = gen_begin; gen_j < gen_end; ++gen_j)"):
            out.line("const int64_t gen_synapse = gen_row + gen_j;")
            out.line(f"const int64_t gen_post = {indices}[gen_synapse];")
            code.write(out, dynamics.target, dynamics.delayed_target)


def _convolution(
    kernel: Kernel, code: SynapseCode, dynamics: SynapseDynamics, connectivity: ConvolutionConnectivity
) -> None:
    """Nobody shares its neurons, since each of them may add to any entry of the kernel."""
    out = kernel.body
    sizes(kernel, connectivity, out)
    with (
        out.block(f"for (int64_t gen_pre = 0; gen_pre < {code.num_pre}; ++gen_pre)"),
        synapses_of_pre(out),
    ):
        code.write(out, dynamics.target, dynamics.delayed_target)


_ROWS: dict[type, Callable[[Kernel, SynapseCode, SynapseDynamics, Any], None]] = {
    DenseConnectivity: _dense,
    SparseConnectivity: _sparse,
    ConvolutionConnectivity: _convolution,
}
