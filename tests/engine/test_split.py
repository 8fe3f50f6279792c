"""Code that adds to several targets becomes a propagation for each; any other stays what it is."""

from __future__ import annotations

from typing import Any

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
from ml_genn.engines.embedded.language.printer import print_program
from ml_genn.engines.embedded.plan.phases import with_phases
from ml_genn.engines.embedded.plan.plan import Propagation, StepKernel

NEURONS = create_neuron_model(
    "neurons", params=[("Phase", "int")], vars=[("L", "scalar")], threshold_condition_code="L > (scalar)Phase"
)
VARIABLES = [("g", "scalar", VarAccess.READ_ONLY), ("G", "scalar", VarAccess.REDUCE_BATCH_SUM), ("w", "scalar")]


def model_of(code: str) -> GeNNModel:
    model = GeNNModel("float", "m", "reference")
    ends = [model.add_neuron_population(name, 3, NEURONS, {"Phase": 0}, {"L": 0.0}) for name in "ab"]
    rule = create_weight_update_model(
        "w",
        params=[("Phase", "int")],
        vars=VARIABLES,
        post_neuron_var_refs=[("L", "scalar", VarAccessMode.READ_ONLY)],
        pre_spike_syn_code=code,
    )
    values = {"g": 1.0, "G": 0.0, "w": 0.0}
    init = init_weight_update(rule, {"Phase": 0}, values, post_var_refs={"L": create_var_ref(ends[1], "L")})
    group = model.add_synapse_population("s", "DENSE", *ends, init, init_postsynaptic("DeltaCurr"))
    group.max_dendritic_delay_timesteps = 3
    return model


def texts(step: tuple[StepKernel, ...]) -> list[str]:
    return [print_program(kernel.code.program) for kernel in step if isinstance(kernel, Propagation)]


def plan_of(model: GeNNModel) -> Any:
    model.build()
    assert model._plan is not None
    return with_phases(model._plan, model._describe())


SPLIT = {
    "addToPre(g * L); G -= L;": ["addToPre(g * L);", "G +=(-L);"],
    "addToPost(g); G += 1.0; maxToPost(L); G -= g;": [
        "addToPost(g);\nmaxToPost(L);",
        "G +=(1.0f);\nG +=(-g);",
    ],
    "addToPost(g); { addToPostDelay(g, 2); addToPre(L); }": ["addToPost(g);", "addToPostDelay(g, 2u);", "addToPre(L);"],
}


@pytest.mark.parametrize("code", SPLIT)
def test_each_target_has_a_propagation(code: str) -> None:
    step = plan_of(model_of(code)).step
    assert texts(step) == SPLIT[code]
    kernels = [kernel for kernel in step if isinstance(kernel, Propagation)]
    assert len({kernel.name for kernel in kernels}) == len(kernels)
    for kernel in kernels:
        assert kernel.code.bindings.keys() == kernel.code.program.reads


@pytest.mark.parametrize(
    "code",
    [
        "addToPost(g); addToPost(L);",
        "w += 1.0; addToPost(g); addToPre(g);",
        "addToPost(g * gennrand_uniform()); addToPre(g);",
        "scalar x = g; addToPost(x); addToPre(x);",
        "if (L > 0.0) { addToPost(g); addToPre(g); }",
    ],
)
def test_other_code_stays_whole(code: str) -> None:
    assert len(texts(plan_of(model_of(code)).step)) == 1


def test_what_a_phase_leaves_is_split() -> None:
    model = model_of("if (Phase == 0) { addToPost(g); } else { addToPre(g * L); G -= L; }")
    model.declare_phase("Phase", 2)
    plan = plan_of(model)
    assert [texts(step) for step in plan.steps] == [["addToPost(g);"], ["addToPre(g * L);", "G +=(-L);"]]
