"""Models and snippets with their values, ready to be given to a group: the `init_*` functions, by PyGeNN's names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar, final

from numpy.typing import ArrayLike

from ml_genn.engines.embedded.declarations import keywords_checked, refuse_unknown
from ml_genn.engines.embedded.library.connectivity import SPARSE_SNIPPETS, TOEPLITZ_SNIPPETS
from ml_genn.engines.embedded.library.synapses import POSTSYNAPTIC_MODELS, WEIGHT_UPDATE_MODELS
from ml_genn.engines.embedded.library.var_init import VAR_INIT_SNIPPETS
from ml_genn.engines.embedded.models import (
    PostsynapticModel,
    SparseConnectInitSnippet,
    ToeplitzConnectInitSnippet,
    VarInitSnippet,
    WeightUpdateModel,
)
from ml_genn.engines.embedded.plan.description import Address

Params = Mapping[str, float] | None
Model = TypeVar("Model")


@final
@dataclass(frozen=True, eq=False)
class VarInit:
    """A variable initialisation snippet with its parameters."""

    snippet: VarInitSnippet
    params: Mapping[str, float]


VarValue = VarInit | ArrayLike | None
Vars = Mapping[str, VarValue] | None
VarRefs = Mapping[str, Address | str] | None


@final
@dataclass(frozen=True, eq=False)
class PostsynapticInit:
    """A postsynaptic model with its parameters, initial values and references."""

    model: PostsynapticModel
    params: Mapping[str, float]
    vars: Mapping[str, VarValue]
    var_refs: Mapping[str, Address | str]


@final
@dataclass(frozen=True, eq=False)
class WeightUpdateInit:
    """A weight update model with its parameters, initial values and references."""

    model: WeightUpdateModel
    params: Mapping[str, float]
    vars: Mapping[str, VarValue]
    pre_vars: Mapping[str, VarValue]
    post_vars: Mapping[str, VarValue]
    pre_var_refs: Mapping[str, Address | str]
    post_var_refs: Mapping[str, Address | str]
    psm_var_refs: Mapping[str, Address | str]


@final
@dataclass(frozen=True)
class SparseConnectivityInit:
    """A rule for sparse connectivity with its parameters."""

    snippet: SparseConnectInitSnippet
    params: Mapping[str, float]


@final
@dataclass(frozen=True)
class ToeplitzConnectivityInit:
    """A rule for connectivity with a shared kernel, with its parameters."""

    snippet: ToeplitzConnectInitSnippet
    params: Mapping[str, float]


@keywords_checked
def init_var(snippet: VarInitSnippet | str, params: Params = None) -> VarInit:
    """Initial values from a snippet: `init_var("Normal", {"mean": 0.0, "sd": 1.0})`."""
    return VarInit(built_in(snippet, "variable initialisation snippet", VAR_INIT_SNIPPETS), dict(params or {}))


@keywords_checked
def init_postsynaptic(
    snippet: PostsynapticModel | str, params: Params = None, vars: Vars = None, var_refs: VarRefs = None
) -> PostsynapticInit:
    """A postsynaptic model with its values: `init_postsynaptic("ExpCurr", {"tau": 5.0})`."""
    model = built_in(snippet, "postsynaptic model", POSTSYNAPTIC_MODELS)
    return PostsynapticInit(model, dict(params or {}), dict(vars or {}), dict(var_refs or {}))


@keywords_checked
def init_weight_update(
    snippet: WeightUpdateModel | str,
    params: Params = None,
    vars: Vars = None,
    pre_vars: Vars = None,
    post_vars: Vars = None,
    pre_var_refs: VarRefs = None,
    post_var_refs: VarRefs = None,
    psm_var_refs: VarRefs = None,
) -> WeightUpdateInit:
    """A weight update model with its values: `init_weight_update("StaticPulse", {}, {"g": weights})`."""
    model = built_in(snippet, "weight update model", WEIGHT_UPDATE_MODELS)
    return WeightUpdateInit(
        model,
        dict(params or {}),
        dict(vars or {}),
        dict(pre_vars or {}),
        dict(post_vars or {}),
        dict(pre_var_refs or {}),
        dict(post_var_refs or {}),
        dict(psm_var_refs or {}),
    )


@keywords_checked
def init_sparse_connectivity(snippet: SparseConnectInitSnippet | str, params: Params = None) -> SparseConnectivityInit:
    """Sparse connectivity from a rule: `init_sparse_connectivity("FixedProbability", {"prob": 0.1})`."""
    return SparseConnectivityInit(built_in(snippet, "sparse connectivity snippet", SPARSE_SNIPPETS), dict(params or {}))


@keywords_checked
def init_toeplitz_connectivity(
    snippet: ToeplitzConnectInitSnippet | str, params: Params = None
) -> ToeplitzConnectivityInit:
    """Connectivity with a shared kernel; "Conv2D" takes PyGeNN's parameters, and strides and padding of its own."""
    chosen = built_in(snippet, "Toeplitz connectivity snippet", TOEPLITZ_SNIPPETS)
    return ToeplitzConnectivityInit(chosen, dict(params or {}))


def built_in(model: Model | str, what: str, library: Mapping[str, Model]) -> Model:
    """The built-in model of this name, or the given model."""
    if isinstance(model, str):
        refuse_unknown(what, (model,), library)
        return library[model]
    return model
