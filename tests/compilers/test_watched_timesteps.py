"""The engine stops where callbacks look, and nowhere else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Network, Population
from ml_genn.callbacks import Callback
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
