"""Geometry of the figures."""

from __future__ import annotations

import dataclasses

import pytest

from ml_genn.reports import Accuracy, Histogram, figures

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
    assert figure.points[0] == (0.0, pytest.approx(90.2))
    assert figure.points[-1] == (100.0, pytest.approx(100 - 97.94))
    assert [tick.label for tick in figure.x_ticks] == ["1", "2", "4", "8", "16", "32", "64", "128"]
    assert figure.path.startswith("M0.00,90.20 L")


def test_no_curve_for_one_answer() -> None:
    assert figures.curve_figure(few_spike_result()) is None


def test_histogram_heights_are_logarithmic() -> None:
    bars = figures.histogram_bars(Histogram(low=0.0, high=4.0, counts=(99, 9, 0, 0)))
    assert [round(bar.height) for bar in bars] == [100, 50, 0, 0]
    assert bars[1].label == "1 to 2: 9"
    assert figures.histogram_bars(Histogram(low=0.0, high=1.0, counts=(0, 0)))[0].height == 0


def test_relative_lengths() -> None:
    assert figures.relative([1.0, None, 4.0]) == (25.0, 0.0, 100.0)
    assert figures.relative([0.0]) == (0.0,)


def test_shares_add_up() -> None:
    timing = few_spike_result().timing
    assert timing is not None
    shares = figures.timing_shares(timing)
    assert sum(share.width for share in shares) == pytest.approx(100)
    assert shares[1].left == pytest.approx(shares[0].width)
