"""The narrow waist: exactly what compilers may use of an engine, by PyGeNN's names and with PyGeNN's meaning.

An `Engine` is data: the functions that describe models and references, and `create_model`. What they return is opaque
to a compiler and only handed back to the same engine. The enumerations are those of `ml_genn.access`; an engine that
talks to PyGeNN converts them by value. Extensions of PyGeNN are said to be so, and `Capabilities` tells who has them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol, final

import numpy as np
from numpy.typing import ArrayLike

from ml_genn.access import SynapseMatrixType

Model = Any
"""A neuron, postsynaptic, weight update, current source or custom update model, or a snippet: opaque."""

Initialiser = Any
"""What an `init_*` function returns: opaque."""

Reference = Any
"""What a `create_*_ref` function returns: opaque."""

Recorded = list[tuple[np.ndarray, np.ndarray]]
"""Times in ms and ids of spikes, for each example of the batch."""


class Array(Protocol):
    """An extra global parameter, or the part of a variable that both have."""

    @property
    def view(self) -> np.ndarray:
        """Live view: (elements,), or (batch, elements) where several examples have values of their own."""

    @property
    def values(self) -> np.ndarray:
        """A copy; of sparse synapses in ascending order of (pre, post)."""

    @values.setter
    def values(self, values: ArrayLike) -> None: ...

    def set_init_values(self, values: Any) -> None:
        """What the array holds after the next load."""

    def push_to_device(self) -> None:
        """Makes what was written to the view known to the engine."""

    def pull_from_device(self) -> None:
        """Makes what the engine computed known to the view."""


class Variable(Array, Protocol):
    """A variable of neurons or synapses."""

    @property
    def current_view(self) -> np.ndarray:
        """Live view of what the last step wrote, of a variable that has delay slots."""

    @property
    def current_values(self) -> np.ndarray:
        """A copy of what the last step wrote."""


class Recording(Protocol):
    """What a variable held after each of the last steps (extension)."""

    @property
    def num_steps(self) -> int:
        """Steps since the recording began."""

    @property
    def values(self) -> np.ndarray:
        """The steps that are held, oldest first: [batch][steps][elements]."""

    def stop(self) -> None:
        """Ends the recording."""


class Group(Protocol):
    """What all groups have."""

    @property
    def name(self) -> str:
        """The name it was added with."""

    @property
    def vars(self) -> Mapping[str, Variable]:
        """Variables by name."""

    @property
    def extra_global_params(self) -> Mapping[str, Array]:
        """Extra global parameters by name."""

    def set_param_dynamic(self, param_name: str, dynamic: bool = True) -> None:
        """Declares, before building, that a parameter changes while the model is loaded."""

    def set_dynamic_param_value(self, name: str, value: float) -> None:
        """Changes a dynamic parameter."""


class NeuronGroup(Group, Protocol):
    """A population of neurons."""

    spike_recording_enabled: bool
    spike_event_recording_enabled: bool

    @property
    def num_neurons(self) -> int:
        """Number of neurons."""

    @property
    def spike_recording_data(self) -> Recorded:
        """Recorded spikes of the last `num_recording_timesteps` steps."""


class CurrentSource(Group, Protocol):
    """A current source."""

    target_var: str


class SynapseGroup(Group, Protocol):
    """Connections between two populations."""

    axonal_delay_steps: int
    back_prop_delay_steps: int
    max_dendritic_delay_timesteps: int
    pre_target_var: str
    post_target_var: str

    @property
    def matrix_type(self) -> Any:
        """How it is stored, a SynapseMatrixType (PyGeNN's own on PyGeNN, equal by value)."""

    @property
    def pre_vars(self) -> Mapping[str, Variable]:
        """Variables of the weight update model for each presynaptic neuron."""

    @property
    def post_vars(self) -> Mapping[str, Variable]:
        """Variables of the weight update model for each postsynaptic neuron."""

    @property
    def psm_vars(self) -> Mapping[str, Variable]:
        """Variables of the postsynaptic model."""

    @property
    def psm_extra_global_params(self) -> Mapping[str, Array]:
        """Extra global parameters of the postsynaptic model."""

    @property
    def pre_spike_event_recording_data(self) -> Recorded:
        """Recorded spike-like events of presynaptic neurons."""

    @property
    def post_spike_event_recording_data(self) -> Recorded:
        """Recorded spike-like events of postsynaptic neurons."""

    def set_wu_param_dynamic(self, param_name: str, dynamic: bool = True) -> None:
        """Declares that a parameter of the weight update model changes while the model is loaded."""

    def set_ps_param_dynamic(self, param_name: str, dynamic: bool = True) -> None:
        """Declares that a parameter of the postsynaptic model changes while the model is loaded."""

    def set_sparse_connections(self, pre_indices: ArrayLike, post_indices: ArrayLike) -> None:
        """Lists the synapses; values of variables are given in the same order."""

    def get_sparse_pre_inds(self) -> np.ndarray:
        """Presynaptic neurons, in ascending order of (pre, post)."""

    def get_sparse_post_inds(self) -> np.ndarray:
        """Postsynaptic neurons, in the same order."""

    def pull_connectivity_from_device(self) -> None:
        """Makes connectivity that the engine drew known to `get_sparse_*_inds`."""


class GeNNModel(Protocol):
    """A model that is described, built, loaded and run."""

    dt: float
    batch_size: int
    seed: int
    timestep: int
    fuse_postsynaptic_models: bool
    fuse_pre_post_weight_update_models: bool

    @property
    def name(self) -> str:
        """Name of the model."""

    @property
    def t(self) -> float:
        """Time since the trial began, in ms."""

    @property
    def example_offset(self) -> int:
        """Index among all examples of the batch's first one (extension; has no effect on PyGeNN)."""

    @example_offset.setter
    def example_offset(self, offset: int) -> None: ...

    def add_neuron_population(
        self,
        pop_name: str,
        num_neurons: int,
        neuron: Model | str,
        params: Mapping[str, float] = ...,
        vars: Mapping[str, Any] = ...,
    ) -> NeuronGroup:
        """Adds a population."""

    def add_synapse_population(
        self,
        pop_name: str,
        matrix_type: SynapseMatrixType | str,
        source: NeuronGroup,
        target: NeuronGroup,
        weight_update_init: Initialiser,
        postsynaptic_init: Initialiser,
        connectivity_init: Initialiser = ...,
    ) -> SynapseGroup:
        """Connects two populations."""

    def add_current_source(
        self,
        cs_name: str,
        current_source_model: Model | str,
        pop: NeuronGroup,
        params: Mapping[str, float] = ...,
        vars: Mapping[str, Any] = ...,
        var_refs: Mapping[str, Reference | str] = ...,
    ) -> CurrentSource:
        """Adds a current source."""

    def add_custom_update(
        self,
        cu_name: str,
        group_name: str,
        custom_update_model: Model,
        params: Mapping[str, float] = ...,
        vars: Mapping[str, Any] = ...,
        var_refs: Mapping[str, Reference] = ...,
        egp_refs: Mapping[str, Reference] = ...,
    ) -> Group:
        """Adds a custom update."""

    def build(self) -> None:
        """Checks and builds the model."""

    def load(self, num_recording_timesteps: int | None = None) -> None:
        """Allocates and initialises it."""

    def reload(self) -> None:
        """Gives a loaded model's arrays new lengths, and keeps all other numbers (extension)."""

    def unload(self) -> None:
        """Frees it."""

    def step_time(self, num_timesteps: int = 1) -> None:
        """Runs steps (more than one at once: extension)."""

    def custom_update(self, name: str) -> None:
        """Runs a group of custom updates."""

    def pull_recording_buffers_from_device(self) -> None:
        """Makes recordings known to `spike_recording_data`."""

    def declare_phase(self, name: str, num_values: int) -> None:
        """Declares, before building, that parameters called `name` change together, from 0 on (extension)."""

    def set_phase(self, name: str, value: int) -> None:
        """Changes all parameters called `name` of a loaded model (extension)."""

    def record_variable(self, variable: Any, num_timesteps: int, elements: ArrayLike | None = None) -> Recording:
        """Records the last steps of a loaded model's variable, all elements or some (extension)."""

    def clear_in_flight(self) -> None:
        """Drops spikes, events and postsynaptic input on their way, so that a trial starts exactly (extension)."""


class CreateModel(Protocol):
    """Begins an empty model on an engine."""

    def __call__(self, precision: str, model_name: str, *, num_threads: int | None = None) -> GeNNModel: ...


@final
@dataclass(frozen=True)
class Capabilities:
    """What an engine can do beyond PyGeNN's interface, or where it falls short of it.

    Attributes:
        strided_toeplitz: Toeplitz "Conv2D" takes conv_sh, conv_sw, conv_padh and conv_padw.
        graded: Weight update code may call `maxToPost`.
        multi_step: Many steps in one call cost no more than the steps themselves.
        batches: `batch_size` may exceed one.
        live_views: Views are the engine's memory: pushing and pulling costs nothing.
        example_offset: Random numbers depend on `example_offset`.
        joint_reductions: Custom updates may reduce over the batch and the neurons at once.
        connectivity_tables: Connectivity snippets may index extra global parameters, which PyGeNN 5.4 cannot set.
        kernel_sums: Code at TOEPLITZ synapses may add to kernel variables whose access is `VarAccess.REDUCE_BATCH_SUM`,
            and may be run by postsynaptic spikes and by time. On other matrices every engine takes that access; without
            this capability as READ_WRITE, with a copy for each example.
        procedural: There are the matrix types PROCEDURAL and PROCEDURAL_KERNELG.
        reload: A loaded model's arrays can be given new lengths.
        joint_phases: The weight update model and the postsynaptic model of a synapse group may have the same phase.
        short_recordings: Recordings of spikes can be read before they are full.
    """

    strided_toeplitz: bool
    graded: bool
    multi_step: bool
    batches: bool
    live_views: bool
    example_offset: bool
    joint_reductions: bool
    connectivity_tables: bool
    kernel_sums: bool
    procedural: bool
    reload: bool
    joint_phases: bool
    short_recordings: bool


@final
@dataclass(frozen=True)
class Engine:
    """An engine: its name, its capabilities and its functions, which are PyGeNN's of the same names."""

    name: str
    capabilities: Capabilities
    create_model: CreateModel
    create_neuron_model: Callable[..., Model]
    create_postsynaptic_model: Callable[..., Model]
    create_weight_update_model: Callable[..., Model]
    create_current_source_model: Callable[..., Model]
    create_custom_update_model: Callable[..., Model]
    create_var_init_snippet: Callable[..., Model]
    create_sparse_connect_init_snippet: Callable[..., Model]
    create_var_ref: Callable[..., Reference]
    create_psm_var_ref: Callable[..., Reference]
    create_wu_var_ref: Callable[..., Reference]
    create_wu_pre_var_ref: Callable[..., Reference]
    create_wu_post_var_ref: Callable[..., Reference]
    create_den_delay_var_ref: Callable[..., Reference]
    create_out_post_var_ref: Callable[..., Reference]
    create_spike_time_var_ref: Callable[..., Reference]
    create_prev_spike_time_var_ref: Callable[..., Reference]
    create_egp_ref: Callable[..., Reference]
    create_psm_egp_ref: Callable[..., Reference]
    create_wu_egp_ref: Callable[..., Reference]
    init_var: Callable[..., Initialiser]
    init_postsynaptic: Callable[..., Initialiser]
    init_weight_update: Callable[..., Initialiser]
    init_sparse_connectivity: Callable[..., Initialiser]
    init_toeplitz_connectivity: Callable[..., Initialiser]


FUNCTIONS = tuple(field.name for field in fields(Engine) if field.name.startswith(("create_", "init_")))[1:]
"""Names of the functions that an engine takes over from a module with PyGeNN's names."""
