"""What the front end says about custom updates that cannot mean anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ml_genn.access import VarAccess, VarAccessMode
from ml_genn.engines.embedded import (
    GeNNModel,
    create_custom_update_model,
    create_neuron_model,
    create_postsynaptic_model,
    create_prev_spike_time_var_ref,
    create_var_ref,
    create_weight_update_model,
    create_wu_var_ref,
    init_postsynaptic,
    init_weight_update,
)
from ml_genn.errors import DescriptionError, ShapeError

HOLDING = create_neuron_model("holding", vars=[("x", "scalar"), ("k", "int", VarAccess.READ_ONLY)])
WEIGHTS = create_weight_update_model("weights", vars=[("g", "scalar", VarAccess.READ_ONLY), ("dw", "scalar")])


def whole() -> tuple[GeNNModel, Any, Any]:
    """A model with populations a and b of 4 and 3 neurons."""
    model = GeNNModel("float", "m", "reference")
    model.batch_size = 2
    a, b = (model.add_neuron_population(name, n, HOLDING, {}, {"x": 0.0, "k": 0}) for name, n in (("a", 4), ("b", 3)))
    return model, a, b


def connect(model: GeNNModel, name: str, source: Any, target: Any, kind: str = "DENSE") -> Any:
    init = init_weight_update(WEIGHTS, {}, {"g": 0.0, "dw": 0.0})
    group = model.add_synapse_population(name, kind, source, target, init, init_postsynaptic("DeltaCurr"))
    if kind == "SPARSE":
        group.set_sparse_connections([0, 1], [1, 0])
    return group


def update(model: GeNNModel, code: str, accesses: dict[str, VarAccessMode], **references: Any) -> None:
    """Adds a custom update called u and builds the model."""
    refs = [
        (name, "int" if name == "k" else "scalar", accesses.get(name, VarAccessMode.READ_WRITE)) for name in references
    ]
    model.add_custom_update(
        "u", "U", create_custom_update_model("u", var_refs=refs, update_code=code), {}, {}, references
    )
    model.build()


def shared_written() -> None:
    model, a, _ = whole()
    update(model, "k = 1;", {}, x=create_var_ref(a, "x"), k=create_var_ref(a, "k"))


def neurons_and_synapses() -> None:
    model, a, _ = whole()
    one = model.add_neuron_population("one", 1, HOLDING, {}, {"x": 0.0, "k": 0})
    group = connect(model, "s", one, a)
    update(model, "x = g;", {"g": VarAccessMode.READ_ONLY}, x=create_var_ref(a, "x"), g=create_wu_var_ref(group, "dw"))


def two_synapse_groups() -> None:
    model, a, b = whole()
    groups = [connect(model, name, a, b) for name in "st"]
    update(model, "x = y;", {}, x=create_wu_var_ref(groups[0], "dw"), y=create_wu_var_ref(groups[1], "dw"))


def transposed(kinds: tuple[str, str], names: tuple[str, str], backwards: bool = True) -> Callable[[], None]:
    def build() -> None:
        model, a, b = whole()
        there = connect(model, "there", a, b, kinds[0])
        back = connect(model, "back", b, a, kinds[1]) if backwards else connect(model, "back", a, b)
        update(model, "", {}, x=create_wu_var_ref(there, names[0], back, names[1]))

    return build


def no_reference() -> None:
    model, _, _ = whole()
    update(model, "x = 1.0;", {}, x="x")


def foreign_reference() -> None:
    model, a, b = whole()
    other = create_postsynaptic_model("p", neuron_var_refs=[("V", "scalar", VarAccessMode.READ_ONLY)])
    psm = init_postsynaptic(other, var_refs={"V": create_var_ref(a, "x")})
    model.add_synapse_population("s", "DENSE", a, b, init_weight_update(WEIGHTS, {}, {"g": 0.0, "dw": 0.0}), psm)


def spike_before(access: VarAccessMode) -> Callable[[], None]:
    def build() -> None:
        model, a, _ = whole()
        writing = create_custom_update_model("u", var_refs=[("time", "timepoint", access)], update_code="time = 1.0;")
        model.add_custom_update("u", "U", writing, {}, {}, {"time": create_prev_spike_time_var_ref(a)})
        model.build()

    return build


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        *(
            (
                spike_before(access),
                DescriptionError,
                r"u: 'time' is the time of the spike before, which can only be read; make it READ_ONLY, and refer to",
            )
            for access in (VarAccessMode.READ_WRITE, VarAccessMode.BROADCAST, VarAccessMode.REDUCE_SUM)
        ),
        (shared_written, DescriptionError, r"u: 'k' is shared between elements or examples and cannot be written"),
        (
            neurons_and_synapses,
            DescriptionError,
            r"u: all references must point to neurons, or to the synapses of one group, but 'a.x' belongs to neurons "
            r"and 's.dw' to synapses of 's'",
        ),
        (two_synapse_groups, DescriptionError, r"'s.dw' belongs to synapses of 's' and 't.dw' to synapses of 't'"),
        (
            transposed(("DENSE", "SPARSE"), ("g", "g")),
            DescriptionError,
            r"u.x: only variables of dense synapses have a transpose, not 'there.g' and 'back.g'",
        ),
        (
            transposed(("DENSE", "DENSE"), ("g", "g"), backwards=False),
            ShapeError,
            r"u.x: 'there.g' and 'back.g' must belong to synapses of opposite directions, but connect 4 to 3 and 4 to",
        ),
        (
            transposed(("DENSE", "DENSE"), ("g", "dw")),
            DescriptionError,
            r"u.x: 'there.g' and 'back.dw' must have the same type and access",
        ),
        (
            no_reference,
            DescriptionError,
            r"u: variable reference 'x' needs what a create_\*_ref function returns, got 'x'",
        ),
        (
            foreign_reference,
            DescriptionError,
            r"s.postsynaptic: variable reference 'V' must point to a variable of the neurons 'b', got a.x",
        ),
    ],
    ids=lambda case: getattr(case, "__name__", None),
)
def test_messages(build: Callable[[], None], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        build()


def test_what_examples_share_may_be_written_where_there_is_one() -> None:
    """As on PyGeNN."""
    model, a, _ = whole()
    model.batch_size = 1
    update(model, "k = 7; x = 1.0;", {}, x=create_var_ref(a, "x"), k=create_var_ref(a, "k"))
    model.load()
    model.custom_update("U")
    assert (a.vars["k"].view == 7).all()
