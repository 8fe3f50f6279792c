"""Statistics of a layer, gathered in batches of any size, are those of all examples."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn.reports.layer_statistics import BINS, LayerStatistics

SPIKES = np.array([[0, 3, 1, 0], [0, 1, 3, 0], [0, 2, 0, 2]])
TARGETS = np.array([[5, 1], [2, 4]])


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_layer(size: int) -> None:
    layer = LayerStatistics("relu", threshold=1.5, targets=TARGETS, most_spikes=3)
    decoded, expected = SPIKES * 0.5, np.maximum(SPIKES * 0.5 - 0.25, 0)
    for at in range(0, 3, size):
        part = slice(at, at + size)
        layer.add(SPIKES[part])
        layer.compare(decoded[part], expected[part])
    result = layer.result()
    assert (result.name, result.neurons, result.threshold) == ("relu", 4, 1.5)
    assert result.spikes_per_neuron == 12 / 12
    assert result.synops == (0 * 5 + 6 * 1 + 4 * 2 + 2 * 4) / 3
    assert result.saturated == 2 / 12
    assert result.silent == 1 / 4
    assert result.activation_error == pytest.approx(6 * 0.25 / 12 / 1.25)  # six values differ, the largest is 1.25
    assert result.spikes_histogram is not None
    assert sum(result.spikes_histogram.counts) == 4
    assert len(result.spikes_histogram.counts) == BINS
    assert result.spikes_histogram.high == 3


def test_an_output_that_is_read() -> None:
    layer = LayerStatistics("logits", threshold=None, targets=np.zeros(2, int), most_spikes=0)
    layer.add_silent(3)
    layer.compare(np.array([[1.0, -1.0]]), np.array([[1.5, -1.0]]))
    result = layer.result()
    assert (result.spikes_per_neuron, result.silent, result.spikes_histogram) == (0, 0, None)
    assert result.activation_error == pytest.approx(0.5 / 2 / 1.5)


def test_nothing_to_compare_with() -> None:
    layer = LayerStatistics("relu", threshold=1.0, targets=TARGETS, most_spikes=3)
    layer.add(SPIKES)
    assert layer.result().activation_error is None


def test_an_analog_layer_sends_no_spikes() -> None:
    """What it sends are values; those other than 0 are multiplied at each target."""
    layer = LayerStatistics("image", threshold=None, targets=TARGETS, most_spikes=1, analog=True)
    layer.add(np.ones((2, TARGETS.size), np.int64))
    result = layer.result()
    assert result.analog
    assert not result.spiking
    assert (result.spikes_per_neuron, result.saturated, result.spikes_histogram) == (0.0, 0.0, None)
    assert result.synops == TARGETS.sum()
