"""Each output pixel collects the spikes in its window:

    first spike of each cell, from the list of ids
    for each output pixel:
        for each tile of its filters:
            for each row of the window:  the spikes of its cells, which lie side by side in the list:  sum += code

A cell is a pixel of the input; with pooling in front, those pixels of one row that fall into the same pooled pixel.
Rows of the window, and ids in them, ascend, so each target gets its additions in ascending order of ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.convolution_scatter import filters_of_part
from ml_genn.engines.embedded.cpu.emit.delivery import Delivery
from ml_genn.engines.embedded.cpu.emit.tiles import Spikes, tiles
from ml_genn.engines.embedded.plan.plan import ConvolutionConnectivity


def convolution_gather(delivery: Delivery, connectivity: ConvolutionConnectivity) -> None:
    """Writes the loops of a convolution whose code is arithmetic."""
    out = delivery.kernel.body
    spikes: Spikes
    row: Callable[[str], str]
    if connectivity.pool == (1, 1):
        _cells(delivery, connectivity)
        spikes, row = _spikes_of_window, "gen_base + {} * gen_filters".format
    else:
        _pooled_cells(delivery, connectivity)
        spikes, row = _spikes_of_pooled_window, lambda _: "gen_base + gen_place[gen_s] * gen_filters"
    with (
        out.block("for (int32_t gen_out_y = 0; gen_out_y < gen_out_height; ++gen_out_y)"),
        out.block("for (int32_t gen_out_x = 0; gen_out_x < gen_out_width; ++gen_out_x)"),
    ):
        _window(out, "y", "height")
        _window(out, "x", "width")
        with out.block("if (gen_low_x >= gen_high_x)"):
            out.line("continue;")
        filters_of_part(out)
        tiles(delivery, out, spikes, row, "gen_first_post", "gen_length")


def _cells(delivery: Delivery, connectivity: ConvolutionConnectivity) -> None:
    """Every pixel is a cell."""
    out = delivery.kernel.body
    pixels = connectivity.pre_shape[0] * connectivity.pre_shape[1]
    out.line("const int64_t gen_cells = (int64_t)gen_in_height * gen_in_width;")
    _no_spikes(out, delivery.kernel.thread_scratch(4 * (pixels + 1)))
    _inverse(out, "channels")
    with out.block("for (int64_t gen_s = 0; gen_s < gen_spikes; ++gen_s)"):
        out.line(f"const int64_t gen_cell = {_quotient('gen_ids[gen_s]', 'channels')};")
        out.line("gen_start[gen_cell + 1] = (uint32_t)(gen_s + 1);")
    _first_spikes(out)


def _pooled_cells(delivery: Delivery, connectivity: ConvolutionConnectivity) -> None:
    """Each row has a cell for each pooled pixel, and one more for what lies beyond the last of them.

    `gen_place` of a spike: its pooled pixel in the row, times channels, plus channel.
    """
    out = delivery.kernel.body
    rows = max(connectivity.pre_shape[0], connectivity.in_shape[0] * connectivity.pool[0])
    cells, num_pre = rows * (connectivity.in_shape[1] + 1), delivery.propagation.num_pre
    out.line(f"const int64_t gen_cells = {delivery.kernel.size('cells', cells)};")
    _no_spikes(out, delivery.kernel.thread_scratch(4 * (cells + 1 + 2 * num_pre)))
    out.line("uint32_t *restrict const gen_place = gen_start + gen_cells + 1;")
    out.line(f"uint32_t *restrict const gen_cell = gen_place + {delivery.kernel.size('num_pre', num_pre)};")
    for name in ("channels", "pre_width", "pool_width"):
        _inverse(out, name)
    with out.block("for (int64_t gen_s = 0; gen_s < gen_spikes; ++gen_s)"):  # vectorises
        out.line(f"const int32_t gen_pixel = (int32_t){_quotient('gen_ids[gen_s]', 'channels')};")
        out.line(f"const int32_t gen_y = (int32_t){_quotient('gen_pixel', 'pre_width')};")
        out.line(f"const int32_t gen_x = (int32_t){_quotient('(gen_pixel - gen_y * gen_pre_width)', 'pool_width')};")
        out.line("const int32_t gen_channel = (int32_t)gen_ids[gen_s] - gen_pixel * gen_channels;")
        out.line("gen_place[gen_s] = (uint32_t)(gen_x * gen_channels + gen_channel);")
        out.line("const int32_t gen_column = gen_x < gen_in_width ? gen_x : gen_in_width;")
        out.line("gen_cell[gen_s] = (uint32_t)(gen_y * (gen_in_width + 1) + gen_column);")
    with out.block("for (int64_t gen_s = 0; gen_s < gen_spikes; ++gen_s)"):
        out.line("gen_start[gen_cell[gen_s] + 1] = (uint32_t)(gen_s + 1);")
    _first_spikes(out)


def _no_spikes(out: Buffer, memory: str) -> None:
    out.line(f"uint32_t *restrict const gen_start = {memory};")
    out.line("memset(gen_start, 0, (size_t)(gen_cells + 1) * sizeof(uint32_t));")


def _first_spikes(out: Buffer) -> None:
    """Makes `gen_start`, how many spikes come before each cell, where the end of each cell with spikes stands."""
    with out.block("for (int64_t gen_at = 1; gen_at <= gen_cells; ++gen_at)"):
        out.line("const uint32_t gen_before = gen_start[gen_at - 1];")
        out.line("gen_start[gen_at] = gen_start[gen_at] > gen_before ? gen_start[gen_at] : gen_before;")


def _inverse(out: Buffer, divisor: str) -> None:
    out.line(f"const double gen_inverse_{divisor} = 1.0 / gen_{divisor};")


def _quotient(dividend: str, divisor: str) -> str:
    """A division of whole numbers: half a divisor from the next whole number, far more than the product is off."""
    return f"(int64_t)(((double){dividend} + 0.5) * gen_inverse_{divisor})"


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
        out.line("const int64_t gen_cell_0 = (gen_i * gen_kernel_x - gen_pixel) * gen_channels;")
        out.line("const int64_t gen_base = gen_cell_0 * gen_filters + gen_first_filter;")
        with _run(out, "gen_pixel"):
            yield


@contextmanager
def _spikes_of_pooled_window(out: Buffer) -> Iterator[None]:
    with (
        out.block("for (int64_t gen_i = gen_low_y; gen_i < gen_high_y; ++gen_i)"),
        out.block("for (int64_t gen_r = 0; gen_r < gen_pool_height; ++gen_r)"),
    ):
        out.line("const int64_t gen_y = (gen_at_y + gen_i) * gen_pool_height + gen_r;")
        out.line("const int64_t gen_cell_x = gen_y * (gen_in_width + 1) + gen_at_x;")
        out.line("const int64_t gen_cell_0 = (gen_i * gen_kernel_x - gen_at_x) * gen_channels;")
        out.line("const int64_t gen_base = gen_cell_0 * gen_filters + gen_first_filter;")
        with _run(out, "gen_cell_x"):
            yield


@contextmanager
def _run(out: Buffer, cell: str) -> Iterator[None]:
    """The spikes of the cells from column `gen_low_x` up to `gen_high_x` of the window; `cell`: its column 0."""
    out.line(f"const int64_t gen_end = gen_start[{cell} + gen_high_x];")
    with out.block(f"for (int64_t gen_s = gen_start[{cell} + gen_low_x]; gen_s < gen_end; ++gen_s)"):
        yield
