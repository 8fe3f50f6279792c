"""Spike trains as SpikeInput takes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ml_genn.errors import DataError


class PreprocessedSpikes(NamedTuple):
    """The spikes of one example.

    Attributes:
        end_spikes: for each neuron the index after its last spike.
        spike_times: times [ms], ordered by neuron, then time.
    """

    end_spikes: np.ndarray
    spike_times: np.ndarray


def preprocess_spikes(times: ArrayLike, ids: ArrayLike, num_neurons: int) -> PreprocessedSpikes:
    """Sort spikes by neuron and time.

    Args:
        times: time of each spike [ms].
        ids: neuron of each spike, below `num_neurons`.
        num_neurons: size of the population.

    Raises:
        DataError: times and ids do not fit each other or the population.
    """
    spike_times, neurons = np.asarray(times, np.float64), np.asarray(ids)
    if spike_times.ndim != 1 or spike_times.shape != neurons.shape:
        raise DataError(
            f"times and ids must hold one entry per spike, got shapes {spike_times.shape} and {neurons.shape}"
        )
    if neurons.size and (neurons.dtype.kind not in "iu" or neurons.min() < 0 or neurons.max() >= num_neurons):
        raise DataError(f"neuron ids must be whole numbers from 0 to {num_neurons - 1}")
    if np.isnan(spike_times).any():
        raise DataError("spike times must be numbers, got NaN")
    neurons = neurons.astype(np.int64)
    order = np.lexsort((spike_times, neurons))
    counts = np.bincount(neurons, minlength=num_neurons)
    return PreprocessedSpikes(np.cumsum(counts), spike_times[order])


def linear_latency_encode_data(
    data: np.ndarray, max_time: float, min_time: float = 0.0, thresh: int = 1
) -> list[PreprocessedSpikes]:
    """One spike per pixel x > thresh, at t = (255 - x) / 255 (max_time - min_time) + min_time.

    Args:
        data: grey values 0 to 255, of shape (examples, ...).
        max_time, min_time: latest and earliest spike [ms].
        thresh: darkest pixel that does not spike.
    """
    span = max_time - min_time
    return _latency_encode(data, thresh, lambda x: (255.0 - x) / 255.0 * span + min_time)


def log_latency_encode_data(data: np.ndarray, tau_eff: float, thresh: float) -> list[PreprocessedSpikes]:
    """One spike per pixel x > thresh, at t = tau_eff ln(x / (x - thresh)): when a leaky integrator would reach thresh.

    Args:
        data: grey values, of shape (examples, ...).
        tau_eff: time constant [ms].
        thresh: threshold, in grey values.
    """
    return _latency_encode(data, thresh, lambda x: tau_eff * np.log(x / (x - thresh)))


def _latency_encode(
    data: np.ndarray, thresh: float, latency: Callable[[np.ndarray], np.ndarray]
) -> list[PreprocessedSpikes]:
    images = np.asarray(data).reshape(len(data), -1)
    spikes = []
    for image in images:
        chosen = image > thresh
        times = latency(image[chosen].astype(np.float64))
        spikes.append(PreprocessedSpikes(np.cumsum(chosen), times))
    return spikes
