"""The Yin-Yang data set: points of three classes in a disc, as spike times."""

from __future__ import annotations

import numpy as np

from ml_genn.errors import DataError

from .spikes import PreprocessedSpikes


def generate_yin_yang_dataset(
    size: int,
    scale: float,
    offset: float = 0.0,
    bias: bool = True,
    r_small: float = 0.1,
    r_big: float = 0.5,
    *,
    seed: int | None = None,
) -> tuple[list[PreprocessedSpikes], list[int]]:
    """Random points in the Yin-Yang sign, of classes 0 (yin), 1 (yang) and 2 (its two dots), which are equally likely.

    A point (x, y) becomes one spike of each of four neurons, at offset + scale (x, y, 1 - x, 1 - y) [ms]; with `bias`
    a neuron before them spikes at `offset`.

    Args:
        size: number of points.
        scale: time that stands for 1 [ms].
        offset: time that stands for 0 [ms].
        bias: whether there is a neuron that always spikes at `offset`.
        r_small: radius of the dots.
        r_big: radius of the sign, whose centre is (r_big, r_big); at most 0.5, so that x and y are at most 1.
        seed: of the random numbers; None for another data set in every call.

    Returns:
        Spikes of each point, and its class.

    Raises:
        DataError: the arguments describe no data set.

    Source: Kriener, Goeltz, Petrovici 2022, "The Yin-Yang dataset", section 2.
    """
    if size < 0 or not (0 <= offset < np.inf and 0 <= scale < np.inf):
        raise DataError(f"size, scale and offset must be finite and not negative, got {size}, {scale} and {offset}")
    if not 0 < r_small < r_big / 2 <= 0.25:
        raise DataError(f"the radii must satisfy 0 < 2 r_small < r_big <= 0.5, got {r_small} and {r_big}")
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, size)
    points = np.empty((size, 2))
    for label in range(3):
        chosen = labels == label
        points[chosen] = _points_of(label, int(chosen.sum()), r_small, r_big, generator)
    features = np.hstack([points, 1.0 - points])
    if bias:
        features = np.hstack([np.zeros((size, 1)), features])
    end_spikes = np.arange(1, 1 + features.shape[1])
    return [PreprocessedSpikes(end_spikes, row) for row in offset + scale * features], labels.tolist()


def yin_yang_classes(points: np.ndarray, r_small: float, r_big: float) -> np.ndarray:
    """The class of each point, shape (points, 2), inside the sign."""
    to_right = np.hypot(points[:, 0] - 1.5 * r_big, points[:, 1] - r_big)
    to_left = np.hypot(points[:, 0] - 0.5 * r_big, points[:, 1] - r_big)
    in_left_half = to_left <= 0.5 * r_big
    above = (points[:, 1] > r_big) & (to_right > 0.5 * r_big)
    classes = np.where(in_left_half | above, 1, 0)
    classes[(to_right <= r_small) | (to_left <= r_small)] = 2
    return classes


def _points_of(label: int, count: int, r_small: float, r_big: float, generator: np.random.Generator) -> np.ndarray:
    """Points of one class, evenly spread, by rejection."""
    found = np.empty((0, 2))
    while len(found) < count:
        points = generator.uniform(0.0, 2.0 * r_big, (64 + 32 * count, 2))
        inside = np.hypot(*(points - r_big).T) <= r_big
        found = np.concatenate([found, points[inside & (yin_yang_classes(points, r_small, r_big) == label)]])
    return found[:count]
