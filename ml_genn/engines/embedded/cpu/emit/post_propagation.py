"""Postsynaptic spikes and events, taken back to the synapses that lead to their neurons:

for each spike:
    for each synapse of its column:  load; { code }; store
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ml_genn.engines.embedded.cpu.emit.convolution import sizes
from ml_genn.engines.embedded.cpu.emit.convolution_loops import synapses_of_post
from ml_genn.engines.embedded.cpu.emit.kernel import Kernel, KernelText
from ml_genn.engines.embedded.cpu.emit.synapse_code import SynapseCode
from ml_genn.engines.embedded.plan.plan import Columns, ConvolutionConnectivity, DenseConnectivity, PostPropagation


def post_propagation(propagation: PostPropagation) -> KernelText:
    """The kernel of a propagation back to synapses."""
    kernel = Kernel()
    code = SynapseCode(kernel, propagation)
    _COLUMNS[type(propagation.connectivity)](kernel, code, propagation, propagation.connectivity)
    return kernel.finish()


@contextmanager
def _spikes(kernel: Kernel, propagation: PostPropagation) -> Iterator[None]:
    queue, delay = propagation.queue, propagation.delay + 1
    ids = kernel.queue("ids", queue.ids, delay=delay)
    count = kernel.queue("count", queue.counts, delay=delay)
    with kernel.body.block(f"for (int64_t gen_s = 0; gen_s < {count}[0]; ++gen_s)"):
        kernel.body.line(f"const int64_t gen_post = {ids}[gen_s];")
        yield


@contextmanager
def _spikes_of_part(kernel: Kernel, propagation: PostPropagation, neurons: str) -> Iterator[None]:
    kernel.part(neurons)
    with _spikes(kernel, propagation):
        with kernel.body.block("if (gen_post < gen_from || gen_post >= gen_to)"):
            kernel.body.line("continue;")
        yield


def _dense(kernel: Kernel, code: SynapseCode, propagation: PostPropagation, _: DenseConnectivity) -> None:
    out = kernel.body
    with (
        _spikes_of_part(kernel, propagation, code.num_post),
        out.block(f"for (int64_t gen_pre = 0; gen_pre < {code.num_pre}; ++gen_pre)"),
    ):
        out.line(f"const int64_t gen_synapse = gen_pre * {code.num_post} + gen_post;")
        code.write(out)


def _sparse(kernel: Kernel, code: SynapseCode, propagation: PostPropagation, columns: Columns) -> None:
    out = kernel.body
    start = kernel.pointer("column_start", columns.start, delay=0)
    synapses = kernel.pointer("column_synapses", columns.synapses, delay=0)
    with _spikes_of_part(kernel, propagation, code.num_post):
        # in 32 bits, where a division takes half the time
        out.line(f"const uint32_t gen_stride = (uint32_t){kernel.size('row_stride', columns.row_stride)};")
        with out.block(f"for (int64_t gen_k = {start}[gen_post]; gen_k < {start}[gen_post + 1]; ++gen_k)"):
            out.line(f"const uint32_t gen_place = {synapses}[gen_k];")
            out.line("const int64_t gen_synapse = gen_place, gen_pre = gen_place / gen_stride;")
            code.write(out)


def _convolution(
    kernel: Kernel, code: SynapseCode, propagation: PostPropagation, connectivity: ConvolutionConnectivity
) -> None:
    """Nobody shares its neurons, since each of them may add to any entry of the kernel."""
    sizes(kernel, connectivity, kernel.body)
    with _spikes(kernel, propagation), synapses_of_post(kernel.body):
        code.write(kernel.body)


_COLUMNS: dict[type, Callable[[Kernel, SynapseCode, PostPropagation, Any], None]] = {
    DenseConnectivity: _dense,
    Columns: _sparse,
    ConvolutionConnectivity: _convolution,
}
