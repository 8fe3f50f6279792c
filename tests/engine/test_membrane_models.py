"""Models written as PyGeNN model code agree with scipy's integration, which shares no code with the engine."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str) -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLES / f"{name}.py"))


def test_izhikevich() -> None:
    """Euler's error is of first order: it halves with the step, up to the step that a spike time is a multiple of."""
    izhikevich = example("izhikevich")
    exact = izhikevich["integrate"](100.0)
    errors = []
    for dt in (0.01, 0.005):
        _, spikes = izhikevich["simulate"](dt, 100.0)
        assert len(spikes) == len(exact) == 3
        errors.append(np.abs(spikes - exact).max())
    assert errors[0] < 0.2  # ms; spikes are 33 ms apart
    assert errors[1] == pytest.approx(errors[0] / 2, abs=0.005)


def test_hodgkin_huxley() -> None:
    """Two spikes of 100 mV; the mean difference halves with the step, as Euler's does, to a part in ten."""
    squid = example("hodgkin_huxley")
    errors = []
    for dt in (0.01, 0.005):
        voltage = squid["simulate"](dt, 30.0)
        exact = squid["integrate"](np.arange(1, len(voltage) + 1) * dt)
        assert rises(voltage) == rises(exact) == 2
        errors.append(np.abs(voltage - exact).mean())
    assert errors[0] < 0.2  # mV
    assert errors[1] == pytest.approx(errors[0] / 2, rel=0.1)


def rises(voltage: np.ndarray) -> int:
    """How often the voltage rises through 0 mV."""
    return int(np.count_nonzero((voltage[1:] > 0.0) & (voltage[:-1] <= 0.0)))
