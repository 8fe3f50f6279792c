"""The result dataclasses: the interval, and numbers that follow from other numbers."""

from __future__ import annotations

import dataclasses

import pytest
from scipy.stats import binomtest

from ml_genn.errors import DataError
from ml_genn.reports import Accuracy, LayerResult, Totals, wilson


@pytest.mark.parametrize(("correct", "examples"), [(9918, 10_000), (1, 2), (0, 7), (7, 7), (359, 360), (1, 10**6)])
def test_wilson_equals_scipy(correct: int, examples: int) -> None:
    expected = binomtest(correct, examples).proportion_ci(confidence_level=0.95, method="wilson")
    assert wilson(correct, examples) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_stays_inside_the_unit_interval() -> None:
    assert wilson(0, 3)[0] == 0.0
    assert wilson(3, 3)[1] == 1.0


def test_wilson_refuses_no_examples() -> None:
    with pytest.raises(DataError, match="needs at least one example, got 0"):
        wilson(0, 0)


def test_wilson_refuses_more_correct_than_examples() -> None:
    with pytest.raises(DataError, match="between 0 and examples = 5, got 6"):
        wilson(6, 5)


def test_accuracy_carries_its_interval() -> None:
    accuracy = Accuracy.of(9, 10, seconds=1.0, timesteps=8)
    assert accuracy.accuracy == 0.9
    assert accuracy.confidence_95 == wilson(9, 10)


def test_energy_follows_from_the_counts() -> None:
    spiking = LayerResult(
        name="hidden", neurons=10, threshold=1.0, spikes_per_neuron=2.0, synops=1e6, saturated=0.0, silent=0.0
    )
    analog = dataclasses.replace(spiking, name="image", spikes_per_neuron=0.0, synops=3e5, analog=True)
    totals = Totals.of((analog, spiking), ann_macs=2e6)
    energy = totals.energy_estimate
    assert (totals.spikes, totals.synops, totals.multiply_accumulates) == (20.0, 1.3e6, 3e5)
    nanojoule = 1e6 * energy.accumulate_picojoule * 1e-3 + 3e5 * energy.multiply_accumulate_picojoule * 1e-3
    assert energy.snn_nanojoule == pytest.approx(nanojoule)
    assert energy.ann_nanojoule == pytest.approx(2e6 * energy.multiply_accumulate_picojoule * 1e-3)
