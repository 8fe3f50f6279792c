"""Loops over all synapses of a neuron of a convolution, for code that is more than delivery.

    of a presynaptic neuron: for each output row and column whose window holds it: for each filter
    of a postsynaptic one:   for each row of its window: for each column: for each channel

They declare `gen_pre` or `gen_post`, whichever is not given, and `gen_synapse`, the entry of the kernel.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.convolution_scatter import windows_of_pixel


@contextmanager
def synapses_of_pre(out: Buffer) -> Iterator[None]:
    """Synapses of `gen_pre`, ascending by postsynaptic neuron; where it has none, the loop around goes on."""
    out.line(
        "const int32_t gen_pixel = (int32_t)gen_pre / gen_channels, gen_channel = (int32_t)gen_pre % gen_channels;"
    )
    with windows_of_pixel(out):
        out.line(
            "const int64_t gen_base = ((gen_i * gen_kernel_x + gen_k) * gen_channels + gen_channel) * gen_filters;"
        )
        out.line("const int64_t gen_first_post = ((int64_t)gen_out_y * gen_out_width + gen_out_x) * gen_filters;")
        with out.block("for (int64_t gen_f = 0; gen_f < gen_filters; ++gen_f)"):
            out.line("const int64_t gen_post = gen_first_post + gen_f, gen_synapse = gen_base + gen_f;")
            yield


@contextmanager
def synapses_of_post(out: Buffer) -> Iterator[None]:
    """Synapses of `gen_post`, ascending by presynaptic neuron: pooling puts several rows and columns in one place."""
    out.line("const int64_t gen_place = gen_post / gen_filters, gen_filter = gen_post % gen_filters;")
    for axis, place, extent in (
        ("y", "gen_place / gen_out_width", "height"),
        ("x", "gen_place % gen_out_width", "width"),
    ):
        out.line(f"const int64_t gen_at_{axis} = {place} * gen_stride_{axis} - gen_pad_{axis};")
        out.line(f"const int64_t gen_after_{axis} = gen_at_{axis} + gen_kernel_{axis};")
        out.line(f"const int64_t gen_from_{axis} = gen_at_{axis} < 0 ? 0 : gen_at_{axis} * gen_pool_{extent};")
        end = f"gen_after_{axis} < gen_in_{extent} ? gen_after_{axis} : gen_in_{extent}"
        out.line(f"const int64_t gen_to_{axis} = ({end}) * gen_pool_{extent};")
    with (
        out.block("for (int64_t gen_y = gen_from_y; gen_y < gen_to_y; ++gen_y)"),
        out.block("for (int64_t gen_x = gen_from_x; gen_x < gen_to_x; ++gen_x)"),
    ):
        entry = "(gen_y / gen_pool_height - gen_at_y) * gen_kernel_x + gen_x / gen_pool_width - gen_at_x"
        out.line(f"const int64_t gen_entry = {entry};")
        with out.block("for (int64_t gen_c = 0; gen_c < gen_channels; ++gen_c)"):
            out.line("const int64_t gen_pre = (gen_y * gen_pre_width + gen_x) * gen_channels + gen_c;")
            out.line("const int64_t gen_synapse = (gen_entry * gen_channels + gen_c) * gen_filters + gen_filter;")
            yield
