"""Neuron populations, current sources and custom updates of a model, by PyGeNN's names."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import ClassVar, final

import numpy as np

from ml_genn.engines.embedded.arrays import ExtraGlobalParameter, LiveArray, StateArray, SynapseVariable, Variable
from ml_genn.engines.embedded.models import CurrentSourceModel, CustomUpdateModel, NeuronModel
from ml_genn.engines.embedded.parts import Part, global_references, references, update_references
from ml_genn.engines.embedded.plan import description
from ml_genn.engines.embedded.plan.description import Address, GroupKind, Transposing
from ml_genn.engines.embedded.plan.recording import recorded_spikes
from ml_genn.engines.embedded.session import Session
from ml_genn.engines.embedded.snippets import VarValue
from ml_genn.errors import DescriptionError

Rows = Callable[[], np.ndarray]

Recorded = list[tuple[np.ndarray, np.ndarray]]
"""Times in ms and ids of spikes, for each example of the batch."""


class Group(ABC):
    """Anything that a model is made of.

    Attributes:
        name: What the user called it.
        session: What moves and lives while the model is loaded.
    """

    __slots__ = ("name", "session")

    kind: ClassVar[GroupKind]

    def __init__(self, name: str, session: Session) -> None:
        self.name = name
        self.session = session

    @property
    @abstractmethod
    def part(self) -> Part:
        """The model of the group with its values."""

    @property
    def rows(self) -> Rows | None:
        """Places of existing elements in the arrays of the group, if there are gaps between them."""
        return None

    @property
    def vars(self) -> dict[str, StateArray]:
        """Variables by name."""
        return self.part.vars

    @property
    def extra_global_params(self) -> dict[str, ExtraGlobalParameter]:
        """Extra global parameters by name."""
        return self.part.extra_global_params

    @property
    def params(self) -> Mapping[str, float]:
        """Values of parameters, by name, that the model is built with."""
        return self.part.params

    def arrays(self) -> Iterator[LiveArray]:
        """All arrays that have memory once the model is loaded."""
        yield from self.part.arrays()

    def set_param_dynamic(self, param_name: str, dynamic: bool = True) -> None:
        """Declares that a parameter will be changed while the model is loaded."""
        self.part.set_param_dynamic(param_name, dynamic)

    def set_dynamic_param_value(self, name: str, value: float) -> None:
        """Changes a dynamic parameter; derived parameters keep the values that they were built with."""
        set_dynamic(self.part, self.session, name, value)


def set_dynamic(part: Part, session: Session, name: str, value: float) -> None:
    """Writes a parameter of a loaded model."""
    if name not in part.dynamic:
        raise DescriptionError(
            f"{part.where}: parameter '{name}' is not dynamic; call set_param_dynamic('{name}') before building"
        )
    session.storage[f"{part.prefix}.{name}"][:] = value


@final
class NeuronGroup(Group):
    """Neurons of one model.

    Attributes:
        num_neurons: Number of neurons.
        spike_recording_enabled: Whether `spike_recording_data` holds their spikes.
        spike_event_recording_enabled: Whether spike-like events are recorded for each outgoing synapse group.
    """

    __slots__ = (
        "_part",
        "model",
        "num_neurons",
        "recording_zero_copy_enabled",
        "spike_event_recording_enabled",
        "spike_recording_enabled",
    )

    kind = GroupKind.NEURON

    def __init__(
        self,
        name: str,
        session: Session,
        num_neurons: int,
        model: NeuronModel,
        params: Mapping[str, float],
        vars: Mapping[str, VarValue],
    ) -> None:
        super().__init__(name, session)
        self.num_neurons = num_neurons
        self.model = model
        self._part = Part(name, (self.kind, name), model, params, vars, session.changed)
        self.spike_recording_enabled = False
        self.spike_event_recording_enabled = False
        self.recording_zero_copy_enabled = False

    @property
    def part(self) -> Part:
        """The neuron model with its values."""
        return self._part

    @property
    def spike_recording_data(self) -> Recorded:
        """Times (ms) and ids of the recorded spikes of each example, in order of time, then id."""
        if not self.spike_recording_enabled:
            raise DescriptionError(f"{self.name}: set spike_recording_enabled before loading the model")
        return self.session.recorded(recorded_spikes(self.name), self.num_neurons)

    def describe(self, dt: float) -> description.NeuronPopulation:
        """The population as plain data."""
        model = self.model
        return description.NeuronPopulation(
            self.name,
            self.num_neurons,
            self._part.members(dt),
            model.sim_code,
            model.threshold_condition_code,
            model.reset_code,
            tuple(description.AdditionalInput(one.name, one.type, one.initial) for one in model.additional_input_vars),
            model.auto_refractory_required,
            self.spike_recording_enabled,
        )


@final
class CurrentSource(Group):
    """Injects a current into each neuron of a population."""

    __slots__ = ("_part", "_references", "_target_var", "model", "population")

    kind = GroupKind.CURRENT_SOURCE

    def __init__(
        self,
        name: str,
        population: NeuronGroup,
        model: CurrentSourceModel,
        params: Mapping[str, float],
        vars: Mapping[str, VarValue],
        var_refs: Mapping[str, Address | str],
    ) -> None:
        super().__init__(name, population.session)
        self.population = population
        self.model = model
        self._target_var = "Isyn"
        self._part = Part(name, (self.kind, name), model, params, vars, self.session.changed)
        self._references = references(name, model.neuron_var_refs, var_refs, GroupKind.NEURON, population.name)

    @property
    def part(self) -> Part:
        """The current source model with its values."""
        return self._part

    @property
    def target_var(self) -> str:
        """The input of the neurons that the current is added to."""
        return self._target_var

    @target_var.setter
    def target_var(self, name: str) -> None:
        self._target_var = name
        self.session.changed()

    def describe(self, dt: float) -> description.CurrentSource:
        """The current source as plain data."""
        members = self._part.members(dt, self._references)
        code = self.model.injection_code
        return description.CurrentSource(self.name, self.population.name, members, code, self._target_var)


@final
class CustomUpdate(Group):
    """Code run on demand for each element of the variables that it refers to.

    `rows` gives the places of existing synapses where these are of sparse connectivity.
    """

    __slots__ = ("_globals", "_part", "_references", "_rows", "group_name", "model")

    kind = GroupKind.CUSTOM_UPDATE

    def __init__(
        self,
        name: str,
        group_name: str,
        session: Session,
        model: CustomUpdateModel,
        params: Mapping[str, float],
        vars: Mapping[str, VarValue],
        references: Mapping[str, Address | Transposing],
        globals_: Mapping[str, Address],
        rows: Rows | None,
    ) -> None:
        super().__init__(name, session)
        self.group_name = group_name
        self.model = model
        self._rows = rows
        make_variable = Variable if rows is None else partial(SynapseVariable, rows=rows)
        self._part = Part(name, (self.kind, name), model, params, vars, session.changed, make_variable)
        self._references = update_references(name, model.var_refs, references)
        self._globals = global_references(name, model.extra_global_param_refs, globals_)

    @property
    def part(self) -> Part:
        """The custom update model with its values."""
        return self._part

    @property
    def rows(self) -> Rows | None:
        """Places of existing synapses, if the update is one of sparse connectivity."""
        return self._rows

    def describe(self, dt: float) -> description.CustomUpdate:
        """The custom update as plain data."""
        members = self._part.members(dt, self._references, self._globals)
        return description.CustomUpdate(self.name, self.group_name, members, self.model.update_code)


def check_ready(groups: Iterable[Group]) -> None:
    """Check that all arrays of any length have values.

    Raises:
        DescriptionError: one has not.
    """
    for group in groups:
        for live in group.arrays():
            if not live.ready:
                raise DescriptionError(f"{live.label}: call set_init_values before loading the model")
