"""Models as their users write them: checked, frozen, and free of values, which a group adds.

The functions have PyGeNN 5's names, keywords and meaning. What this engine does not have yet is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from textwrap import dedent
from typing import Protocol, TypeVar, final

from ml_genn.engines.embedded.declarations import (
    CustomUpdateVar,
    Declared,
    DerivedParam,
    ExtraGlobalParam,
    InputVar,
    Param,
    Values,
    Var,
    VarRef,
    check_names,
    keywords_checked,
    read_custom_update_vars,
    read_derived,
    read_globals,
    read_inputs,
    read_params,
    read_refs,
    read_vars,
    refuse_sums,
)
from ml_genn.errors import UnsupportedError


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str:
        """The name."""


Model = TypeVar("Model", bound=Named)


@final
@dataclass(frozen=True)
class NeuronModel:
    """What each neuron of a population does in a step."""

    name: str
    params: tuple[Param, ...] = ()
    vars: tuple[Var, ...] = ()
    derived_params: tuple[DerivedParam, ...] = ()
    extra_global_params: tuple[ExtraGlobalParam, ...] = ()
    additional_input_vars: tuple[InputVar, ...] = ()
    sim_code: str = ""
    threshold_condition_code: str = ""
    reset_code: str = ""
    auto_refractory_required: bool = False


@final
@dataclass(frozen=True)
class PostsynapticModel:
    """How the summed input of a synapse group (`inSyn`) becomes a current, and how it decays."""

    name: str
    params: tuple[Param, ...] = ()
    vars: tuple[Var, ...] = ()
    neuron_var_refs: tuple[VarRef, ...] = ()
    derived_params: tuple[DerivedParam, ...] = ()
    extra_global_params: tuple[ExtraGlobalParam, ...] = ()
    sim_code: str = ""


@final
@dataclass(frozen=True)
class WeightUpdateModel:
    """What spikes, spike-like events and time do at each synapse, and at the neurons of both ends."""

    name: str
    params: tuple[Param, ...] = ()
    vars: tuple[Var, ...] = ()
    pre_vars: tuple[Var, ...] = ()
    post_vars: tuple[Var, ...] = ()
    pre_neuron_var_refs: tuple[VarRef, ...] = ()
    post_neuron_var_refs: tuple[VarRef, ...] = ()
    psm_var_refs: tuple[VarRef, ...] = ()
    derived_params: tuple[DerivedParam, ...] = ()
    extra_global_params: tuple[ExtraGlobalParam, ...] = ()
    pre_spike_syn_code: str = ""
    pre_event_syn_code: str = ""
    post_event_syn_code: str = ""
    post_spike_syn_code: str = ""
    synapse_dynamics_code: str = ""
    pre_event_threshold_condition_code: str = ""
    post_event_threshold_condition_code: str = ""
    pre_spike_code: str = ""
    post_spike_code: str = ""
    pre_dynamics_code: str = ""
    post_dynamics_code: str = ""


@final
@dataclass(frozen=True)
class NeuronVariables:
    """Variables that a weight update model has for each neuron of one end, as a model of their own."""

    vars: tuple[Var, ...]
    params: tuple[Param, ...] = ()
    derived_params: tuple[DerivedParam, ...] = ()
    extra_global_params: tuple[ExtraGlobalParam, ...] = ()


@final
@dataclass(frozen=True)
class CurrentSourceModel:
    """Code that injects a current into each neuron of a population in each step."""

    name: str
    params: tuple[Param, ...] = ()
    vars: tuple[Var, ...] = ()
    neuron_var_refs: tuple[VarRef, ...] = ()
    derived_params: tuple[DerivedParam, ...] = ()
    extra_global_params: tuple[ExtraGlobalParam, ...] = ()
    injection_code: str = ""


@final
@dataclass(frozen=True)
class CustomUpdateModel:
    """Code run on demand for each element of the variables that it refers to."""

    name: str
    params: tuple[Param, ...] = ()
    vars: tuple[CustomUpdateVar, ...] = ()
    var_refs: tuple[VarRef, ...] = ()
    derived_params: tuple[DerivedParam, ...] = ()
    extra_global_params: tuple[ExtraGlobalParam, ...] = ()
    extra_global_param_refs: tuple[ExtraGlobalParam, ...] = ()
    update_code: str = ""


@final
@dataclass(frozen=True)
class VarInitSnippet:
    """Code that computes the initial `value` of each element of a variable."""

    name: str
    params: tuple[Param, ...] = ()
    derived_params: tuple[DerivedParam, ...] = ()
    extra_global_params: tuple[ExtraGlobalParam, ...] = ()
    var_init_code: str = ""


@final
@dataclass(frozen=True)
class SparseConnectInitSnippet:
    """A rule that makes sparse connectivity, with code that calls `addSynapse`; those without are built in."""

    name: str
    params: tuple[Param, ...] = ()
    derived_params: tuple[DerivedParam, ...] = ()
    extra_global_params: tuple[ExtraGlobalParam, ...] = ()
    row_build_code: str = ""
    col_build_code: str = ""
    kernel_size: Callable[[Values], Sequence[int]] | None = None


@final
@dataclass(frozen=True)
class ToeplitzConnectInitSnippet:
    """A rule that shares a kernel between synapses; those without code are built in.

    `optional` are parameters that may be left out, an extension of PyGeNN's.
    """

    name: str
    params: tuple[Param, ...] = ()
    derived_params: tuple[DerivedParam, ...] = ()
    extra_global_params: tuple[ExtraGlobalParam, ...] = ()
    diagonal_build_code: str = ""
    optional: tuple[Param, ...] = ()


@keywords_checked
def create_neuron_model(
    class_name: str,
    *,
    params: Declared = None,
    vars: Declared = None,
    derived_params: Declared = None,
    sim_code: str | None = None,
    threshold_condition_code: str | None = None,
    reset_code: str | None = None,
    extra_global_params: Declared = None,
    additional_input_vars: Declared = None,
    auto_refractory_required: bool = False,
) -> NeuronModel:
    """Creates a neuron model.

    Its code may name all it declares, and `Isyn`, `id`, `num_neurons`, `batch`, `num_batch`, `t` and `dt`.
    """
    model = NeuronModel(
        name=class_name,
        params=read_params(class_name, params),
        vars=read_vars(class_name, vars),
        derived_params=read_derived(class_name, derived_params),
        extra_global_params=read_globals(class_name, "extra_global_params", extra_global_params),
        additional_input_vars=read_inputs(class_name, additional_input_vars),
        sim_code=_code(sim_code),
        threshold_condition_code=_code(threshold_condition_code),
        reset_code=_code(reset_code),
        auto_refractory_required=auto_refractory_required,
    )
    own = (model.params, model.vars, model.derived_params, model.extra_global_params, model.additional_input_vars)
    refuse_sums(class_name, model.vars)
    return _checked(model, own)


@keywords_checked
def create_postsynaptic_model(
    class_name: str,
    *,
    params: Declared = None,
    vars: Declared = None,
    neuron_var_refs: Declared = None,
    derived_params: Declared = None,
    sim_code: str | None = None,
    extra_global_params: Declared = None,
) -> PostsynapticModel:
    """Creates a postsynaptic model; its code reads and writes `inSyn` and calls `injectCurrent(x)`."""
    model = PostsynapticModel(
        name=class_name,
        params=read_params(class_name, params),
        vars=read_vars(class_name, vars),
        neuron_var_refs=read_refs(class_name, "neuron_var_refs", neuron_var_refs),
        derived_params=read_derived(class_name, derived_params),
        extra_global_params=read_globals(class_name, "extra_global_params", extra_global_params),
        sim_code=_code(sim_code),
    )
    refuse_sums(class_name, model.vars)
    own = (model.params, model.vars, model.neuron_var_refs, model.derived_params, model.extra_global_params)
    return _checked(model, own)


@keywords_checked
def create_weight_update_model(
    class_name: str,
    *,
    params: Declared = None,
    vars: Declared = None,
    pre_vars: Declared = None,
    post_vars: Declared = None,
    pre_neuron_var_refs: Declared = None,
    post_neuron_var_refs: Declared = None,
    psm_var_refs: Declared = None,
    derived_params: Declared = None,
    pre_spike_syn_code: str | None = None,
    pre_event_syn_code: str | None = None,
    post_event_syn_code: str | None = None,
    post_spike_syn_code: str | None = None,
    synapse_dynamics_code: str | None = None,
    pre_event_threshold_condition_code: str | None = None,
    post_event_threshold_condition_code: str | None = None,
    pre_spike_code: str | None = None,
    post_spike_code: str | None = None,
    pre_dynamics_code: str | None = None,
    post_dynamics_code: str | None = None,
    extra_global_params: Declared = None,
) -> WeightUpdateModel:
    """Creates a weight update model.

    Code at synapses (`*_syn_code`, `synapse_dynamics_code`) calls `addToPost(x)`, `addToPre(x)` and
    `addToPostDelay(x, steps)`; what postsynaptic neurons trigger can only call `addToPre(x)`. Code of neurons
    (`pre_spike_code`, `pre_dynamics_code`, `post_spike_code`, `post_dynamics_code`) updates `pre_vars` and `post_vars`.

    Extensions: `maxToPost(x)` raises the input of the postsynaptic neuron to at least x, from what the postsynaptic
    model left there. Variables of access `REDUCE_BATCH_SUM` are sums over the batch: code at synapses adds to them.
    """
    model = WeightUpdateModel(
        name=class_name,
        params=read_params(class_name, params),
        vars=read_vars(class_name, vars),
        pre_vars=read_vars(class_name, pre_vars, "pre_vars"),
        post_vars=read_vars(class_name, post_vars, "post_vars"),
        pre_neuron_var_refs=read_refs(class_name, "pre_neuron_var_refs", pre_neuron_var_refs),
        post_neuron_var_refs=read_refs(class_name, "post_neuron_var_refs", post_neuron_var_refs),
        psm_var_refs=read_refs(class_name, "psm_var_refs", psm_var_refs),
        derived_params=read_derived(class_name, derived_params),
        extra_global_params=read_globals(class_name, "extra_global_params", extra_global_params),
        pre_spike_syn_code=_code(pre_spike_syn_code),
        pre_event_syn_code=_code(pre_event_syn_code),
        post_event_syn_code=_code(post_event_syn_code),
        post_spike_syn_code=_code(post_spike_syn_code),
        synapse_dynamics_code=_code(synapse_dynamics_code),
        pre_event_threshold_condition_code=_code(pre_event_threshold_condition_code),
        post_event_threshold_condition_code=_code(post_event_threshold_condition_code),
        pre_spike_code=_code(pre_spike_code),
        post_spike_code=_code(post_spike_code),
        pre_dynamics_code=_code(pre_dynamics_code),
        post_dynamics_code=_code(post_dynamics_code),
    )
    refuse_sums(class_name, (*model.pre_vars, *model.post_vars))
    variables = (*model.vars, *model.pre_vars, *model.post_vars)
    references = (*model.pre_neuron_var_refs, *model.post_neuron_var_refs, *model.psm_var_refs)
    return _checked(model, (model.params, variables, references, model.derived_params, model.extra_global_params))


@keywords_checked
def create_current_source_model(
    class_name: str,
    *,
    params: Declared = None,
    vars: Declared = None,
    neuron_var_refs: Declared = None,
    derived_params: Declared = None,
    injection_code: str | None = None,
    extra_global_params: Declared = None,
) -> CurrentSourceModel:
    """Creates a current source model; its code calls `injectCurrent(x)`."""
    model = CurrentSourceModel(
        name=class_name,
        params=read_params(class_name, params),
        vars=read_vars(class_name, vars),
        neuron_var_refs=read_refs(class_name, "neuron_var_refs", neuron_var_refs),
        derived_params=read_derived(class_name, derived_params),
        extra_global_params=read_globals(class_name, "extra_global_params", extra_global_params),
        injection_code=_code(injection_code),
    )
    refuse_sums(class_name, model.vars)
    own = (model.params, model.vars, model.neuron_var_refs, model.derived_params, model.extra_global_params)
    return _checked(model, own)


@keywords_checked
def create_custom_update_model(
    class_name: str,
    *,
    params: Declared = None,
    vars: Declared = None,
    derived_params: Declared = None,
    var_refs: Declared = None,
    update_code: str | None = None,
    extra_global_params: Declared = None,
    extra_global_param_refs: Declared = None,
) -> CustomUpdateModel:
    """Creates a custom update model.

    A variable or reference with a `REDUCE_*` access takes the sum or maximum, over the examples or elements that it
    does not distinguish, of what the code assigns to it; one with a `BROADCAST` access is written in all delay slots.
    """
    model = CustomUpdateModel(
        name=class_name,
        params=read_params(class_name, params),
        vars=read_custom_update_vars(class_name, vars),
        var_refs=read_refs(class_name, "var_refs", var_refs),
        derived_params=read_derived(class_name, derived_params),
        extra_global_params=read_globals(class_name, "extra_global_params", extra_global_params),
        extra_global_param_refs=read_globals(class_name, "extra_global_param_refs", extra_global_param_refs),
        update_code=_code(update_code),
    )
    pointers = (*model.extra_global_params, *model.extra_global_param_refs)
    return _checked(model, (model.params, model.vars, model.var_refs, model.derived_params, pointers))


@keywords_checked
def create_var_init_snippet(
    class_name: str,
    *,
    params: Declared = None,
    derived_params: Declared = None,
    var_init_code: str | None = None,
    extra_global_params: Declared = None,
) -> VarInitSnippet:
    """Creates a snippet that initialises variables: its code assigns `value`.

    It may name `id` and `num_neurons` where it initialises neurons, `id_pre`, `id_post`, `num_pre` and `num_post` where
    it initialises synapses.
    """
    model = VarInitSnippet(
        name=class_name,
        params=read_params(class_name, params),
        derived_params=read_derived(class_name, derived_params),
        extra_global_params=read_globals(class_name, "extra_global_params", extra_global_params),
        var_init_code=_code(var_init_code),
    )
    return _checked(model, (model.params, model.derived_params, model.extra_global_params))


@keywords_checked
def create_sparse_connect_init_snippet(
    class_name: str,
    *,
    params: Declared = None,
    derived_params: Declared = None,
    row_build_code: str | None = None,
    col_build_code: str | None = None,
    calc_max_row_len_func: Callable[[int, int, Values], int] | None = None,
    calc_max_col_len_func: Callable[[int, int, Values], int] | None = None,
    calc_kernel_size_func: Callable[[Values], Sequence[int]] | None = None,
    extra_global_params: Declared = None,
) -> SparseConnectInitSnippet:
    """Creates a snippet that makes sparse connectivity: its code calls `addSynapse` for a row or a column.

    `addSynapse(j)` connects to neuron j. If `calc_kernel_size_func` gives the shape of a kernel, `addSynapse(j, i0,
    i1 ...)` also says which of its entries the synapse belongs to: `id_kernel` where a variable is initialised. The
    functions that bound the number of synapses are not needed here.
    """
    model = SparseConnectInitSnippet(
        name=class_name,
        params=read_params(class_name, params),
        derived_params=read_derived(class_name, derived_params),
        extra_global_params=read_globals(class_name, "extra_global_params", extra_global_params),
        row_build_code=_code(row_build_code),
        col_build_code=_code(col_build_code),
        kernel_size=calc_kernel_size_func,
    )
    return _checked(model, (model.params, model.derived_params, model.extra_global_params))


@keywords_checked
def create_toeplitz_connect_init_snippet(
    class_name: str,
    *,
    params: Declared = None,
    derived_params: Declared = None,
    diagonal_build_code: str | None = None,
    calc_max_row_len_func: Callable[[int, int, Values], int] | None = None,
    calc_kernel_size_func: Callable[[Values], Sequence[int]] | None = None,
    extra_global_params: Declared = None,
) -> ToeplitzConnectInitSnippet:
    """Creates a snippet that shares a kernel between synapses; using one that is not built in is refused."""
    model = ToeplitzConnectInitSnippet(
        name=class_name,
        params=read_params(class_name, params),
        derived_params=read_derived(class_name, derived_params),
        extra_global_params=read_globals(class_name, "extra_global_params", extra_global_params),
        diagonal_build_code=_code(diagonal_build_code),
    )
    return _checked(model, (model.params, model.derived_params, model.extra_global_params))


def create_custom_connectivity_update_model(class_name: str, **_: object) -> None:
    """Would create a custom connectivity update model.

    Raises:
        UnsupportedError: Always; connectivity cannot change while a model is loaded yet.
    """
    raise UnsupportedError(f"'{class_name}': custom connectivity updates are not supported yet by the embedded engine")


def _code(given: str | None) -> str:
    return dedent(given) if given is not None else ""


def _checked(model: Model, declared: Iterable[Iterable[Named]]) -> Model:
    check_names(model.name, (item.name for items in declared for item in items))
    return model
