"""Analog signals of several channels as events: one whenever a signal has changed by a fixed amount."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ml_genn.errors import DataError

from .checks import one_array
from .spikes import PreprocessedSpikes, preprocess_spikes


def level_crossing_encode_data(
    signals: Sequence[Any],
    delta: ArrayLike,
    sample_time: float = 1.0,
    value_range: tuple[float, float] | None = None,
) -> list[PreprocessedSpikes]:
    """Delta modulation: a spike whenever a channel has moved by delta since its last spike.

    With reference r = x(0) at first, and x linear between samples: where x(t) = r + delta the neuron 2 c of channel c
    spikes, where x(t) = r - delta the neuron 2 c + 1, and r becomes x(t). A constant channel is silent whatever its
    level, and the signal can be read from the spikes to within delta.

    With `value_range`, (lowest, highest), each level lowest + k delta up to highest has neurons of its own: crossing it
    upwards is a spike of neuron 2 (c L + k), downwards of the neuron after, L levels in all. r starts at the level that
    is nearest to x(0), and levels outside the range have no neurons.

    Args:
        signals: one array of shape (samples, channels) per example; lengths may differ.
        delta: the amount, of all channels or of each, in units of the signal.
        sample_time: time from one sample to the next [ms]; sample i is at i sample_time.
        value_range: lowest and highest level, in units of the signal; `delta` is one number then.

    Returns:
        Spikes of 2 * channels neurons for each example, of 2 * channels * L with `value_range`.

    Raises:
        DataError: an example has another shape or a value that is not finite, or delta or sample_time is not positive;
            or value_range is no range.

    Source: send-on-delta sampling, Miskowicz 2006, "Send-on-delta concept: an event-based data reporting strategy".
    """
    if not 0 < sample_time < np.inf:
        raise DataError(f"sample_time must be a positive number of milliseconds, got {sample_time}")
    num_levels, lowest = _levels(value_range, delta)
    encoded, channels = [], None
    for index, signal in enumerate(signals):
        values = _checked_signal(signal, index, channels)
        channels = values.shape[1]
        amounts = _checked_delta(delta, channels)
        start = values[0] if num_levels is None else lowest + np.rint((values[0] - lowest) / amounts) * amounts
        times, ids, levels = _crossings(values, amounts, start)
        if num_levels is None:
            encoded.append(preprocess_spikes(times * sample_time, ids, 2 * channels))
            continue
        number = np.rint((levels - lowest) / amounts[ids // 2]).astype(np.int64)
        kept = (number >= 0) & (number < num_levels)
        ids = 2 * (ids // 2 * num_levels + number) + ids % 2
        encoded.append(preprocess_spikes(times[kept] * sample_time, ids[kept], 2 * channels * num_levels))
    return encoded


def _levels(value_range: tuple[float, float] | None, delta: ArrayLike) -> tuple[int | None, float]:
    """The number of levels and the lowest, None and 0 where levels are not told apart."""
    if value_range is None:
        return None, 0.0
    if np.ndim(delta) == 0:
        _checked_delta(delta, 1)
    lowest, highest = value_range
    if np.ndim(delta) or not -np.inf < lowest <= highest < np.inf:
        raise DataError(
            f"value_range needs finite levels, lowest <= highest, and one delta, got {lowest}, {highest} and {delta!r}"
        )
    return int(np.floor((highest - lowest) / np.asarray(delta, np.float64) + 1e-9)) + 1, float(lowest)


def _checked_signal(signal: Any, index: int, channels: int | None) -> NDArray[np.float64]:
    values = one_array(signal, f"example {index}")
    if values.ndim != 2 or values.dtype.kind not in "biuf" or not values.size:
        raise DataError(
            f"example {index} must be an array of real numbers of shape (samples, channels), got dtype {values.dtype} "
            f"and shape {values.shape}"
        )
    if channels is not None and values.shape[1] != channels:
        raise DataError(f"example {index} has {values.shape[1]} channels, those before it {channels}")
    values = values.astype(np.float64)
    wrong = np.argwhere(~np.isfinite(values))
    if len(wrong):
        sample, channel = wrong[0]
        raise DataError(
            f"example {index} has {values[sample, channel]} at sample {sample} of channel {channel}; signals must be "
            "finite"
        )
    return values


def _checked_delta(delta: ArrayLike, channels: int) -> NDArray[np.float64]:
    amounts = np.asarray(delta, np.float64)
    if amounts.shape not in ((), (1,), (channels,)) or not ((amounts > 0) & (amounts < np.inf)).all():
        raise DataError(
            f"delta must be a positive number, or one for each of {channels} channels, got {np.array2string(amounts)}"
        )
    return np.broadcast_to(amounts, channels)


def _crossings(
    values: NDArray[np.float64], delta: NDArray[np.float64], start: NDArray[np.float64]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, counted in samples, neurons and levels of all spikes; `start` is the first reference of each channel."""
    reference = start.copy()
    times, ids, crossed = [np.empty(0)], [np.empty(0, np.int64)], [np.empty(0)]
    for sample in range(1, len(values)):
        before, after = values[sample - 1], values[sample]
        steps = np.floor(np.abs(after - reference) / delta + 1e-9).astype(np.int64)
        for channel in np.flatnonzero(steps):
            sign = 1.0 if after[channel] > reference[channel] else -1.0
            levels = reference[channel] + sign * delta[channel] * np.arange(1, steps[channel] + 1)
            way = after[channel] - before[channel]
            part = (levels - before[channel]) / way if way else np.ones(len(levels))
            times.append(sample - 1 + np.clip(part, 0.0, 1.0))
            ids.append(np.full(len(levels), 2 * channel + (sign < 0)))
            crossed.append(levels)
            reference[channel] = levels[-1]
    return np.concatenate(times), np.concatenate(ids), np.concatenate(crossed)
