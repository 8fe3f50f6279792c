"""The Yin-Yang data set: points where they belong, as often as they should be, at the right times."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn.data.yin_yang import yin_yang_classes
from ml_genn.errors import DataError
from ml_genn.utils.data import generate_yin_yang_dataset

SIZE = 3000


def published_class(x: float, y: float, r_small: float = 0.1, r_big: float = 0.5) -> int:
    """The rule of the data set's paper, point by point."""
    right, left = np.hypot(x - 1.5 * r_big, y - r_big), np.hypot(x - 0.5 * r_big, y - r_big)
    if right < r_small or left < r_small:
        return 2
    first = right <= r_small
    second = r_small < left <= 0.5 * r_big
    third = y > r_big and right > 0.5 * r_big
    return int(first or second or third)


def test_classes() -> None:
    points = np.random.default_rng(1).uniform(size=(2000, 2))
    expected = [published_class(x, y) for x, y in points]
    np.testing.assert_array_equal(yin_yang_classes(points, 0.1, 0.5), expected)


@pytest.mark.parametrize("bias", [True, False])
def test_spikes(bias: bool) -> None:
    spikes, labels = generate_yin_yang_dataset(SIZE, 20.0, 3.0, bias, seed=2)
    assert [example.end_spikes.tolist() for example in spikes[:2]] == [list(range(1, 5 + bias))] * 2
    times = np.array([example.spike_times for example in spikes])
    if bias:
        np.testing.assert_array_equal(times[:, 0], 3.0)
    x, y, far_x, far_y = (times[:, -4:].T - 3.0) / 20.0
    np.testing.assert_allclose([far_x, far_y], [1 - x, 1 - y], atol=1e-14)
    assert (np.hypot(x - 0.5, y - 0.5) <= 0.5 + 1e-14).all()
    assert [published_class(*point) for point in zip(x, y, strict=True)] == labels


def test_classes_are_equally_likely_and_points_fill_their_regions() -> None:
    spikes, labels = generate_yin_yang_dataset(SIZE, 1.0, bias=False, seed=3)
    counts = np.bincount(labels)
    assert (np.abs(counts - SIZE / 3) < 5 * np.sqrt(SIZE * 2 / 9)).all()  # 5 standard deviations of a binomial
    points = np.array([example.spike_times[:2] for example in spikes])
    dots = points[np.array(labels) == 2]
    on_the_left = (dots[:, 0] < 0.5).mean()
    assert abs(on_the_left - 0.5) < 5 * 0.5 / np.sqrt(len(dots))
    # of points spread evenly over a disc half lie within 1 / sqrt(2) of its radius
    left = dots[dots[:, 0] < 0.5]
    inner = (np.hypot(*(left - [0.25, 0.5]).T) < 0.1 / np.sqrt(2)).mean()
    assert abs(inner - 0.5) < 5 * 0.5 / np.sqrt(len(left))


def test_seeds() -> None:
    def times(seed: int | None) -> list[float]:
        return np.concatenate(
            [example.spike_times for example in generate_yin_yang_dataset(5, 1.0, seed=seed)[0]]
        ).tolist()

    assert times(1) == times(1)
    assert times(1) != times(2)
    assert times(None) != times(None)
    assert generate_yin_yang_dataset(0, 1.0) == ([], [])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": -1, "scale": 1.0}, "size, scale and offset must be finite and not negative, got -1, 1.0 and 0.0"),
        ({"size": 1, "scale": -1.0}, "size, scale and offset must be finite and not negative"),
        (
            {"size": 1, "scale": 1.0, "r_big": 0.6},
            "the radii must satisfy 0 < 2 r_small < r_big <= 0.5, got 0.1 and 0.6",
        ),
        ({"size": 1, "scale": 1.0, "r_small": 0.25}, "the radii must satisfy 0 < 2 r_small < r_big <= 0.5"),
    ],
)
def test_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        generate_yin_yang_dataset(**arguments)
