"""Spikes of a batch, however they were recorded."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn.errors import DescriptionError
from ml_genn.runtime.spikes import CountedSpikes, DecodedSpikes, RecordedSpikes, count_bits, count_bits_in_pairs

CODES = np.array([[0, 5, -3, 255], [128, 1, 0, -255]])


@pytest.mark.parametrize("count", [count_bits, count_bits_in_pairs])
def test_count_bits(count: object) -> None:
    codes = np.array([0, 1, -1, 5, 2**24 - 1, -(2**23), 2**31 - 1], np.int32)
    assert count(codes).tolist() == [0, 1, 1, 2, 24, 1, 31]  # type: ignore[operator]


def test_decoded_spikes_are_the_bits() -> None:
    spikes = DecodedSpikes(CODES.astype(np.float32), 8, dt=0.5)
    assert spikes.counts().tolist() == [[0, 2, 2, 8], [1, 1, 0, 8]]
    times, ids = spikes.train(1)
    assert times.tolist() == [0.0, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 3.5]
    assert ids.tolist() == [0, 3, 3, 3, 3, 3, 3, 3, 1, 3]
    np.testing.assert_array_equal(spikes.codes(8), CODES)


def test_recorded_spikes_decode_to_the_same() -> None:
    decoded = DecodedSpikes(CODES, 8, dt=0.5)
    positive, negative = [], []
    for example, row in enumerate(CODES):
        times, ids = decoded.train(example)
        for sign, trains in ((1, positive), (-1, negative)):
            of_sign = np.sign(row)[ids] == sign
            trains.append((times[of_sign], ids[of_sign]))
    recorded = RecordedSpikes(positive, negative, 4, dt=0.5)
    np.testing.assert_array_equal(recorded.counts(), decoded.counts())
    np.testing.assert_array_equal(recorded.codes(8), CODES)
    for example in range(2):
        for found, expected in zip(recorded.train(example), decoded.train(example), strict=True):
            np.testing.assert_array_equal(found, expected)


def test_counted_spikes() -> None:
    spikes = CountedSpikes(np.array([[3.0, 0.0]]), np.array([[0.0, 2.0]]))
    assert spikes.counts().tolist() == [[3, 2]]
    assert spikes.net_counts().tolist() == [[3, -2]]
    for ask in (lambda: spikes.train(0), lambda: spikes.codes(4)):
        with pytest.raises(
            DescriptionError, match="spikes were counted but not recorded; give their population record"
        ):
            ask()
