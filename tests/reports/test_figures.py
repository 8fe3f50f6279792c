"""Geometry of the figures."""

from __future__ import annotations

import base64
import dataclasses
import io
import re

import matplotlib.image
import numpy as np
import pytest

from ml_genn.reports import Accuracy, Density, Histogram, Sample, figures, wilson

from .sample import few_spike_result, rate_result


def test_interval_axis_covers_both_intervals_with_round_ticks() -> None:
    figure = figures.interval_figure(few_spike_result())
    assert [tick.label.replace("\u00a0", " ") for tick in figure.ticks][:2] == ["98.9 %", "99.0 %"]
    for mark in figure.marks:
        assert 0 <= mark.low < mark.at < mark.high <= 100
    # the position on the axis is that of the number: 99.17 between 98.9 and 99.4
    assert figure.marks[1].at == pytest.approx((99.17 - 98.9) / (99.4 - 98.9) * 100)


@pytest.mark.parametrize(("correct", "examples"), [(0, 3), (3, 3), (500_000, 1_000_000), (1, 1)])
def test_interval_axis_stays_inside_0_to_100(correct: int, examples: int) -> None:
    snn = Accuracy.of(correct, examples, seconds=1.0)
    figure = figures.interval_figure(dataclasses.replace(few_spike_result(), snn=snn, ann=None))
    values = [float(tick.label.removesuffix("\u00a0%")) for tick in figure.ticks]
    assert 0 <= min(values) < max(values) <= 100
    assert 2 <= len(values) <= 8
    assert 0 <= figure.marks[0].low <= figure.marks[0].high <= 100.0001  # rounding of the axis


def test_curve() -> None:
    figure = figures.curve_figure(rate_result())
    assert figure is not None
    (line,) = figure.lines
    assert line.points[0] == pytest.approx((0.0, 90.2))
    assert line.points[-1] == pytest.approx((100.0, 100 - 97.94))
    assert figure.level == pytest.approx(100 - 99.18)
    assert [tick.label for tick in figure.x_ticks] == ["1", "2", "4", "8", "16", "32", "64", "128"]
    assert [(tick.at, tick.label) for tick in figure.y_ticks][::4] == [(100, "0\u00a0%"), (0, "100\u00a0%")]
    assert line.path.startswith("M0.00,90.20 L")


def test_the_band_of_a_curve_is_wilsons_interval() -> None:
    figure = figures.curve_figure(rate_result())
    assert figure is not None
    low, high = wilson(9794, 10_000)
    assert figures.accuracy_series(rate_result()).intervals[-1] == (100 * low, 100 * high)
    band = figure.lines[0].band
    assert band.endswith("Z")
    assert f"L100.00,{100 - 100 * high:.2f} L100.00,{100 - 100 * low:.2f}" in band


def test_several_lines_share_their_axes() -> None:
    axis = figures.linear_axis(0.0, 4.0, 1.0)
    series = [figures.Series("snn", "a", ((0.0, 0.0), (4.0, 2.0))), figures.Series("third", "b", ((2.0, 4.0),))]
    figure = figures.line_figure(series, axis, axis)
    assert [line.path for line in figure.lines] == ["M0.00,100.00 L100.00,50.00", "M50.00,0.00"]
    assert [line.band for line in figure.lines] == ["", ""]
    assert figure.level is None


def test_axes_of_doublings_keep_few_ticks() -> None:
    assert [tick.label for tick in figures.doubling_axis(3, 40).ticks] == ["4", "8", "16", "32"]
    assert len(figures.doubling_axis(1, 2**20).ticks) <= 8


def test_no_curve_for_one_answer() -> None:
    assert figures.curve_figure(few_spike_result()) is None


def test_histogram_heights_are_logarithmic() -> None:
    path = figures.histogram_path(Histogram(low=0.0, high=4.0, counts=(99, 9, 0, 0)))
    assert re.findall(r"M([\d.]+),100v-([\d.]+)h", path) == [("1.50", "100.0"), ("26.50", "50.0")]
    assert figures.histogram_path(Histogram(low=0.0, high=1.0, counts=(0, 0))) == ""


def test_relative_lengths() -> None:
    assert figures.relative([1.0, None, 4.0]) == (25.0, 0.0, 100.0)
    assert figures.relative([0.0]) == (0.0,)
    assert figures.relative([1.0, 2.0], 4.0) == (25.0, 50.0)


def test_shares_add_up() -> None:
    timing = few_spike_result().timing
    assert timing is not None
    shares = figures.timing_shares(timing)
    assert sum(share.width for share in shares) == pytest.approx(100)
    assert shares[1].left == pytest.approx(shares[0].width)


def test_cells_are_runs_of_equal_shade() -> None:
    counts = ((0, 0, 5, 5), (1, 0, 0, 5), (0, 0, 0, 0), (0, 0, 0, 0))
    found = figures.cells(counts, lambda row, column: counts[row][column])
    assert found.size == 4
    assert found.paths == ((1, "M0 1.5h1"), (5, "M2 0.5h2M3 1.5h1"))


def test_shades_are_logarithmic_and_show_every_count() -> None:
    assert [figures.shade(count, 999) for count in (0, 1, 8, 10, 999)] == [0, 1, 2, 3, figures.LEVELS]
    assert figures.shade(1, 1) == figures.LEVELS


def test_density_has_the_spiking_values_upwards() -> None:
    figure = figures.density_figure(Density(low=-1.0, high=3.0, counts=((0, 7), (0, 0))))
    assert figure.cells.paths == ((figures.LEVELS, "M1 1.5h1"),)  # low decoded value at the bottom, high ANN's right
    assert figure.zero == 25.0
    assert figures.density_figure(Density(low=0.0, high=3.0, counts=((1,),))).zero is None


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 3)])
def test_pictures_hold_the_pixels(shape: tuple[int, ...]) -> None:
    values = tuple(range(0, 13 * int(np.prod(shape)), 13))
    picture = figures.picture(Sample(shape=shape, low=0.0, high=1.0, values=values))
    assert picture is not None
    assert (picture.width, picture.height) == (3, 2)
    data = base64.b64decode(picture.uri.removeprefix("data:image/png;base64,"))
    pixels = np.rint(255 * matplotlib.image.imread(io.BytesIO(data), "png")).astype(int)
    np.testing.assert_array_equal(pixels.reshape(-1), values)
    assert figures.trace(Sample(shape=shape, low=0.0, high=1.0, values=values)) is None


def test_traces_hold_the_numbers() -> None:
    sample = Sample(shape=(3,), low=-1.0, high=1.0, values=(0, 255, 51))
    trace = figures.trace(sample)
    assert trace is not None
    assert trace.numbers == pytest.approx((-1.0, 1.0, -0.6))
    assert (trace.low, trace.high) == pytest.approx((-1.0, 1.0))
    assert trace.path == "M0.00,100.0 L50.00,0.0 L100.00,80.0"
    assert figures.picture(sample) is None
