"""Each spike reaches the kernel's window around it:

    for each run of spikes of one pixel (of every spike, if the code does more than add):
        for each output row and column whose window holds the pixel:
            for each four spikes of the run, then each of the rest:
                for each filter:  { code of each row in turn }

Spikes of a pixel differ in channel only, and ids ascend, so each target gets its additions in ascending order of ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.delivery import Delivery


def convolution_scatter(delivery: Delivery) -> None:
    """Writes the loops of a convolution with any code."""
    out = delivery.kernel.body
    with out.block("for (int64_t gen_begin = 0, gen_end; gen_begin < gen_spikes; gen_begin = gen_end)"):
        out.line("const int32_t gen_pixel = (int32_t)gen_ids[gen_begin] / gen_channels;")
        out.line("const int64_t gen_first_pre = (int64_t)gen_pixel * gen_channels;")
        out.line("gen_end = gen_begin + 1;")
        if delivery.adds_only:
            with out.block("while (gen_end < gen_spikes && gen_ids[gen_end] < gen_first_pre + gen_channels)"):
                out.line("++gen_end;")
        with windows_of_pixel(out):
            out.line("const int64_t gen_base = (gen_i * gen_kernel_x + gen_k) * gen_channels * gen_filters;")
            filters_of_part(out)
            row = "gen_base + ({} - gen_first_pre) * gen_filters + gen_first_filter"
            delivery.rows(out, row.format, "gen_first_post", "gen_length")


@contextmanager
def windows_of_pixel(out: Buffer) -> Iterator[None]:
    """Loops over the output places whose windows hold `gen_pixel`, in row gen_i and column gen_k of the window.

    Where pooling leaves the pixel out, the loop around goes on.
    """
    out.line("const int32_t gen_y = gen_pixel / gen_pre_width / gen_pool_height;")
    out.line("const int32_t gen_x = gen_pixel % gen_pre_width / gen_pool_width;")
    with out.block("if (gen_y >= gen_in_height || gen_x >= gen_in_width)"):
        out.line("continue;")
    span(out, "y", "height")
    span(out, "x", "width")
    with (
        out.block("for (int32_t gen_out_y = gen_low_y; gen_out_y <= gen_high_y; ++gen_out_y)"),
        out.block("for (int32_t gen_out_x = gen_low_x; gen_out_x <= gen_high_x; ++gen_out_x)"),
    ):
        out.line("const int64_t gen_i = gen_y + gen_pad_y - gen_out_y * gen_stride_y;")
        out.line("const int64_t gen_k = gen_x + gen_pad_x - gen_out_x * gen_stride_x;")
        yield


def filters_of_part(out: Buffer) -> None:
    """Declares the first target of an output pixel in this part, its filter, and how many; goes on if there is none."""
    out.line("const int64_t gen_pixel_post = ((int64_t)gen_out_y * gen_out_width + gen_out_x) * gen_filters;")
    out.line("int64_t gen_first_filter = 0, gen_length = gen_filters;")
    with out.block("if (gen_now->parts > 1)"):
        out.line("const int64_t gen_left = gen_to - gen_pixel_post;")
        out.line("gen_first_filter = gen_pixel_post > gen_from ? 0 : gen_from - gen_pixel_post;")
        out.line("gen_length = (gen_left < gen_filters ? gen_left : gen_filters) - gen_first_filter;")
        with out.block("if (gen_length <= 0)"):
            out.line("continue;")
    out.line("const int64_t gen_first_post = gen_pixel_post + gen_first_filter;")


def span(out: Buffer, axis: str, extent: str) -> None:
    """First and last output place whose window holds the pixel."""
    at = f"gen_{axis} + gen_pad_{axis}"
    before = f"{at} - gen_kernel_{axis} + gen_stride_{axis}"
    out.line(f"const int32_t gen_low_{axis} = {before} > 0 ? ({before}) / gen_stride_{axis} : 0;")
    out.line(f"const int32_t gen_last_{axis} = ({at}) / gen_stride_{axis};")
    out.line(
        f"const int32_t gen_high_{axis} = gen_last_{axis} < gen_out_{extent} ? gen_last_{axis} : gen_out_{extent} - 1;"
    )
