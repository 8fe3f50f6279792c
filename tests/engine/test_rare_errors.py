"""Errors of the engine that checks further up forestall in nearly every model."""

from __future__ import annotations

from typing import Any

import pytest

from ml_genn.engines.embedded import (
    GeNNModel,
    create_custom_update_model,
    create_egp_ref,
    create_neuron_model,
    create_var_ref,
)
from ml_genn.engines.embedded.language.types import FLOAT, Precision
from ml_genn.engines.embedded.plan.description import Model
from ml_genn.engines.embedded.plan.layout import Layout
from ml_genn.engines.embedded.plan.names import Namespace
from ml_genn.engines.embedded.plan.plan import Array
from ml_genn.engines.embedded.session import Session
from ml_genn.errors import DescriptionError

NO_ROWS: Any = None
"""Stands for what builds rows of synapses; there are none."""


@pytest.mark.parametrize("name", ["executable", "loaded_plan", "recordings", "storage"])
def test_a_session_that_is_not_open(name: str) -> None:
    with pytest.raises(DescriptionError, match=r"the model is not loaded; call build\(\) and load\(\) first"):
        getattr(Session(), name)


def test_two_arrays_of_one_name() -> None:
    layout = Layout(Model("m", "float", "float", 1.0, 1, 0, ()), Precision(), (NO_ROWS, NO_ROWS))
    layout.declare("neurons.n.x", FLOAT, 3)
    with pytest.raises(DescriptionError, match=r"neurons\.n\.x is declared twice; rename one of the two"):
        layout.declare("neurons.n.x", FLOAT, 3)


def test_a_global_parameter_of_another_type() -> None:
    model = GeNNModel("float", "m", "reference")
    neuron = create_neuron_model("holding", vars=[("x", "scalar")], extra_global_params=[("table", "scalar*")])
    population = model.add_neuron_population("n", 2, neuron, {}, {"x": 0.0})
    population.extra_global_params["table"].set_init_values([1.0, 2.0])
    update = create_custom_update_model(
        "u", var_refs=[("x", "scalar")], extra_global_param_refs=[("e", "int*")], update_code="x = e[0];"
    )
    references = {"x": create_var_ref(population, "x")}
    model.add_custom_update("u", "g", update, {}, {}, references, {"e": create_egp_ref(population, "table")})
    with pytest.raises(DescriptionError, match=r"u\.e is declared int\* but 'n\.table' is float\*"):
        model.build()


def test_a_sum_called_like_something_else() -> None:
    names = Namespace("s.pre_spike_syn_code", Precision())
    array = Array("synapses.s.g", FLOAT, 3, summed=True)
    names.add_sum("g", array)
    with pytest.raises(DescriptionError, match=r"s\.pre_spike_syn_code: 'g' is declared twice; rename one of the two"):
        names.add_sum("g", array)
