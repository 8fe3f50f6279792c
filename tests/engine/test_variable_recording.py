"""Recording of variables: the life of a recording, and what cannot be recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ml_genn.engines.embedded import GeNNModel, create_neuron_model
from ml_genn.errors import DescriptionError

RAMP = create_neuron_model("ramp", vars=[("V", "scalar")], sim_code="V += 1.0;")


@pytest.fixture(params=["reference", "embedded"])
def ramp(request: pytest.FixtureRequest) -> tuple[GeNNModel, Any]:
    model = GeNNModel("double", "m", request.param)
    group = model.add_neuron_population("n", 3, RAMP, {}, {"V": 0.0})
    model.build()
    model.load()
    return model, group


def test_it_can_be_read_after_it_was_stopped_and_the_model_unloaded(ramp: tuple[GeNNModel, Any]) -> None:
    model, group = ramp
    stopped, running = (model.record_variable(group.vars["V"], 10, 1) for _ in range(2))
    model.step_time(2)
    stopped.stop()
    stopped.stop()
    model.step_time(1)
    model.unload()
    assert stopped.values.ravel().tolist() == [1.0, 2.0]
    assert running.values.ravel().tolist() == [1.0, 2.0, 3.0]
    model.load()
    model.step_time(5)
    assert (stopped.num_steps, running.num_steps) == (2, 3)


def test_there_is_nothing_before_the_first_step(ramp: tuple[GeNNModel, Any]) -> None:
    model, group = ramp
    assert model.record_variable(group.vars["V"], 4).values.shape == (1, 0, 3)


def test_custom_updates_are_not_steps(ramp: tuple[GeNNModel, Any]) -> None:
    model, group = ramp
    recording = model.record_variable(group.vars["V"], 4)
    group.vars["V"].view[:] = 8.0
    model.step_time(1)
    assert np.array_equal(recording.values, np.full((1, 1, 3), 9.0))


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (lambda model, v: model.record_variable(v, 0), "neurons.n.V: record at least one timestep, not 0"),
        (lambda model, v: model.record_variable(v, 4, 3), "neurons.n.V: there is no element 3; they are 0 to 2"),
        (lambda model, v: model.record_variable(v, 4, [-1]), "neurons.n.V: there is no element -1"),
        (
            lambda model, v: model.record_variable(v, 4, [0.5]),
            r"neurons.n.V: elements must be a list of integers, got \[0.5\]",
        ),
        (
            lambda model, v: (model.unload(), model.record_variable(v, 4)),
            "neurons.n.V: load the model before using its arrays",
        ),
    ],
)
def test_messages(ramp: tuple[GeNNModel, Any], record: Callable[[GeNNModel, Any], Any], message: str) -> None:
    model, group = ramp
    with pytest.raises(DescriptionError, match=message):
        record(model, group.vars["V"])
