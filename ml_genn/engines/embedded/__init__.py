"""The embedded engine by PyGeNN's names: a script written for PyGeNN runs by changing its import.

    from ml_genn.engines.embedded import GeNNModel, create_neuron_model, init_var

Modules are loaded when a name is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ml_genn.access import CustomUpdateVarAccess as CustomUpdateVarAccess
    from ml_genn.access import ParallelismHint as ParallelismHint
    from ml_genn.access import SynapseMatrixConnectivity as SynapseMatrixConnectivity
    from ml_genn.access import SynapseMatrixType as SynapseMatrixType
    from ml_genn.access import SynapseMatrixWeight as SynapseMatrixWeight
    from ml_genn.access import VarAccess as VarAccess
    from ml_genn.access import VarAccessDim as VarAccessDim
    from ml_genn.access import VarAccessMode as VarAccessMode
    from ml_genn.access import VarAccessModeAttribute as VarAccessModeAttribute
    from ml_genn.access import VarLocation as VarLocation
    from ml_genn.access import VarLocationAttribute as VarLocationAttribute
    from ml_genn.access import get_var_access_dim as get_var_access_dim
    from ml_genn.engines.embedded.genn_model import GeNNModel as GeNNModel
    from ml_genn.engines.embedded.groups import CurrentSource as CurrentSource
    from ml_genn.engines.embedded.groups import CustomUpdate as CustomUpdate
    from ml_genn.engines.embedded.groups import NeuronGroup as NeuronGroup
    from ml_genn.engines.embedded.models import create_current_source_model as create_current_source_model
    from ml_genn.engines.embedded.models import (
        create_custom_connectivity_update_model as create_custom_connectivity_update_model,
    )
    from ml_genn.engines.embedded.models import create_custom_update_model as create_custom_update_model
    from ml_genn.engines.embedded.models import create_neuron_model as create_neuron_model
    from ml_genn.engines.embedded.models import create_postsynaptic_model as create_postsynaptic_model
    from ml_genn.engines.embedded.models import create_sparse_connect_init_snippet as create_sparse_connect_init_snippet
    from ml_genn.engines.embedded.models import (
        create_toeplitz_connect_init_snippet as create_toeplitz_connect_init_snippet,
    )
    from ml_genn.engines.embedded.models import create_var_init_snippet as create_var_init_snippet
    from ml_genn.engines.embedded.models import create_weight_update_model as create_weight_update_model
    from ml_genn.engines.embedded.references import create_den_delay_var_ref as create_den_delay_var_ref
    from ml_genn.engines.embedded.references import create_egp_ref as create_egp_ref
    from ml_genn.engines.embedded.references import create_out_post_var_ref as create_out_post_var_ref
    from ml_genn.engines.embedded.references import create_prev_spike_time_var_ref as create_prev_spike_time_var_ref
    from ml_genn.engines.embedded.references import create_psm_egp_ref as create_psm_egp_ref
    from ml_genn.engines.embedded.references import create_psm_var_ref as create_psm_var_ref
    from ml_genn.engines.embedded.references import create_spike_time_var_ref as create_spike_time_var_ref
    from ml_genn.engines.embedded.references import create_var_ref as create_var_ref
    from ml_genn.engines.embedded.references import create_wu_egp_ref as create_wu_egp_ref
    from ml_genn.engines.embedded.references import create_wu_post_var_ref as create_wu_post_var_ref
    from ml_genn.engines.embedded.references import create_wu_pre_var_ref as create_wu_pre_var_ref
    from ml_genn.engines.embedded.references import create_wu_var_ref as create_wu_var_ref
    from ml_genn.engines.embedded.snippets import init_postsynaptic as init_postsynaptic
    from ml_genn.engines.embedded.snippets import init_sparse_connectivity as init_sparse_connectivity
    from ml_genn.engines.embedded.snippets import init_toeplitz_connectivity as init_toeplitz_connectivity
    from ml_genn.engines.embedded.snippets import init_var as init_var
    from ml_genn.engines.embedded.snippets import init_weight_update as init_weight_update
    from ml_genn.engines.embedded.synapse_group import SynapseGroup as SynapseGroup

_NAMES = {
    "ml_genn.access": (
        "CustomUpdateVarAccess",
        "ParallelismHint",
        "SynapseMatrixConnectivity",
        "SynapseMatrixType",
        "SynapseMatrixWeight",
        "VarAccess",
        "VarAccessDim",
        "VarAccessMode",
        "VarAccessModeAttribute",
        "VarLocation",
        "VarLocationAttribute",
        "get_var_access_dim",
    ),
    "ml_genn.engines.embedded.genn_model": ("GeNNModel",),
    "ml_genn.engines.embedded.groups": (
        "CurrentSource",
        "CustomUpdate",
        "NeuronGroup",
    ),
    "ml_genn.engines.embedded.models": (
        "create_current_source_model",
        "create_custom_connectivity_update_model",
        "create_custom_update_model",
        "create_neuron_model",
        "create_postsynaptic_model",
        "create_sparse_connect_init_snippet",
        "create_toeplitz_connect_init_snippet",
        "create_var_init_snippet",
        "create_weight_update_model",
    ),
    "ml_genn.engines.embedded.references": (
        "create_den_delay_var_ref",
        "create_egp_ref",
        "create_out_post_var_ref",
        "create_prev_spike_time_var_ref",
        "create_psm_egp_ref",
        "create_psm_var_ref",
        "create_spike_time_var_ref",
        "create_var_ref",
        "create_wu_egp_ref",
        "create_wu_post_var_ref",
        "create_wu_pre_var_ref",
        "create_wu_var_ref",
    ),
    "ml_genn.engines.embedded.snippets": (
        "init_postsynaptic",
        "init_sparse_connectivity",
        "init_toeplitz_connectivity",
        "init_var",
        "init_weight_update",
    ),
    "ml_genn.engines.embedded.synapse_group": ("SynapseGroup",),
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names}

__all__ = sorted(_MODULES)


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *_MODULES]
