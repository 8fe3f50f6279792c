"""The benchmark of latency-coded digits learns, in a few of its epochs."""

from __future__ import annotations

import pytest

from benchmarks.training.latency_digits import run


@pytest.mark.slow
def test_latency_digits() -> None:
    accuracy, engine, whole = run(1, epochs=8)
    assert accuracy > 85.0  # all its epochs come to more than 95
    assert 0.0 < engine < whole
