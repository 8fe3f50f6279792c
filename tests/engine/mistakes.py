"""Models that users get wrong, for the tests of what they are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ml_genn.access import VarAccess
from ml_genn.engines.embedded import (
    GeNNModel,
    create_custom_update_model,
    create_neuron_model,
    create_var_ref,
    create_weight_update_model,
    init_postsynaptic,
    init_weight_update,
)
from ml_genn.errors import MlGennError

Mistake = Callable[[], Any]
Mistakes = dict[str, tuple[Mistake, type[MlGennError], str]]
"""By a name: what a user does, the error, and what of its message."""

HOLDING = create_neuron_model("holding", vars=[("x", "scalar"), ("k", "int", VarAccess.READ_ONLY)])
SPIKE = create_neuron_model("spike", threshold_condition_code="1")
CONV = {"conv_kh": 3, "conv_kw": 3, "conv_ih": 4, "conv_iw": 4, "conv_ic": 1, "conv_oh": 4, "conv_ow": 4, "conv_oc": 2}


def model(**kwargs: Any) -> GeNNModel:
    return GeNNModel("float", "m", "reference", **kwargs)


def neurons(size: int = 3, neuron: Any = HOLDING, **kwargs: Any) -> Any:
    return model().add_neuron_population("n", size, neuron, **kwargs)


def one_population(**kwargs: Any) -> tuple[GeNNModel, Any]:
    whole = model()
    return whole, whole.add_neuron_population("n", 3, HOLDING, {}, {"x": 0.0, "k": 0} | kwargs)


def build(neuron: Any, params: Any = None, vars: Any = None) -> None:
    whole = model()
    whole.add_neuron_population("n", 3, neuron, params, vars)
    whole.build()


def synapses(
    weights: Any = 1.0,
    kind: Any = "DENSE",
    rule: Any = None,
    wum: Any = "StaticPulse",
    psm: Any = None,
    sizes: tuple[int, int] = (4, 3),
    **kwargs: Any,
) -> tuple[GeNNModel, Any]:
    whole = model()
    source = whole.add_neuron_population("a", sizes[0], SPIKE)
    target = whole.add_neuron_population("b", sizes[1], HOLDING, {}, {"x": 0.0, "k": 0})
    init = init_weight_update(wum, {}, {"g": weights} if wum == "StaticPulse" else {}, **kwargs)
    return whole, whole.add_synapse_population(
        "s", kind, source, target, init, psm or init_postsynaptic("DeltaCurr"), rule
    )


def built_synapses(*args: Any, **kwargs: Any) -> None:
    synapses(*args, **kwargs)[0].build()


def listed(pre: Any, post: Any, weights: Any = 1.0) -> None:
    whole, group = synapses(weights, "SPARSE")
    group.set_sparse_connections(pre, post)
    whole.build()


def updated(code: str = "x = 1.0;", **kwargs: Any) -> None:
    whole, group = one_population()
    update = create_custom_update_model("u", update_code=code, **kwargs)
    whole.add_custom_update(
        "u", "U", update, {}, {}, {ref.name: create_var_ref(group, ref.name) for ref in update.var_refs}
    )
    whole.build()


def loaded(whole: GeNNModel) -> GeNNModel:
    whole.build()
    whole.load()
    return whole


def wu(**codes: Any) -> Any:
    return create_weight_update_model("w", **codes)


def after_build(change: Callable[[GeNNModel, Any], Any]) -> Mistake:
    def mistake() -> None:
        whole, group = one_population()
        whole.build()
        change(whole, group)

    return mistake


def check_told(make: Mistake, error: type[Exception], message: str) -> None:
    """Check that a mistake is told, in these words."""
    with pytest.raises(error, match=message):
        make()
