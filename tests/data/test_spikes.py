"""Spikes given by hand: sorted by neuron and time, or refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn.errors import DataError
from ml_genn.utils.data import preprocess_spikes


def test_sorted_by_neuron_then_time() -> None:
    spikes = preprocess_spikes([3.0, 1.0, 2.0, 0.5], [2, 0, 2, 2], 4)
    np.testing.assert_array_equal(spikes.end_spikes, [1, 1, 4, 4])
    np.testing.assert_array_equal(spikes.spike_times, [1.0, 0.5, 2.0, 3.0])


@pytest.mark.parametrize(
    ("times", "ids", "message"),
    [
        ([1.0, 2.0], [0], r"times and ids must hold one entry per spike, got shapes \(2,\) and \(1,\)"),
        ([[1.0]], [[0]], r"times and ids must hold one entry per spike, got shapes \(1, 1\)"),
        ([1.0], [4], "neuron ids must be whole numbers from 0 to 3"),
        ([1.0], [-1], "neuron ids must be whole numbers from 0 to 3"),
        ([1.0], [0.5], "neuron ids must be whole numbers from 0 to 3"),
        ([np.nan], [0], "spike times must be numbers, got NaN"),
    ],
)
def test_refused(times: Any, ids: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        preprocess_spikes(times, ids, 4)
