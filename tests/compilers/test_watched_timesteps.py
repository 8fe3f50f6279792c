"""The engine stops where callbacks look, and nowhere else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Network, Population
from ml_genn.callbacks import Callback, VarRecorder
from ml_genn.compilers import InferenceCompiler
from ml_genn.neurons import IntegrateFireInput

TIMESTEPS = 6


class Every(Callback):
    def on_timestep_end(self, timestep: int) -> None: ...


class Begin(Callback):
    def on_timestep_begin(self, timestep: int) -> None: ...


class Some(Callback):
    end_timesteps = (2, 5, 99)

    def __init__(self, seen: list[int]) -> None:
        self.seen = seen

    def on_timestep_end(self, timestep: int) -> None:
        self.seen.append(timestep)


class CountedModel:
    """An engine's model that writes down how far it is asked to advance."""

    def __init__(self, model: Any) -> None:
        self.__dict__.update(model=model, calls=[])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.model, name, value)

    def step_time(self, num_timesteps: int = 1) -> None:
        self.calls.append(num_timesteps)
        self.model.step_time(num_timesteps)


@pytest.mark.parametrize(
    ("watchers", "steps"),
    [([], [2, 3, 1]), ([Every], [1] * TIMESTEPS), ([Begin], [1] * TIMESTEPS)],
    ids=["end timesteps", "and every end", "and every beginning"],
)
def test_engine_calls(watchers: list[type[Callback]], steps: list[int]) -> None:
    with Network() as network:
        source = Population(IntegrateFireInput(), 2, readout="var")
    compiled = InferenceCompiler(TIMESTEPS, engine="reference").compile(network)
    seen: list[int] = []
    with compiled:
        model = compiled.genn_model = CountedModel(compiled.genn_model)
        compiled.predict(
            {source: np.ones((1, 2))}, source, callbacks=[Some(seen), *(watcher() for watcher in watchers)]
        )
    assert model.calls == steps
    assert seen == list(np.cumsum(steps) - 1)


@pytest.mark.parametrize("engine", ["reference", "embedded"])
def test_variables_are_recorded_in_one_call(engine: str) -> None:
    """Three batches, of which two examples are recorded; beside a callback that looks at each step, the same values."""
    with Network() as network:
        source = Population(IntegrateFireInput(), 4, readout="var")
    compiled = InferenceCompiler(TIMESTEPS, batch_size=2, engine=engine).compile(network)
    x = np.arange(20.0).reshape(5, 4) / 128.0  # no neuron reaches its threshold of 1
    recorder = VarRecorder(source, "v", key="v", example_filter=[1, 4], neuron_filter=[0, 3])
    with compiled:
        model = compiled.genn_model = CountedModel(compiled.genn_model)
        found = [
            compiled.predict({source: x}, source, callbacks=watch)[1]["v"]
            for watch in ([recorder], [recorder, Every()])
        ]
    assert model.calls == [TIMESTEPS] * 3 + [1] * TIMESTEPS * 3
    voltage = np.arange(1, TIMESTEPS + 1)[:, None] * x[[1, 4]][:, None, [0, 3]]
    for values in found:
        np.testing.assert_allclose(values, voltage, rtol=0)  # sums of multiples of 1/128 are exact in float
