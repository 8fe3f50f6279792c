"""What the front end says to a mistake in models of neurons and updates: who, what was expected, what to do."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn.access import VarAccess, VarAccessMode
from ml_genn.engines import embedded
from ml_genn.engines.embedded import (
    create_current_source_model,
    create_custom_connectivity_update_model,
    create_custom_update_model,
    create_egp_ref,
    create_neuron_model,
    create_postsynaptic_model,
    create_var_init_snippet,
    create_var_ref,
    init_postsynaptic,
    init_var,
    init_weight_update,
)
from ml_genn.engines.embedded.language import ModelCodeError
from ml_genn.errors import DescriptionError, ShapeError, UnsupportedError

from .mistakes import HOLDING, SPIKE, Mistakes, build, check_told, model, neurons, one_population, updated

MISTAKES: Mistakes = {
    "keyword": (
        lambda: create_neuron_model("n", simcode="x = 1;"),  # type: ignore[call-arg]
        DescriptionError,
        r"create_neuron_model: keyword 'simcode' is not known \(did you mean 'sim_code'",
    ),
    "renamed keyword": (
        lambda: create_neuron_model("n", var_name_types=[]),  # type: ignore[call-arg]
        DescriptionError,
        r"keyword 'var_name_types' is not known",
    ),
    "built-in neuron": (
        lambda: neurons(neuron="LIV"),
        DescriptionError,
        r"n: neuron model 'LIV' is not known \(did you mean 'LIF'",
    ),
    "built-in synapse": (
        lambda: init_postsynaptic("ExpCur"),
        DescriptionError,
        r"postsynaptic model 'ExpCur' is not known \(did you mean 'ExpCurr'",
    ),
    "built-in weight update": (
        lambda: init_weight_update("Hebb"),
        DescriptionError,
        r"weight update model 'Hebb' is not known",
    ),
    "built-in initialiser": (
        lambda: init_var("Gauss"),
        DescriptionError,
        r"variable initialisation snippet 'Gauss' .*known are Binomial, Constant",
    ),
    "parameter name": (
        lambda: neurons(neuron="Poisson", params={"Rate": 5.0}, vars={"timeStepToSpike": 0.0}),
        DescriptionError,
        r"n: parameter 'Rate' is not known \(did you mean 'rate'",
    ),
    "parameter missing": (
        lambda: neurons(neuron="Poisson", vars={"timeStepToSpike": 0.0}),
        DescriptionError,
        r"n: no value given for parameter 'rate'",
    ),
    "parameter value": (
        lambda: neurons(neuron="Poisson", params={"rate": "5"}, vars={"timeStepToSpike": 0.0}),
        DescriptionError,
        r"n: parameter 'rate' must be a number, not '5'",
    ),
    "variable name": (
        lambda: neurons(vars={"x": 0.0, "K": 1}),
        DescriptionError,
        r"n: variable 'K' is not known \(did you mean 'k'",
    ),
    "variable missing": (lambda: neurons(vars={"x": 0.0}), DescriptionError, r"n: no value given for variable 'k'"),
    "variable text": (
        lambda: build(HOLDING, {}, {"x": "1", "k": 0}),
        DescriptionError,
        r"n.x: initial values must be numbers",
    ),
    "variable shape": (
        lambda: build(HOLDING, {}, {"x": np.zeros(4), "k": 0}),
        ShapeError,
        r"neurons.n.x: initial values must have shape \(3,\) or \(1, 3\), got \(4,\)",
    ),
    "variable type": (
        lambda: build(create_neuron_model("m", vars=[("x", "scaler")]), {}, {"x": 0.0}),
        ModelCodeError,
        r"n.x:1:1: .*did you mean 'scalar'",
    ),
    "pointer variable": (
        lambda: build(create_neuron_model("m", vars=[("x", "scalar*")]), {}, {"x": 0.0}),
        DescriptionError,
        r"n.x: a variable or parameter must be a number, not scalar\*",
    ),
    "number as pointer": (
        lambda: build(create_neuron_model("m", extra_global_params=[("x", "scalar")])),
        DescriptionError,
        r"must be a pointer such as 'scalar\*', not scalar",
    ),
    "declaration": (
        lambda: create_neuron_model("m", vars=["x"]),
        DescriptionError,
        r"model 'm': vars must hold \(name, type\) or \(name, type, access\), not 'x'",
    ),
    "parameter declaration": (
        lambda: create_neuron_model("m", params=[("x", 5)]),
        DescriptionError,
        r"params must hold name or \(name, type\), not \('x', 5\)",
    ),
    "derived declaration": (
        lambda: create_neuron_model("m", derived_params=[("x", 5)]),
        DescriptionError,
        r"derived_params must hold \(name, function of parameters and dt\)",
    ),
    "input declaration": (
        lambda: create_neuron_model("m", additional_input_vars=[("x", "scalar")]),
        DescriptionError,
        r"additional_input_vars must hold \(name, type, initial value\)",
    ),
    "access": (
        lambda: create_neuron_model("m", vars=[("x", "scalar", VarAccessMode.REDUCE_SUM)]),
        DescriptionError,
        r"model 'm': vars needs an access of VarAccess, not <VarAccessMode.REDUCE_SUM",
    ),
    "name": (
        lambda: create_neuron_model("m", params=["a b"]),
        DescriptionError,
        r"model 'm': 'a b' is not a name that code can use",
    ),
    "name twice": (
        lambda: create_neuron_model("m", params=["V"], vars=[("V", "scalar")]),
        DescriptionError,
        r"model 'm': 'V' is declared twice",
    ),
    "name of a built-in value": (
        lambda: build(create_neuron_model("m", params=["dt"]), {"dt": 1.0}),
        DescriptionError,
        r"n: 'dt' is declared twice",
    ),
    "code": (
        lambda: build(create_neuron_model("m", vars=[("V", "scalar")], sim_code="V = Vrst;"), {}, {"V": 0.0}),
        ModelCodeError,
        r"n.sim_code:1:5",
    ),
    "writing what is read-only": (
        lambda: build(
            create_neuron_model("m", vars=[("V", "scalar", VarAccess.READ_ONLY)], sim_code="V = 1;"), {}, {"V": 0.0}
        ),
        ModelCodeError,
        r"n.sim_code:1:1",
    ),
    "group name": (
        lambda: model().add_neuron_population("a-b", 1, SPIKE),
        DescriptionError,
        r"m: 'a-b' is not a name of letters",
    ),
    "group twice": (
        lambda: (
            whole := model(),
            whole.add_neuron_population("n", 1, SPIKE),
            whole.add_neuron_population("n", 1, SPIKE),
        ),
        DescriptionError,
        r"m: there is already a group called 'n'",
    ),
    "no neurons": (lambda: neurons(0, SPIKE), DescriptionError, r"n: a population needs at least one neuron, got 0"),
    "other model": (
        lambda: model().add_current_source("c", "DC", neurons(1, SPIKE), {"amp": 1.0}),
        DescriptionError,
        r"m: 'n' belongs to another model",
    ),
    "current source input": (
        lambda: (
            pair := one_population(),
            setattr(pair[0].add_current_source("c", "DC", pair[1], {"amp": 1.0}), "target_var", "Jsyn"),
            pair[0].build(),
        ),
        DescriptionError,
        r"c: the population has no input 'Jsyn'; it has Isyn",
    ),
    "current source reference": (
        lambda: (
            pair := one_population(),
            pair[0].add_current_source(
                "c",
                create_current_source_model(
                    "cs", neuron_var_refs=[("V", "scalar")], injection_code="injectCurrent(V);"
                ),
                pair[1],
                {},
                {},
                {"V": "y"},
            ),
            pair[0].build(),
        ),
        DescriptionError,
        r"c.V: 'n' has no variable 'y' \(it has k, x\)",
    ),
    "reference type": (
        lambda: (
            pair := one_population(),
            pair[0].add_current_source(
                "c",
                create_current_source_model(
                    "cs", neuron_var_refs=[("V", "scalar")], injection_code="injectCurrent(V);"
                ),
                pair[1],
                {},
                {},
                {"V": "k"},
            ),
            pair[0].build(),
        ),
        DescriptionError,
        r"c.V is declared scalar but 'n.k' is int32_t",
    ),
    "reserved word": (
        lambda: create_neuron_model("m", params=["while"]),
        DescriptionError,
        r"model 'm': 'while' is not a name that code can use",
    ),
    "snippet without code": (
        lambda: build(HOLDING, {}, {"x": init_var(create_var_init_snippet("mine")), "k": 0}),
        DescriptionError,
        r"neurons.n.x: its initialisation snippet has no var_init_code",
    ),
    "custom connectivity update": (
        lambda: create_custom_connectivity_update_model("rewire", row_update_code=""),
        UnsupportedError,
        r"'rewire': custom connectivity updates are not supported yet",
    ),
    "update without references": (
        lambda: updated(),
        DescriptionError,
        r"u: a custom update must refer to at least one variable",
    ),
    "update reference type": (
        lambda: updated(var_refs=[("x", "int")]),
        DescriptionError,
        r"u.x is declared int but 'n.x' is float",
    ),
    "reduction of nothing": (
        lambda: updated(var_refs=[("x", "scalar", VarAccessMode.REDUCE_SUM)]),
        DescriptionError,
        r"u: 'x' is a reduction but has every dimension of the update",
    ),
    "update of different sizes": (
        lambda: (
            whole := model(),
            a := whole.add_neuron_population("a", 3, HOLDING, {}, {"x": 0.0, "k": 0}),
            b := whole.add_neuron_population("b", 4, HOLDING, {}, {"x": 0.0, "k": 0}),
            whole.add_custom_update(
                "u",
                "U",
                create_custom_update_model("u", var_refs=[("p", "scalar"), ("q", "scalar")], update_code="p = q;"),
                {},
                {},
                {"p": create_var_ref(a, "x"), "q": create_var_ref(b, "x")},
            ),
            whole.build(),
        ),
        ShapeError,
        r"u: all references must point to variables of the same size, but 'a.x' has 3 elements and 'b.x' has 4",
    ),
    "extra global parameter reference": (
        lambda: (
            pair := one_population(),
            pair[0].add_custom_update(
                "u",
                "U",
                create_custom_update_model(
                    "u", var_refs=[("x", "scalar")], extra_global_param_refs=[("e", "scalar*")], update_code="x = e[0];"
                ),
                {},
                {},
                {"x": create_var_ref(pair[1], "x")},
                {"e": create_egp_ref(pair[1], "table")},
            ),
            pair[0].build(),
        ),
        DescriptionError,
        r"u: 'n' has no extra global parameter 'table' \(it has none\)|u.e: 'n' has no extra global parameter 'table'",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake(mistake: str) -> None:
    check_told(*MISTAKES[mistake])


def test_unknown_attributes_are_not_taken_silently() -> None:
    with pytest.raises(AttributeError, match="spike_recording"):
        neurons(1, SPIKE).spike_recording = True
    with pytest.raises(AttributeError, match="dT"):
        model().dT = 0.1  # type: ignore[attr-defined]


def test_names_of_the_module() -> None:
    assert all(getattr(embedded, name) is not None for name in embedded.__all__)
    assert set(embedded.__all__) <= set(dir(embedded))
    with pytest.raises(AttributeError, match="has no attribute 'create_neurone_model'"):
        embedded.create_neurone_model  # noqa: B018
    assert create_postsynaptic_model("p").name == "p"
