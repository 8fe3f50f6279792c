"""Delays of single synapses that no row of the conformance table has: outside their range, and in several calls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn.access import VarAccess, VarAccessMode
from ml_genn.engines.embedded import (
    GeNNModel,
    create_neuron_model,
    create_var_ref,
    create_weight_update_model,
    init_postsynaptic,
    init_weight_update,
)
from ml_genn.engines.embedded.cpu.emit import delivery
from ml_genn.engines.embedded.cpu.emit.later import RUN
from ml_genn.engines.embedded.plan import layout
from ml_genn.errors import UnsupportedError

SOURCE = create_neuron_model("source", threshold_condition_code="t == 0.0")
RAMP = create_neuron_model("ramp", vars=[("V", "scalar"), ("X", "scalar")], sim_code="V += 1.0; X = Isyn;")
SENDING = create_weight_update_model(
    "sending",
    vars=[("d", "int", VarAccess.READ_ONLY)],
    pre_spike_syn_code="addToPostDelay(1.0, d);\nconst int one = 1;\naddToPostDelay(-0.25, d + one);",
)
LOOKING = create_weight_update_model(
    "looking",
    vars=[("d", "int", VarAccess.READ_ONLY), ("seen", "scalar")],
    post_neuron_var_refs=[("V_post", "scalar", VarAccessMode.READ_ONLY)],
    pre_spike_syn_code="seen = V_post[d];",
)
GIVEN = np.tile([0, 1, 2, 3, -1, 200, -(2**31)], 20)
"""More targets than are worked on at a time."""


def built(kind: Any, backend: str, **references: Any) -> tuple[Any, Any, Any]:
    model = GeNNModel(backend=backend)
    source = model.add_neuron_population("source", 1, SOURCE)
    target = model.add_neuron_population("target", GIVEN.size, RAMP, {}, {"V": 0.0, "X": 0.0})
    values = {"d": GIVEN, **({"seen": -1.0} if references else {})}
    made = {name: create_var_ref(target, variable) for name, variable in references.items()}
    init = init_weight_update(kind, {}, values, post_var_refs=made)
    group = model.add_synapse_population("s", "DENSE", source, target, init, init_postsynaptic("DeltaCurr"))
    group.max_dendritic_delay_timesteps = 4
    model.build()
    return model, group, target


@pytest.mark.parametrize(("backend", "run"), [("embedded", RUN), ("embedded", 3), ("reference", RUN)])
def test_delays_out_of_range_are_the_longest_when_sending(
    backend: str, run: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "RUN", run)
    model, _, target = built(SENDING, backend)
    model.load()
    arrived = []
    for _ in range(7):
        model.step_time()
        arrived.append(target.vars["X"].values)
    steps = np.where((GIVEN < 0) | (GIVEN > 3), 3, GIVEN)
    later = np.where((GIVEN + 1 < 0) | (GIVEN + 1 > 3), 3, GIVEN + 1)
    expected = np.zeros((7, GIVEN.size))
    for delays, weight in ((steps, 1.0), (later, -0.25)):
        np.add.at(expected, (1 + delays, np.arange(GIVEN.size)), weight)
    np.testing.assert_array_equal(arrived, expected)


@pytest.mark.parametrize("backend", ["embedded", "reference"])
def test_delays_out_of_range_are_the_longest_when_looking_back(backend: str) -> None:
    model, group, _ = built(LOOKING, backend, V_post="V")
    model.load()
    for _ in range(2):
        model.step_time()
    steps = np.where((GIVEN < 0) | (GIVEN > 3), 4, GIVEN)  # one more step is kept for those who look back
    np.testing.assert_array_equal(group.vars["seen"].values, np.maximum(1.0 - steps, 0.0))


def test_rings_in_which_places_have_too_few_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "MOST_DELAYED", 500)
    with pytest.raises(UnsupportedError, match=r"delays of 4 steps of 140 neurons take 2\^31 numbers for each example"):
        built(SENDING, "embedded")
