"""A synapse group of a model, by PyGeNN's names."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from ml_genn.access import ParallelismHint, SynapseMatrixType
from ml_genn.engines.embedded import connections
from ml_genn.engines.embedded.arrays import BuiltInArray, ExtraGlobalParameter, LiveArray, StateArray, SynapseVariable
from ml_genn.engines.embedded.groups import Group, NeuronGroup, Recorded, Rows, set_dynamic
from ml_genn.engines.embedded.models import NeuronVariables
from ml_genn.engines.embedded.parts import Part, references
from ml_genn.engines.embedded.plan import description
from ml_genn.engines.embedded.plan.description import IN_SYN, GroupKind, ListedSynapses
from ml_genn.engines.embedded.plan.recording import recorded_events
from ml_genn.engines.embedded.snippets import (
    PostsynapticInit,
    SparseConnectivityInit,
    ToeplitzConnectivityInit,
    WeightUpdateInit,
)
from ml_genn.errors import DescriptionError


@final
class SynapseGroup(Group):
    """Connections from the neurons of `src` to those of `trg`.

    Attributes:
        out_post: Input of the postsynaptic model, (batch, neurons).
        parallelism_hint: Accepted and not needed, as are `num_threads_per_spike` and `narrow_sparse_ind_enabled`.
        connectivity_extra_global_params: Arrays that the connectivity snippet indexes; set them before building.
    """

    __slots__ = (
        "_axonal_delay_steps",
        "_back_prop_delay_steps",
        "_dendritic_slots",
        "_ends",
        "_listed",
        "_part",
        "_post_target_var",
        "_postsynaptic",
        "_pre_target_var",
        "_references",
        "_rule",
        "connectivity_extra_global_params",
        "matrix_type",
        "narrow_sparse_ind_enabled",
        "num_threads_per_spike",
        "out_post",
        "parallelism_hint",
        "ps_initialiser",
        "src",
        "trg",
        "wu_initialiser",
    )

    kind = GroupKind.SYNAPSE

    def __init__(
        self,
        name: str,
        matrix_type: SynapseMatrixType,
        source: NeuronGroup,
        target: NeuronGroup,
        weight_update: WeightUpdateInit,
        postsynaptic: PostsynapticInit,
        rule: SparseConnectivityInit | ToeplitzConnectivityInit | None,
    ) -> None:
        super().__init__(name, source.session)
        self.matrix_type = matrix_type
        self.src, self.trg = source, target
        self.wu_initialiser, self.ps_initialiser = weight_update, postsynaptic
        self._post_target_var = self._pre_target_var = "Isyn"
        self._axonal_delay_steps = self._back_prop_delay_steps = 0
        self.parallelism_hint, self.num_threads_per_spike = ParallelismHint.POSTSYNAPTIC, 1
        self.narrow_sparse_ind_enabled = False
        self._dendritic_slots: int | None = None
        self._rule = rule
        self.connectivity_extra_global_params = {
            egp.name: ExtraGlobalParameter(egp.name, egp.type, f"{name}.{egp.name}", self.session.changed)
            for egp in (() if rule is None else rule.snippet.extra_global_params)
        }
        self._listed: ListedSynapses | None = None
        connections.check_weights(name, matrix_type, weight_update.model)
        connections.from_rule(name, matrix_type, rule, 1.0)  # a mistake shows here, not when the model is built
        wu, ps, changed = weight_update, postsynaptic, self.session.changed
        make_variable = partial(SynapseVariable, rows=self.rows)
        self._part = Part(name, (self.kind, name), wu.model, wu.params, wu.vars, changed, make_variable)
        owner = (GroupKind.POSTSYNAPTIC, name)
        self._postsynaptic = Part(f"{name}.postsynaptic", owner, ps.model, ps.params, ps.vars, changed)
        self.out_post = BuiltInArray(IN_SYN, "scalar", f"{owner[0].value}.{name}.{IN_SYN}", changed)
        self._ends = tuple(
            Part(f"{name}.{kind.value}", (kind, name), NeuronVariables(declared), {}, given, changed)
            for kind, declared, given in (
                (GroupKind.PRE_VARIABLES, wu.model.pre_vars, wu.pre_vars),
                (GroupKind.POST_VARIABLES, wu.model.post_vars, wu.post_vars),
            )
        )
        neuron = GroupKind.NEURON
        self._references = (
            references(name, wu.model.pre_neuron_var_refs, wu.pre_var_refs, neuron, source.name),
            references(name, wu.model.post_neuron_var_refs, wu.post_var_refs, neuron, target.name),
            references(name, wu.model.psm_var_refs, wu.psm_var_refs, GroupKind.POSTSYNAPTIC, name),
            references(f"{name}.postsynaptic", ps.model.neuron_var_refs, ps.var_refs, neuron, target.name),
        )

    @property
    def part(self) -> Part:
        """The weight update model with its values."""
        return self._part

    @property
    def rows(self) -> Rows | None:
        """Places of existing synapses among the padded rows of sparse connectivity."""
        return self._rows if connections.stored_as(self.matrix_type) == SynapseMatrixType.SPARSE else None

    @property
    def pre_vars(self) -> dict[str, StateArray]:
        """Variables that the weight update model has for each presynaptic neuron."""
        return self._ends[0].vars

    @property
    def post_vars(self) -> dict[str, StateArray]:
        """Variables that the weight update model has for each postsynaptic neuron."""
        return self._ends[1].vars

    @property
    def psm_vars(self) -> dict[str, StateArray]:
        """Variables of the postsynaptic model."""
        return self._postsynaptic.vars

    @property
    def psm_extra_global_params(self) -> dict[str, ExtraGlobalParameter]:
        """Extra global parameters of the postsynaptic model."""
        return self._postsynaptic.extra_global_params

    def arrays(self) -> Iterator[LiveArray]:
        """All arrays that have memory once the model is loaded."""
        for part in (self._part, *self._ends, self._postsynaptic):
            yield from part.arrays()
        yield self.out_post

    @property
    def post_target_var(self) -> str:
        """The input of the postsynaptic neurons that the current is added to."""
        return self._post_target_var

    @post_target_var.setter
    def post_target_var(self, name: str) -> None:
        self._post_target_var = name
        self.session.changed()

    @property
    def axonal_delay_steps(self) -> int:
        """Steps by which spikes arrive later than in the step after they were emitted."""
        return self._axonal_delay_steps

    @axonal_delay_steps.setter
    def axonal_delay_steps(self, steps: int) -> None:
        self._axonal_delay_steps = self._at_least("axonal_delay_steps", steps, 0)

    @property
    def back_prop_delay_steps(self) -> int:
        """Steps by which synapses see postsynaptic spikes and variables later than in the step after."""
        return self._back_prop_delay_steps

    @back_prop_delay_steps.setter
    def back_prop_delay_steps(self, steps: int) -> None:
        self._back_prop_delay_steps = self._at_least("back_prop_delay_steps", steps, 0)

    @property
    def max_dendritic_delay_timesteps(self) -> int:
        """One more than the longest delay that `addToPostDelay` is called with."""
        return self._dendritic_slots or 1

    @max_dendritic_delay_timesteps.setter
    def max_dendritic_delay_timesteps(self, steps: int) -> None:
        self._dendritic_slots = self._at_least("max_dendritic_delay_timesteps", steps, 1)

    @property
    def pre_target_var(self) -> str:
        """The input of the presynaptic neurons that `addToPre` adds to."""
        return self._pre_target_var

    @pre_target_var.setter
    def pre_target_var(self, name: str) -> None:
        self._pre_target_var = name
        self.session.changed()

    def _at_least(self, what: str, steps: int, lowest: int) -> int:
        if steps < lowest:
            raise DescriptionError(f"{self.name}: {what} must be at least {lowest}, got {steps}")
        self.session.changed()
        return int(steps)

    @property
    def pre_spike_event_recording_data(self) -> Recorded:
        """Times (ms) and ids of the recorded spike-like events of each example, in order of time, then id."""
        return self._recorded_events("pre", self.src)

    @property
    def post_spike_event_recording_data(self) -> Recorded:
        """The same of the postsynaptic neurons."""
        return self._recorded_events("post", self.trg)

    def _recorded_events(self, end: str, neurons: NeuronGroup) -> Recorded:
        if not neurons.spike_event_recording_enabled:
            raise DescriptionError(
                f"{self.name}: set {neurons.name}.spike_event_recording_enabled before loading the model"
            )
        return self.session.recorded(recorded_events(self.name, end), neurons.num_neurons)

    def set_wu_param_dynamic(self, param_name: str, dynamic: bool = True) -> None:
        """Declares that a parameter of the weight update model will be changed while the model is loaded."""
        self._part.set_param_dynamic(param_name, dynamic)

    def set_ps_param_dynamic(self, param_name: str, dynamic: bool = True) -> None:
        """Declares that a parameter of the postsynaptic model will be changed while the model is loaded."""
        self._postsynaptic.set_param_dynamic(param_name, dynamic)

    def set_dynamic_param_value(self, name: str, value: float) -> None:
        """Changes a dynamic parameter of the postsynaptic model or, if it has none of the name, the weight update."""
        set_dynamic(self._postsynaptic if name in self._postsynaptic.dynamic else self._part, self.session, name, value)

    def set_sparse_connections(self, pre_indices: ArrayLike, post_indices: ArrayLike) -> None:
        """Connects `pre_indices[k]` to `post_indices[k]`; values of variables are given in the same order."""
        if self.matrix_type != SynapseMatrixType.SPARSE:
            raise DescriptionError(
                f"{self.name}: set_sparse_connections needs SPARSE connectivity, not {self.matrix_type.name}"
            )
        pre, post = np.asarray(pre_indices), np.asarray(post_indices)
        if (
            pre.ndim != 1
            or pre.shape != post.shape
            or (len(pre) and not {pre.dtype.kind, post.dtype.kind} <= {"i", "u"})
        ):
            raise DescriptionError(
                f"{self.name}: set_sparse_connections needs two lists of integers of the same length, "
                f"got {pre.dtype} {pre.shape} and {post.dtype} {post.shape}"
            )
        self._listed = ListedSynapses(pre.astype(np.int64), post.astype(np.int64))
        self.session.changed()

    def get_sparse_pre_inds(self) -> np.ndarray:
        """Presynaptic neuron of each synapse, in ascending order of (pre, post)."""
        lengths = self._listed_connectivity("row_length")
        return np.repeat(np.arange(self.src.num_neurons), lengths)

    def get_sparse_post_inds(self) -> np.ndarray:
        """Postsynaptic neuron of each synapse, in ascending order of (pre, post)."""
        inds: np.ndarray = self._listed_connectivity("indices")[self._rows()]
        return inds

    def pull_connectivity_from_device(self) -> None:
        """Does nothing: connectivity lies in the engine's own memory."""
        _ = self.session.storage

    def push_connectivity_to_device(self) -> None:
        """Does nothing: connectivity lies in the engine's own memory."""
        _ = self.session.storage

    @property
    def synapse_group(self) -> SynapseGroup:
        """Itself, as for a custom update of its variables."""
        return self

    def describe(self, dt: float) -> description.SynapseGroup:
        """The synapse group as plain data."""
        tables = {name: egp.init_values for name, egp in self.connectivity_extra_global_params.items()}
        synapses = self._listed or connections.from_rule(self.name, self.matrix_type, self._rule, dt, tables)
        if synapses is None:
            raise DescriptionError(
                f"{self.name}: call set_sparse_connections, or give add_synapse_population a connectivity initialiser"
            )
        psm = self._postsynaptic.members(dt, self._references[3])
        return description.SynapseGroup(
            self.name,
            self.src.name,
            self.trg.name,
            synapses,
            self._describe_weight_update(dt),
            description.Postsynaptic(psm, self.ps_initialiser.model.sim_code, self._post_target_var),
            self._axonal_delay_steps,
            self._back_prop_delay_steps,
            self._dendritic_slots,
            self._pre_target_var,
            self.src.spike_event_recording_enabled,
            self.trg.spike_event_recording_enabled,
        )

    def _describe_weight_update(self, dt: float) -> description.WeightUpdate:
        wu, referred = self.wu_initialiser.model, self._references
        pre = description.SynapseEnd(
            self._ends[0].variables(dt),
            referred[0],
            wu.pre_spike_syn_code,
            wu.pre_event_syn_code,
            wu.pre_event_threshold_condition_code,
            wu.pre_spike_code,
            wu.pre_dynamics_code,
        )
        post = description.SynapseEnd(
            self._ends[1].variables(dt),
            referred[1],
            wu.post_spike_syn_code,
            wu.post_event_syn_code,
            wu.post_event_threshold_condition_code,
            wu.post_spike_code,
            wu.post_dynamics_code,
        )
        return description.WeightUpdate(self._part.members(dt), pre, post, referred[2], wu.synapse_dynamics_code)

    def _listed_connectivity(self, name: str) -> np.ndarray:
        if self.matrix_type != SynapseMatrixType.SPARSE:
            raise DescriptionError(
                f"{self.name}: only SPARSE connectivity lists its synapses, not {self.matrix_type.name}"
            )
        return self._connectivity(name)

    def _connectivity(self, name: str) -> np.ndarray:
        array: np.ndarray = self.session.storage[f"synapses.{self.name}.{name}"][0, 0]
        return array

    def _rows(self) -> np.ndarray:
        """Places of the existing synapses among the padded rows."""
        lengths = self._connectivity("row_length")
        stride = len(self._connectivity("indices")) // max(len(lengths), 1)
        return np.flatnonzero(np.arange(stride)[None, :] < lengths[:, None])
