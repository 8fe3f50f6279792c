"""Readouts that look at the input of the network: what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from ml_genn import Connection, Network, Population
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import Dense
from ml_genn.errors import DescriptionError, UnsupportedError
from ml_genn.neurons import CurrentInput, LeakyIntegrate, LeakyIntegrateFire
from ml_genn.readouts import AvgVarInputWeight


def compile_with(source: Any, **kwargs: Any) -> None:
    with Network() as network:
        first = Population(source, 3, name="first")
        last = Population(LeakyIntegrate(readout="avg_var_input_weight"), 2, name="last")
        Connection(first, last, Dense(1.0))
    InferenceCompiler(10, **kwargs).compile(network)


def test_refused() -> None:
    with pytest.raises(DescriptionError, match="last: AvgVarInputWeight reads the input of the network, which has no"):
        compile_with(LeakyIntegrateFire())
    with pytest.raises(
        UnsupportedError, match="AvgVarInputWeight needs inputs that spike, first sends values; use another readout"
    ):
        compile_with(CurrentInput())
    with pytest.raises(DescriptionError, match=r"AvgVarInputWeight.tau must be a finite number above 0 ms, got 0"):
        AvgVarInputWeight(0.0)
