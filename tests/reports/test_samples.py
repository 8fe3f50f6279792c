"""Inputs for a report are small and keep their values."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn.reports import Sample
from ml_genn.reports.samples import sample_inputs


def values(sample: Sample) -> np.ndarray:
    """What the codes stand for."""
    codes = np.array(sample.values).reshape(sample.shape)
    return np.asarray(sample.low + codes / 255 * (sample.high - sample.low))


@pytest.mark.parametrize(
    ("shape", "shown"),
    [
        ((28, 28, 1), (28, 28)),
        ((8, 8), (8, 8)),
        ((32, 30, 3), (32, 30, 3)),
        ((64,), (64,)),
        ((4, 4, 2, 2), (64,)),
        ((5, 6, 2), (5, 6)),
    ],
)
def test_small_inputs_keep_their_values(shape: tuple[int, ...], shown: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(size=(3, *shape))
    found = sample_inputs(x)
    expected = x.mean(axis=3, keepdims=True) if shape[-1] == 2 and len(shape) == 3 else x
    assert [sample.shape for sample in found] == [shown] * 3
    for sample, wanted in zip(found, expected, strict=True):
        half_a_code = (sample.high - sample.low) / 255 / 2
        assert np.abs(values(sample) - wanted.reshape(shown)).max() <= half_a_code * (1 + 1e-9)


def test_one_scale_for_all() -> None:
    found = sample_inputs(np.array([[0.0, 1.0], [2.0, 4.0]]))
    assert [(sample.low, sample.high) for sample in found] == [(0.0, 4.0)] * 2
    assert found[0].values == (0, 64)


def test_large_inputs_are_means_of_blocks() -> None:
    x = np.random.default_rng(0).random((1, 65, 40, 3))
    (found,) = sample_inputs(x)
    assert found.shape == (22, 14, 3)
    assert values(found)[0, 0] == pytest.approx(x[0, :3, :3].mean(axis=(0, 1)), abs=1 / 255)
    assert values(found)[21, 13] == pytest.approx(x[0, 63:, 39:].mean(axis=(0, 1)), abs=1 / 255)
    (sound,) = sample_inputs(np.random.default_rng(0).random((1, 16_000)))
    assert sound.shape == (254,)


def test_nothing_and_no_variation() -> None:
    assert sample_inputs(np.zeros((0, 28, 28, 1))) == ()
    assert sample_inputs(np.zeros((1, 3)))[0].values == (0, 0, 0)
    assert sample_inputs(np.full((1, 2), 3.0))[0].values == (255, 255)
