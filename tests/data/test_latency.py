"""Grey values as spike times, against their formulas."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from ml_genn.errors import DataError
from ml_genn.utils.data import calc_start_spikes, linear_latency_encode_data, log_latency_encode_data

IMAGES = np.random.default_rng(5).integers(0, 256, (4, 3, 5)).astype(np.uint8)
IMAGES[2] = 0


def times_of(spikes: Any) -> np.ndarray:
    """The time of each neuron's spike, infinite without one."""
    starts = calc_start_spikes(spikes.end_spikes)
    assert set(spikes.end_spikes - starts) <= {0, 1}
    times = np.full(len(starts), np.inf)
    times[spikes.end_spikes > starts] = spikes.spike_times
    return times


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, list])
def test_linear(dtype: Any) -> None:
    images = IMAGES.tolist() if dtype is list else IMAGES.astype(dtype)
    for image, spikes in zip(IMAGES.reshape(4, -1), linear_latency_encode_data(images, 20.0, 2.0, 50), strict=True):
        expected = [2.0 + 18.0 * (255 - int(x)) / 255 if x > 50 else np.inf for x in image]
        np.testing.assert_allclose(times_of(spikes), expected, rtol=1e-14)


def test_logarithmic() -> None:
    images = IMAGES / 7.0
    for image, spikes in zip(images.reshape(4, -1), log_latency_encode_data(images, 20.0, 5.0), strict=True):
        expected = [-20.0 * np.log1p(-5.0 / x) if x > 5.0 else np.inf for x in image]
        np.testing.assert_allclose(times_of(spikes), expected, rtol=1e-12)


def test_a_leaky_integrator_reaches_the_threshold_then() -> None:
    spikes = log_latency_encode_data([[10.0]], 20.0, 5.0)[0]
    voltage = 10.0 * (1.0 - np.exp(-spikes.spike_times / 20.0))
    np.testing.assert_allclose(voltage, 5.0, rtol=1e-14)


def test_no_examples() -> None:
    assert linear_latency_encode_data(np.zeros((0, 4)), 20.0) == []


def linear(data: Any) -> Any:
    return linear_latency_encode_data(data, 20.0)


def logarithmic(data: Any) -> Any:
    return log_latency_encode_data(data, 20.0, 51.0)


@pytest.mark.parametrize("encode", [linear, logarithmic])
@pytest.mark.parametrize("value", [np.nan, -1.0, np.inf])
def test_values_that_are_none(encode: Any, value: float) -> None:
    data = np.ones((4, 2, 3))
    data[2:, 1, 1] = value
    message = rf"grey values must lie between 0 and .*; example 2 has {value} at pixel 4 \(2 such pixels in all\)"
    with pytest.raises(DataError, match=message):
        encode(data)


@pytest.mark.parametrize("encode", [linear, logarithmic])
def test_images_that_are_none(encode: Any) -> None:
    with pytest.raises(DataError, match="grey values must be one array, not lists of different lengths or depths"):
        encode([[1, 2], [3]])
    with pytest.raises(
        DataError, match=r"real numbers of shape \(examples, ...\), got dtype float64 and shape \(3, 0\)"
    ):
        encode(np.zeros((3, 0)))


def test_images_from_0_to_1_are_dark() -> None:
    """Which is seldom meant; one pixel above the threshold, or bytes, say that it is."""
    with pytest.warns(
        UserWarning, match=r"no pixel is above the threshold 1, the brightest has 0\.9: grey values go up"
    ):
        assert linear([[0.0, 0.9]])[0].end_spikes.tolist() == [0, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        linear(np.array([[0, 1]], np.uint8))
        linear(np.zeros((2, 2)))
        log_latency_encode_data([[0.0, 0.9]], 20.0, 0.5)


def test_refused() -> None:
    with pytest.raises(
        DataError, match="thresh, the brightest grey value that does not spike, must be a number, got nan"
    ):
        linear_latency_encode_data([[1]], 20.0, thresh=np.nan)
    with pytest.raises(DataError, match="between 0 and 255; example 0 has 256 at pixel 1"):
        linear([[3, 256]])
    with pytest.raises(DataError, match=r"real numbers of shape \(examples, ...\), got dtype float64 and shape \(3,\)"):
        linear(np.ones(3))
    with pytest.raises(DataError, match=r"must run from min_time >= 0 to max_time, got 5.0 and 2.0"):
        linear_latency_encode_data([[1]], 2.0, 5.0)
    with pytest.raises(DataError, match=r"tau_eff and thresh must be finite and not negative, got 20.0 and -1"):
        log_latency_encode_data([[1]], 20.0, -1)
