"""Delta modulation against signals whose crossings are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn.data.level_crossing import level_crossing_encode_data
from ml_genn.data.spikes import neurons_of
from ml_genn.errors import DataError


def test_a_ramp_spikes_when_it_crosses_levels() -> None:
    signal = np.array([[0.0, 5.0], [1.0, 5.0], [4.0, 4.0], [1.0, 2.0]])
    (spikes,) = level_crossing_encode_data([signal], [1.0, 1.5], sample_time=2.0)
    found = [spikes.spike_times[neurons_of(spikes) == neuron] for neuron in range(4)]
    np.testing.assert_allclose(found[0], [2.0, 2 + 2 / 3, 2 + 4 / 3, 4.0])  # up through 1, 2, 3, 4
    np.testing.assert_allclose(found[1], [4 + 2 / 3, 4 + 4 / 3, 6.0])  # down through 3, 2, 1
    assert not len(found[2])
    np.testing.assert_allclose(found[3], [4.0 + 2 * 0.25, 6.0])  # 5 - 1.5 is crossed a quarter on the way from 4 to 2


def test_signals_come_back_to_within_delta() -> None:
    rng = np.random.default_rng(2)
    signal = np.cumsum(rng.normal(0.0, 1.0, (300, 3)), axis=0)
    (spikes,) = level_crossing_encode_data([signal], 0.7)
    ids = neurons_of(spikes)
    for sample in (10, 150, 299):
        happened = spikes.spike_times <= sample + 1e-9
        for channel in range(3):
            ups = int((happened & (ids == 2 * channel)).sum()) - int((happened & (ids == 2 * channel + 1)).sum())
            assert abs(signal[0, channel] + 0.7 * ups - signal[sample, channel]) < 0.7 * (1 + 1e-6)


def test_levels_have_neurons_of_their_own() -> None:
    signal = np.array([[0.4, 9.0], [3.2, 9.0], [-2.0, 9.0]])
    (spikes,) = level_crossing_encode_data([signal], 1.0, value_range=(-1.0, 2.5))
    # levels -1, 0, 1, 2; the first channel starts at 0, goes up to 3, which has no neurons, and down to -2
    assert len(spikes.end_spikes) == 2 * 2 * 4
    np.testing.assert_array_equal(neurons_of(spikes), [1, 3, 4, 5, 6, 7])
    times = [1 + 4.2 / 5.2, 1 + 3.2 / 5.2, 0.6 / 2.8, 1 + 2.2 / 5.2, 1.6 / 2.8, 1 + 1.2 / 5.2]
    np.testing.assert_allclose(spikes.spike_times, times)


def test_constant_signals_are_silent_and_lengths_may_differ() -> None:
    examples = level_crossing_encode_data([np.full((5, 2), 200, np.uint8), np.full((9, 2), 3, np.uint8)], 1.0)
    assert [len(example.spike_times) for example in examples] == [0, 0]
    assert level_crossing_encode_data([], 1.0) == []


@pytest.mark.parametrize(
    ("signals", "arguments", "message"),
    [
        ([np.zeros(4)], {}, r"example 0 must be an array of real numbers of shape \(samples, channels\), got dtype"),
        ([np.zeros((4, 1)), np.zeros((4, 2))], {}, "example 1 has 2 channels, those before it 1"),
        ([np.full((4, 1), np.nan)], {}, "example 0 has nan at sample 0 of channel 0; signals must be finite"),
        ([np.zeros((4, 2))], {"delta": [1.0, 0.0]}, "delta must be a positive number, or one for each of 2 channels"),
        ([np.zeros((4, 2))], {"delta": [1.0, 1.0, 1.0]}, "delta must be a positive number"),
        (
            [np.zeros((4, 2))],
            {"value_range": (1.0, 0.0)},
            "value_range needs finite levels, lowest <= highest, and one",
        ),
        ([np.zeros((4, 2))], {"value_range": (0, 1), "delta": [1.0, 1.0]}, "value_range needs finite levels, lowest"),
        ([np.zeros((4, 1))], {"value_range": (0, 1), "delta": 0.0}, r"delta must be a positive number, .* got 0\."),
        ([np.zeros((4, 1))], {"value_range": (0, 1), "delta": np.nan}, "delta must be a positive number, .* got nan"),
        ([[[1.0], [1.0, 2.0]]], {}, "example 0 must be one array, not lists of different lengths or depths"),
        ([np.zeros((4, 1))], {"sample_time": 0.0}, "sample_time must be a positive number of milliseconds, got 0.0"),
    ],
)
def test_refused(signals: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        level_crossing_encode_data(signals, **{"delta": 1.0, **arguments})
