"""Each output pixel collects the spikes in its window:

    first spike of each pixel, from the list of ids
    for each output pixel:
        for each tile of its filters:
            for each row of the window:  the spikes of its pixels, which lie side by side in the list:  sum += code

Rows of the window, and ids in them, ascend, so each target gets its additions in ascending order of ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.delivery import Delivery
from ml_genn.engines.embedded.cpu.emit.tiles import tiles
from ml_genn.engines.embedded.plan.plan import ConvolutionConnectivity


def convolution_gather(delivery: Delivery, connectivity: ConvolutionConnectivity) -> None:
    """Writes the loops of a convolution without pooling whose code is arithmetic."""
    out = delivery.kernel.body
    pixels = connectivity.pre_shape[0] * connectivity.pre_shape[1]
    _first_spikes(out, delivery.kernel.thread_scratch(4 * (pixels + 1)))
    with (
        out.block("for (int32_t gen_out_y = 0; gen_out_y < gen_out_height; ++gen_out_y)"),
        out.block("for (int32_t gen_out_x = 0; gen_out_x < gen_out_width; ++gen_out_x)"),
    ):
        _window(out, "y", "height")
        _window(out, "x", "width")
        with out.block("if (gen_low_x >= gen_high_x)"):
            out.line("continue;")
        out.line("const int64_t gen_first_post = ((int64_t)gen_out_y * gen_out_width + gen_out_x) * gen_filters;")
        row = "gen_base + {} * gen_filters"
        tiles(delivery, out, _spikes_of_window, row.format, "gen_first_post", "gen_filters")


def _first_spikes(out: Buffer, memory: str) -> None:
    """Makes `gen_start`: how many spikes come before each pixel."""
    out.line(f"uint32_t *restrict const gen_start = {memory};")
    out.line("const int64_t gen_pixels = (int64_t)gen_in_height * gen_in_width;")
    out.line("memset(gen_start, 0, (size_t)(gen_pixels + 1) * sizeof(uint32_t));")
    out.line("// half a channel from the next whole number, far more than the product is off")
    out.line("const double gen_inverse = 1.0 / gen_channels;")
    with out.block("for (int64_t gen_s = 0; gen_s < gen_spikes; ++gen_s)"):
        out.line("const int64_t gen_pixel = (int64_t)(((double)gen_ids[gen_s] + 0.5) * gen_inverse);")
        out.line("gen_start[gen_pixel + 1] = (uint32_t)(gen_s + 1);")
    with out.block("for (int64_t gen_pixel = 1; gen_pixel <= gen_pixels; ++gen_pixel)"):
        out.line("const uint32_t gen_before = gen_start[gen_pixel - 1];")
        out.line("gen_start[gen_pixel] = gen_start[gen_pixel] > gen_before ? gen_start[gen_pixel] : gen_before;")


def _window(out: Buffer, axis: str, extent: str) -> None:
    """Where the window of an output pixel begins, and which of its rows or columns lie inside the input."""
    out.line(f"const int32_t gen_at_{axis} = gen_out_{axis} * gen_stride_{axis} - gen_pad_{axis};")
    out.line(f"const int32_t gen_left_{axis} = gen_in_{extent} - gen_at_{axis};")
    out.line(f"const int32_t gen_low_{axis} = gen_at_{axis} < 0 ? -gen_at_{axis} : 0;")
    out.line(
        f"const int32_t gen_high_{axis} = gen_left_{axis} < gen_kernel_{axis} ? gen_left_{axis} : gen_kernel_{axis};"
    )


@contextmanager
def _spikes_of_window(out: Buffer) -> Iterator[None]:
    with out.block("for (int64_t gen_i = gen_low_y; gen_i < gen_high_y; ++gen_i)"):
        out.line("const int64_t gen_pixel = (gen_at_y + gen_i) * gen_in_width + gen_at_x;")
        # (i * width + pixel - first pixel) * channels + channel, where pixel * channels + channel is the spike's id
        out.line("const int64_t gen_base = (gen_i * gen_kernel_x - gen_pixel) * gen_channels * gen_filters;")
        out.line("const int64_t gen_end = gen_start[gen_pixel + gen_high_x];")
        with out.block("for (int64_t gen_s = gen_start[gen_pixel + gen_low_x]; gen_s < gen_end; ++gen_s)"):
            yield
