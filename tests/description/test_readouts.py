"""Windows of readouts: which timesteps they hold, and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import OneToOne
from ml_genn.errors import DescriptionError
from ml_genn.model import NeuronModel, Var
from ml_genn.neurons import BinarySpikeInput, LeakyIntegrate
from ml_genn.readouts import AvgVar, AvgVarExpWeight, SpikeCount, SumVar


@pytest.mark.parametrize("dt", [0.1, 0.3, 1.0, 0.001])
def test_times_of_steps_are_in_the_window_that_they_begin(dt: float) -> None:
    """Also where n dt is rounded: 3 * 0.1 is above 0.3."""
    for first, last in [(0, 1), (3, 7), (6, 20), (7, 11)]:
        assert SumVar(first * dt, last * dt).window(20, dt) == range(first, last)
        assert SumVar(dt * (first + 0.5) if first else None, dt * last).window(20, dt) == range(
            first + (first > 0), last
        )


def test_a_window_may_end_after_the_trial() -> None:
    assert SumVar(2, 100).window(10, 0.5) == range(4, 10)
    assert SumVar().window(10, 0.5) == range(10)


@pytest.mark.parametrize("dt", [0.1, 1.0])
def test_code_runs_in_these_steps_only(dt: float) -> None:
    """A voltage that grows by 1 in each step, summed over a window late in a long trial, is known exactly."""
    with Network() as network:
        source = Population(BinarySpikeInput(), 1)
        summed = Population(LeakyIntegrate(tau_mem=np.inf, readout=SumVar(900 * dt, 950 * dt)), 1)
        weighed = Population(LeakyIntegrate(tau_mem=np.inf, readout=AvgVarExpWeight(990 * dt)), 1)
        for target in (summed, weighed):
            Connection(source, target, OneToOne(1.0))
    with InferenceCompiler(1000, dt=dt).compile(network) as compiled:
        found, _ = compiled.predict({source: np.ones((1, 1))}, [summed, weighed], callbacks=[])
    assert found[summed].item() == sum(range(900, 950))
    expected = np.mean(np.arange(990, 1000) * np.exp(-np.arange(10) / 10))
    assert found[weighed].item() == pytest.approx(expected, rel=1e-4)  # t itself is single precision, 7 digits of 1000


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: AvgVar(3.0, 3.0), r"AvgVar: a window must begin before it ends, got 3.0 to 3.0 ms"),
        (lambda: AvgVar(-1.0), r"AvgVar.window_start must be a finite number at least 0 ms, or None, got -1.0"),
        (lambda: AvgVar(None, 0.0), r"AvgVar.window_end must be a finite number above 0 ms, or None, got 0.0"),
    ],
)
def test_refused(make: Any, message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        make()


@pytest.mark.parametrize(
    ("readout", "message"),
    [
        (SumVar(10.0), "SumVar: no timestep of a trial of 10 ms lies in the window from 10 to its end"),
        (SumVar(1.2, 1.4), r"SumVar: no timestep of a trial of 10 ms lies in the window from 1.2 to 1.4 ms"),
    ],
)
def test_windows_without_timesteps(readout: SumVar, message: str) -> None:
    model = NeuronModel(vars=(Var("V"),), output_var_name="V")
    with pytest.raises(DescriptionError, match=message):
        readout.add_readout_logic(model, example_timesteps=20, dt=0.5)


def test_without_a_window_code_asks_for_no_time() -> None:
    model = NeuronModel(vars=(Var("V"),), output_var_name="V", threshold_condition_code="V >= 1.0")
    assert "if" not in SumVar(0.0, 10.0).add_readout_logic(model, example_timesteps=20, dt=0.5).sim_code
    assert SpikeCount().add_readout_logic(model, example_timesteps=20, dt=0.5).reset_code == "\nScount++;"
