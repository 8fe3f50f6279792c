"""What the front end says to a user's mistake: who, what was expected, what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ml_genn.access import SynapseMatrixType, VarAccess, VarAccessMode
from ml_genn.engines import embedded
from ml_genn.engines.embedded import (
    GeNNModel,
    create_current_source_model,
    create_custom_connectivity_update_model,
    create_custom_update_model,
    create_egp_ref,
    create_neuron_model,
    create_postsynaptic_model,
    create_sparse_connect_init_snippet,
    create_toeplitz_connect_init_snippet,
    create_var_init_snippet,
    create_var_ref,
    create_weight_update_model,
    init_postsynaptic,
    init_sparse_connectivity,
    init_toeplitz_connectivity,
    init_var,
    init_weight_update,
)
from ml_genn.engines.embedded.language import ModelCodeError
from ml_genn.errors import DescriptionError, MlGennError, ShapeError, UnsupportedError

Mistake = Callable[[], Any]

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


MISTAKES: dict[str, tuple[Mistake, type[MlGennError], str]] = {
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
    "matrix type name": (
        lambda: synapses(kind="DENS"),
        DescriptionError,
        r"s: matrix type 'DENS' is not known \(did you mean 'DENSE'",
    ),
    "variables of bits": (
        lambda: synapses(kind=SynapseMatrixType.BITMASK, rule=init_sparse_connectivity("OneToOne")),
        DescriptionError,
        r"s: synapses of a BITMASK matrix have no variables of their own, but 'StaticPulse' has 'g'; use SPARSE",
    ),
    "procedural variables that change": (
        lambda: synapses(
            kind="PROCEDURAL",
            rule=init_sparse_connectivity("OneToOne"),
            wum=wu(vars=[("x", "scalar")]),
        ),
        DescriptionError,
        r"s: variables of a PROCEDURAL matrix must be READ_ONLY, and 'x' is not; use SPARSE",
    ),
    "procedural weights that change": (
        lambda: synapses(kind="DENSE_PROCEDURALG", wum=wu(vars=[("x", "scalar")])),
        DescriptionError,
        r"s: variables of a DENSE_PROCEDURALG matrix must be READ_ONLY, and 'x' is not; use DENSE",
    ),
    "dynamics of what is procedural": (
        lambda: synapses(
            kind="PROCEDURAL",
            rule=init_sparse_connectivity("OneToOne"),
            wum=wu(synapse_dynamics_code="addToPost(1.0);"),
        ),
        DescriptionError,
        r"s: synapse_dynamics_code cannot run on a PROCEDURAL matrix; use SPARSE",
    ),
    "kernel of a snippet of one's own": (
        lambda: synapses(kind="PROCEDURAL_KERNELG", rule=init_sparse_connectivity("OneToOne")),
        UnsupportedError,
        r"s: a PROCEDURAL_KERNELG matrix needs the snippet Conv2D, not 'OneToOne'; use SPARSE, and",
    ),
    "procedural without a rule": (
        lambda: synapses(kind="PROCEDURAL"),
        DescriptionError,
        r"s: the connectivity initialiser of a PROCEDURAL matrix must be init_sparse_connectivity\(...\)",
    ),
    "connections listed of bits": (
        lambda: synapses(
            kind="BITMASK", rule=init_sparse_connectivity("OneToOne"), wum=wu(pre_spike_syn_code="addToPost(1.0);")
        )[1].set_sparse_connections([0], [0]),
        DescriptionError,
        r"s: set_sparse_connections needs SPARSE connectivity, not BITMASK",
    ),
    "rule of dense": (
        lambda: synapses(rule=init_sparse_connectivity("OneToOne")),
        DescriptionError,
        r"s: the connectivity initialiser of a DENSE matrix must be none",
    ),
    "rule of sparse": (
        lambda: synapses(kind="SPARSE", rule=init_toeplitz_connectivity("Conv2D", CONV)),
        DescriptionError,
        r"of a SPARSE matrix must be init_sparse_connectivity",
    ),
    "rule of convolution": (
        lambda: synapses(kind="TOEPLITZ"),
        DescriptionError,
        r"of a TOEPLITZ matrix must be init_toeplitz_connectivity",
    ),
    "no connections": (
        lambda: built_synapses(kind="SPARSE"),
        DescriptionError,
        r"s: call set_sparse_connections, or give",
    ),
    "dense connections": (
        lambda: synapses()[1].set_sparse_connections([0], [0]),
        DescriptionError,
        r"s: set_sparse_connections needs SPARSE connectivity, not DENSE",
    ),
    "unequal connections": (
        lambda: listed([0, 1], [0]),
        DescriptionError,
        r"s: set_sparse_connections needs two lists of integers of the same length, got int64 \(2,\) and int64 \(1,\)",
    ),
    "connections of numbers": (
        lambda: listed([0.5], [0.0]),
        DescriptionError,
        r"two lists of integers of the same length, got float64",
    ),
    "connection outside": (
        lambda: listed([0, 9], [0, 1]),
        DescriptionError,
        r"s: set_sparse_connections got neuron 9, but the population has 4 neurons",
    ),
    "sparse weights": (
        lambda: listed([0, 1], [0, 1], [1.0, 2.0, 3.0]),
        ShapeError,
        r"synapses.s.g: initial values must have shape \(2,\), got \(3,\)",
    ),
    "dense weights": (
        lambda: built_synapses(np.zeros((4, 3))),
        ShapeError,
        r"synapses.s.g: initial values must have shape \(12,\), got \(4, 3\)",
    ),
    "probability": (
        lambda: synapses(kind="SPARSE", rule=init_sparse_connectivity("FixedProbability", {"prob": 1.5})),
        DescriptionError,
        r"s: the probability of FixedProbability must lie in \[0, 1\], got 1.5",
    ),
    "sparse snippet": (
        lambda: built_synapses(
            kind="SPARSE",
            rule=init_sparse_connectivity(create_sparse_connect_init_snippet("mine", row_build_code="addSynapse(7);")),
        ),
        DescriptionError,
        r"s.row_build_code: addSynapse\(7\) names no postsynaptic neuron; they are 0 to 2",
    ),
    "sparse snippet without code": (
        lambda: built_synapses(
            kind="SPARSE", rule=init_sparse_connectivity(create_sparse_connect_init_snippet("mine"))
        ),
        DescriptionError,
        r"s: its connectivity snippet has neither row_build_code nor col_build_code",
    ),
    "reserved word": (
        lambda: create_neuron_model("m", params=["while"]),
        DescriptionError,
        r"model 'm': 'while' is not a name that code can use",
    ),
    "convolution snippet": (
        lambda: synapses(
            kind="TOEPLITZ", rule=init_toeplitz_connectivity(create_toeplitz_connect_init_snippet("mine"))
        ),
        UnsupportedError,
        r"s: Toeplitz connectivity snippets of your own \('mine'\) are not supported yet",
    ),
    "convolution parameter": (
        lambda: synapses(kind="TOEPLITZ", rule=init_toeplitz_connectivity("Conv2D", {**CONV, "conv_sx": 2})),
        DescriptionError,
        r"s \(Conv2D\): parameter 'conv_sx' is not known \(did you mean",
    ),
    "convolution size": (
        lambda: synapses(kind="TOEPLITZ", rule=init_toeplitz_connectivity("Conv2D", {**CONV, "conv_oh": 0})),
        DescriptionError,
        r"s \(Conv2D\): conv_oh must be positive, got 0",
    ),
    "convolution shape": (
        lambda: built_synapses(0.0, "TOEPLITZ", init_toeplitz_connectivity("Conv2D", CONV), sizes=(16, 30)),
        ShapeError,
        r"s: the convolution's postsynaptic side has shape \(4, 4, 2\), 32 neurons, but the population has 30",
    ),
    "overlapping pools": (
        lambda: synapses(
            kind="TOEPLITZ",
            rule=init_toeplitz_connectivity(
                "AvgPoolConv2D",
                {
                    name: 1
                    for name in ("conv_kh", "conv_kw", "conv_oh", "conv_ow", "conv_oc", "pool_ic", "pool_ih", "pool_iw")
                }
                | {"pool_kh": 3, "pool_kw": 3, "pool_sh": 2, "pool_sw": 2},
            ),
        ),
        UnsupportedError,
        r"s \(AvgPoolConv2D\): the stride of pooling must equal its size, \(3, 3\)",
    ),
    "kernel initialisation by neuron": (
        lambda: built_synapses(
            init_var(create_var_init_snippet("mine", var_init_code="value = id_pre;")),
            "TOEPLITZ",
            init_toeplitz_connectivity("Conv2D", CONV),
            sizes=(16, 32),
        ),
        UnsupportedError,
        r"uses 'id_pre': a kernel entry belongs to many synapses",
    ),
    "snippet without code": (
        lambda: build(HOLDING, {}, {"x": init_var(create_var_init_snippet("mine")), "k": 0}),
        DescriptionError,
        r"neurons.n.x: its initialisation snippet has no var_init_code",
    ),
    "postsynaptic target": (
        lambda: (pair := synapses(), setattr(pair[1], "post_target_var", "Jsyn"), pair[0].build()),
        DescriptionError,
        r"s.postsynaptic: the population has no input 'Jsyn'; it has Isyn",
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
    "backend": (lambda: GeNNModel(backend="cuda"), DescriptionError, r"GeNNModel: backend 'cuda' is not known"),
    "precision": (
        lambda: (whole := GeNNModel("half"), whole.add_neuron_population("n", 1, SPIKE), whole.build()),
        DescriptionError,
        r"precision must be 'float' or 'double', not 'half'",
    ),
    "threads": (lambda: model(num_threads=0), DescriptionError, r"m: num_threads must be at least 1, got 0"),
    "dt": (lambda: setattr(model(), "dt", 0.0), DescriptionError, r"m: dt must be positive, got 0.0"),
    "batch size": (
        lambda: setattr(model(), "batch_size", 0),
        DescriptionError,
        r"m: batch_size must be at least 1, got 0",
    ),
    "load before build": (lambda: model().load(), DescriptionError, r"m: build\(\) the model before loading it"),
    "step before load": (
        lambda: model().step_time(),
        DescriptionError,
        r"the model is not loaded; call build\(\) and load\(\) first",
    ),
    "unload before load": (lambda: model().unload(), DescriptionError, r"the model is not loaded"),
    "view before load": (
        lambda: one_population()[1].vars["x"].view,
        DescriptionError,
        r"neurons.n.x: load the model before using its arrays",
    ),
    "build twice": (after_build(lambda whole, _: whole.build()), DescriptionError, r"m: the model is already built"),
    "load twice": (
        lambda: loaded(one_population()[0]).load(),
        DescriptionError,
        r"m: the model is already loaded; unload\(\) it first",
    ),
    "dt after build": (
        after_build(lambda whole, _: setattr(whole, "dt", 2.0)),
        DescriptionError,
        r"m: dt must be set or added before build",
    ),
    "population after build": (
        after_build(lambda whole, _: whole.add_neuron_population("late", 1, SPIKE)),
        DescriptionError,
        r"m: late must be set or added before build\(\)",
    ),
    "recording length": (
        lambda: (pair := one_population(), setattr(pair[1], "spike_recording_enabled", True), loaded(pair[0])),
        DescriptionError,
        r"m: n is recorded; give load\(num_recording_timesteps=...\) at least 1",
    ),
    "recording off": (
        lambda: loaded((pair := one_population())[0]) and pair[1].spike_recording_data,
        DescriptionError,
        r"n: set spike_recording_enabled before",
    ),
    "recording on too late": (
        lambda: (
            whole := loaded((pair := one_population())[0]),
            setattr(pair[1], "spike_recording_enabled", True),
            pair[1].spike_recording_data,
            whole,
        ),
        DescriptionError,
        "recording was not enabled when the model was loaded",
    ),
    "events not recorded": (
        lambda: synapses()[1].pre_spike_event_recording_data,
        DescriptionError,
        r"s: set a.spike_event_recording_enabled before loading the model",
    ),
    "static parameter": (
        lambda: (
            whole := model(),
            group := whole.add_neuron_population("p", 1, "Poisson", {"rate": 1.0}, {"timeStepToSpike": 0.0}),
            loaded(whole),
            group.set_dynamic_param_value("rate", 2.0),
        ),
        DescriptionError,
        r"p: parameter 'rate' is not dynamic; call set_param_dynamic\('rate'\) before building",
    ),
    "dynamic parameter name": (
        lambda: neurons(1, "Poisson", params={"rate": 1.0}, vars={"timeStepToSpike": 0.0}).set_param_dynamic("rat"),
        DescriptionError,
        r"n: parameter 'rat' is not known \(did you mean 'rate'",
    ),
    "custom update group": (
        lambda: loaded(one_population()[0]).custom_update("Reset"),
        DescriptionError,
        r"m: custom update group 'Reset' is not known",
    ),
    "extra global parameter without values": (
        lambda: (
            whole := model(),
            whole.add_neuron_population("s", 1, "SpikeSourceArray", {}, {"startSpike": 0, "endSpike": 0}),
            loaded(whole),
        ),
        DescriptionError,
        r"neurons.s.spikeTimes: call set_init_values before loading the model",
    ),
    "extra global parameter of one number": (
        lambda: (
            neurons(1, "SpikeSourceArray", vars={"startSpike": 0, "endSpike": 0})
            .extra_global_params["spikeTimes"]
            .set_init_values(1.0)
        ),
        DescriptionError,
        r"neurons.n.spikeTimes: an extra global parameter needs an array, got 1.0",
    ),
    "values of wrong shape": (
        lambda: (pair := one_population(), loaded(pair[0]), setattr(pair[1].vars["x"], "values", np.zeros(5))),
        ShapeError,
        r"neurons.n.x: values must have shape \(3,\), got \(5,\)",
    ),
    "view of sparse": (
        lambda: (
            pair := synapses(kind="SPARSE"),
            pair[1].set_sparse_connections([0], [0]),
            loaded(pair[0]),
            pair[1].vars["g"].view,
        ),
        UnsupportedError,
        r"synapses.s.g: a variable of sparse connectivity has no view; use values",
    ),
    "connectivity of dense": (
        lambda: (pair := synapses(), loaded(pair[0]), pair[1].get_sparse_pre_inds()),
        DescriptionError,
        r"s: only SPARSE connectivity lists its synapses, not DENSE",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake(mistake: str) -> None:
    make, error, message = MISTAKES[mistake]
    with pytest.raises(error, match=message):
        make()


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
