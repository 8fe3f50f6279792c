"""Grey values as the times of single spikes: the brighter, the earlier."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ml_genn.errors import DataError

from .checks import one_array
from .spikes import PreprocessedSpikes

WHITE = 255.0


def linear_latency_encode_data(
    data: Any, max_time: float, min_time: float = 0.0, thresh: float = 1
) -> list[PreprocessedSpikes]:
    """One spike per pixel x > thresh, at t = (255 - x) / 255 (max_time - min_time) + min_time.

    Args:
        data: grey values 0 to 255, of shape (examples, ...); the neurons are the pixels in C order.
        max_time, min_time: latest and earliest spike [ms].
        thresh: brightest pixel that does not spike.

    Raises:
        DataError: a grey value is no number from 0 to 255, the times are no interval, or `thresh` is no number.
    """
    if not 0 <= min_time <= max_time < np.inf:
        raise DataError(f"spike times must run from min_time >= 0 to max_time, got {min_time} and {max_time}")
    if np.isnan(thresh):
        raise DataError("thresh, the brightest grey value that does not spike, must be a number, got nan")
    span = max_time - min_time
    return _encode(data, thresh, lambda x: (WHITE - x) / WHITE * span + min_time, highest=WHITE)


def log_latency_encode_data(data: Any, tau_eff: float, thresh: float) -> list[PreprocessedSpikes]:
    """One spike per pixel x > thresh, at t = tau_eff ln(x / (x - thresh)): when a leaky integrator would reach thresh.

    Args:
        data: grey values, not negative, of shape (examples, ...); the neurons are the pixels in C order.
        tau_eff: time constant [ms].
        thresh: threshold, in grey values.

    Raises:
        DataError: a grey value is negative or no finite number, or `tau_eff` or `thresh` is negative.
    """
    if not (0 <= tau_eff < np.inf and 0 <= thresh < np.inf):
        raise DataError(f"tau_eff and thresh must be finite and not negative, got {tau_eff} and {thresh}")
    return _encode(data, thresh, lambda x: tau_eff * np.log(x / (x - thresh)), highest=np.finfo(np.float64).max)


def _encode(
    data: Any, thresh: float, latency: Callable[[np.ndarray], np.ndarray], highest: float
) -> list[PreprocessedSpikes]:
    images = one_array(data, "grey values")
    if images.ndim < 2 or not math.prod(images.shape[1:]) or images.dtype.kind not in "biuf":
        raise DataError(
            f"grey values must be an array of real numbers of shape (examples, ...), got dtype {images.dtype} and "
            f"shape {images.shape}"
        )
    rows = images.reshape(len(images), math.prod(images.shape[1:]))
    _check_range(rows, highest)
    chosen = rows > thresh
    if not chosen.any():
        _warn_of_scale(rows, thresh)
    times = latency(rows[chosen].astype(np.float64))
    ends = np.cumsum(chosen, axis=1)
    parts = np.split(times, np.cumsum(ends[:, -1])[:-1]) if len(rows) else []
    return [PreprocessedSpikes(end, part) for end, part in zip(ends, parts, strict=True)]


def _warn_of_scale(rows: np.ndarray, thresh: float) -> None:
    """Of images without a spike, warn of those from 0 to 1, which are dark on the scale of grey values."""
    brightest = rows.max(initial=0)
    if rows.dtype.kind == "f" and 0 < brightest <= 1:
        warnings.warn(
            f"no pixel is above the threshold {thresh:g}, the brightest has {brightest:g}: grey values go up to 255; "
            "multiply images from 0 to 1 by 255",
            stacklevel=4,
        )


def _check_range(rows: np.ndarray, highest: float) -> None:
    wrong = np.argwhere(~((rows >= 0) & (rows <= highest)))
    if len(wrong):
        example, pixel = wrong[0]
        upto = "255" if highest == WHITE else "the largest finite number"
        raise DataError(
            f"grey values must lie between 0 and {upto}; example {example} has {rows[example, pixel]} at pixel {pixel} "
            f"({len(wrong)} such pixels in all)"
        )
