"""Phases: what the plan makes of them, and what cannot be one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ml_genn.engines.embedded import (
    GeNNModel,
    create_neuron_model,
    create_weight_update_model,
    init_postsynaptic,
    init_weight_update,
)
from ml_genn.engines.embedded.plan.plan import NeuronUpdate, Propagation
from ml_genn.errors import DescriptionError, UnsupportedError

NEURONS = create_neuron_model(
    "neurons",
    params=[("Phase", "int")],
    vars=[("V", "scalar"), ("W", "scalar")],
    sim_code="if (Phase == 0) { V += Isyn; } else { W += 1.0; }",
    threshold_condition_code="Phase == 0 && V > 1.0",
)
PLAIN = create_neuron_model("plain", vars=[("V", "scalar")], sim_code="V += Isyn;", threshold_condition_code="V > 1.0")
SYNAPSES = create_weight_update_model(
    "synapses", params=[("Phase", "int")], pre_spike_syn_code="if (Phase == 0) { addToPost(1.0); }"
)


def model() -> GeNNModel:
    whole = GeNNModel("float", "m", "reference")
    source = whole.add_neuron_population("source", 3, PLAIN, {}, {"V": 0.0})
    target = whole.add_neuron_population("target", 3, NEURONS, {"Phase": 1}, {"V": 0.0, "W": 0.0})
    init = init_weight_update(SYNAPSES, {"Phase": 0})
    whole.add_synapse_population("s", "DENSE", source, target, init, init_postsynaptic("DeltaCurr"))
    return whole


def test_each_phase_has_the_code_that_runs_in_it() -> None:
    whole = model()
    whole.declare_phase("Phase", 2)
    whole.build()
    whole.load()
    plan = whole._session.loaded_plan
    first, second = plan.phases
    assert [type(kernel) for kernel in first] == [Propagation, NeuronUpdate, NeuronUpdate]
    assert [type(kernel) for kernel in second] == [NeuronUpdate, NeuronUpdate]
    assert first[1] is second[0] is plan.step[1]  # the source asks for no phase
    forward, backward = first[2], second[1]
    assert isinstance(forward, NeuronUpdate)
    assert isinstance(backward, NeuronUpdate)
    assert forward.sim is not None
    assert backward.sim is not None
    assert (set(forward.sim.bindings), set(backward.sim.bindings)) == ({"V", "Isyn"}, {"W"})
    assert forward.threshold is not None
    assert backward.threshold is not None
    assert (set(forward.threshold.bindings), set(backward.threshold.bindings)) == ({"V"}, set())


def test_a_model_begins_in_the_first_phase() -> None:
    whole = model()  # the target's parameter says 1
    whole.declare_phase("Phase", 2)
    whole.build()
    whole.load()
    whole.step_time(2)
    assert (whole.neuron_populations["target"].vars["W"].view == 0.0).all()
    whole.set_phase("Phase", 1)
    whole.step_time(2)
    assert (whole.neuron_populations["target"].vars["W"].view == 2.0).all()


def test_without_phases_the_plan_has_one_step() -> None:
    whole = model()
    whole.build()
    whole.load()
    plan = whole._session.loaded_plan
    assert plan.steps == (plan.step,)


def loaded() -> GeNNModel:
    whole = model()
    whole.declare_phase("Phase", 2)
    whole.build()
    whole.load()
    return whole


def undeclared() -> None:
    whole = model()
    whole.declare_phase("Fase", 2)
    whole.build()


def too_many() -> None:
    whole = model()
    whole.declare_phase("Phase", 9)
    whole.declare_phase("Other", 2)


@pytest.mark.parametrize(
    ("do", "error", "message"),
    [
        (undeclared, DescriptionError, "m: no group has a parameter 'Fase', which is declared a phase"),
        (too_many, UnsupportedError, "with the phase 'Other' there are more than 16 combinations of phases"),
        (
            lambda: model().declare_phase("Phase", 1),
            DescriptionError,
            "m: the phase 'Phase' needs at least two values, got 1",
        ),
        (
            lambda: loaded().declare_phase("Other", 2),
            DescriptionError,
            r"m: the phase 'Other' must be set or added before build\(\)",
        ),
        (
            lambda: loaded().set_phase("Fase", 0),
            DescriptionError,
            r"m: phase 'Fase' is not known \(did you mean 'Phase'\?\)",
        ),
        (
            lambda: loaded().set_phase("Phase", 2),
            DescriptionError,
            "m: the phase 'Phase' is a whole number from 0 to 1, got 2",
        ),
        (lambda: model().set_phase("Phase", 0), DescriptionError, "the model is not loaded"),
    ],
)
def test_messages(do: Callable[[], None], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        do()
