"""A model of the embedded engine, by PyGeNN's names and with PyGeNN's meaning."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Final, TypeVar, final

import numpy as np
from numpy.typing import ArrayLike

from ml_genn.access import SynapseMatrixType
from ml_genn.engines.embedded import backends, connections
from ml_genn.engines.embedded.arrays import Memory, StateArray, chosen_places
from ml_genn.engines.embedded.declarations import keywords_checked, refuse_unknown
from ml_genn.engines.embedded.groups import CurrentSource, CustomUpdate, Group, NeuronGroup, Rows, check_ready
from ml_genn.engines.embedded.library.current_sources import CURRENT_SOURCE_MODELS
from ml_genn.engines.embedded.library.custom_updates import CUSTOM_UPDATE_MODELS
from ml_genn.engines.embedded.library.neurons import NEURON_MODELS
from ml_genn.engines.embedded.models import CurrentSourceModel, CustomUpdateModel, NeuronModel
from ml_genn.engines.embedded.phases import Phases
from ml_genn.engines.embedded.plan import description
from ml_genn.engines.embedded.plan.build import make_plan
from ml_genn.engines.embedded.plan.description import Address, Transposing
from ml_genn.engines.embedded.plan.phases import check_phases, with_phases
from ml_genn.engines.embedded.plan.plan import Plan
from ml_genn.engines.embedded.plan.recording import recorded
from ml_genn.engines.embedded.plan.storage import Storage, VariableCopy, allocate
from ml_genn.engines.embedded.session import Session
from ml_genn.engines.embedded.snippets import (
    Params,
    PostsynapticInit,
    SparseConnectivityInit,
    ToeplitzConnectivityInit,
    VarRefs,
    Vars,
    WeightUpdateInit,
    built_in,
)
from ml_genn.engines.embedded.synapse_group import SynapseGroup
from ml_genn.engines.embedded.timers import Timers, timer
from ml_genn.engines.embedded.variable_recording import VariableRecording
from ml_genn.errors import DescriptionError

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
AnyGroup = TypeVar("AnyGroup", bound=Group)


@final
class GeNNModel:
    """Populations, synapse groups, current sources and custom updates, and the means to run them.

    Attributes:
        name: Name of the model.
        precision: What `scalar` means, "float" or "double".
        time_precision: Type of `t`.
        backend_name: "embedded" (compiled) or "reference" (numpy).
        neuron_populations: Neuron populations by name; likewise the other dictionaries.
    """

    __slots__ = (
        "_batch_size",
        "_built",
        "_drawn_seed",
        "_dt",
        "_num_recording_timesteps",
        "_num_threads",
        "_phases",
        "_plan",
        "_seed",
        "_session",
        "_timers",
        "backend_name",
        "current_sources",
        "custom_updates",
        "default_narrow_sparse_ind_enabled",
        "fuse_postsynaptic_models",
        "fuse_pre_post_weight_update_models",
        "name",
        "neuron_populations",
        "precision",
        "synapse_populations",
        "time_precision",
    )

    @keywords_checked
    def __init__(
        self,
        precision: str = "float",
        model_name: str = "GeNNModel",
        backend: str | None = None,
        time_precision: str | None = None,
        *,
        num_threads: int | None = None,
        genn_log_level: object = None,
        code_gen_log_level: object = None,
        transpiler_log_level: object = None,
        runtime_log_level: object = None,
        backend_log_level: object = None,
        optimize_code: bool = True,
        debug_code: bool = False,
    ) -> None:
        """Begins an empty model.

        Args:
            precision: What `scalar` means: "float" or "double".
            model_name: Name of the model.
            backend: "embedded" (or None) runs compiled code, "reference" the numpy interpreter.
            time_precision: Type of `t`; `precision` if None.
            num_threads: Threads of the cpu engine; if None ML_GENN_THREADS, else all cores.
            genn_log_level: Accepted and not needed, as are the other log levels, `optimize_code` and `debug_code`.
        """
        self.name = model_name
        self.precision = precision
        self.time_precision = time_precision or precision
        self.backend_name = backends.resolve(backend)
        self._num_threads: int | None = None
        self._num_recording_timesteps: int | None = None
        self.num_threads = num_threads
        # how kernels are merged is this engine's own business; PyGeNN's switches change no result
        self.fuse_postsynaptic_models = False
        self.fuse_pre_post_weight_update_models = False
        self.default_narrow_sparse_ind_enabled = False
        self._dt, self._batch_size, self._seed, self._drawn_seed = 1.0, 1, 0, 0
        self._session = Session()
        self._phases = Phases(model_name)
        self._timers = Timers(model_name)
        self._built = False
        self._plan: Plan | None = None
        self.neuron_populations: dict[str, NeuronGroup] = {}
        self.synapse_populations: dict[str, SynapseGroup] = {}
        self.current_sources: dict[str, CurrentSource] = {}
        self.custom_updates: dict[str, CustomUpdate] = {}

    @property
    def dt(self) -> float:
        """Length of a step in ms; set it before building."""
        return self._dt

    @dt.setter
    def dt(self, dt: float) -> None:
        self._check_open("dt")
        if not dt > 0.0:
            raise DescriptionError(f"{self.name}: dt must be positive, got {dt}")
        self._dt = float(dt)

    @property
    def batch_size(self) -> int:
        """Number of independent copies of all state that is not shared; set it before building."""
        return self._batch_size

    @batch_size.setter
    def batch_size(self, batch_size: int) -> None:
        self._check_open("batch_size")
        if batch_size < 1:
            raise DescriptionError(f"{self.name}: batch_size must be at least 1, got {batch_size}")
        self._batch_size = int(batch_size)

    @property
    def seed(self) -> int:
        """Seed of all random numbers; 0 draws a new one when the model is built; set it before building."""
        return self._seed

    @seed.setter
    def seed(self, seed: int) -> None:
        self._check_open("seed")
        self._seed = int(seed)

    @property
    def num_threads(self) -> int | None:
        """Threads of the cpu engine, read when the model is loaded; None means ML_GENN_THREADS, else all cores."""
        return self._num_threads

    @num_threads.setter
    def num_threads(self, threads: int | None) -> None:
        if threads is not None and threads < 1:
            raise DescriptionError(f"{self.name}: num_threads must be at least 1, got {threads}")
        self._num_threads = threads

    @property
    def timestep(self) -> int:
        """Steps since the trial began; may be set."""
        return self._session.clock.timestep

    @timestep.setter
    def timestep(self, timestep: int) -> None:
        self._session.clock.timestep = int(timestep)

    @property
    def t(self) -> float:
        """Time since the trial began, in ms."""
        return self.timestep * self._dt

    @t.setter
    def t(self, t: float) -> None:
        self.timestep = round(t / self._dt)

    @property
    def example_offset(self) -> int:
        """Index, among all examples, of the batch's first one: random numbers then do not depend on the batch size.

        An extension of PyGeNN's interface; may be set between trials.
        """
        return self._session.clock.example_offset

    @example_offset.setter
    def example_offset(self, offset: int) -> None:
        self._session.clock.example_offset = int(offset)

    @property
    def timing_enabled(self) -> bool:
        """Whether kernels are timed; set it before loading. It costs some 50 ns for each kernel, example and step."""
        return self._timers.enabled

    @timing_enabled.setter
    def timing_enabled(self, enabled: bool) -> None:
        self._timers.enabled = bool(enabled)

    init_time = timer("init", "Seconds spent on initial values.")
    init_sparse_time = timer("init_sparse", "0: sparse variables are initialised with all others.")
    neuron_update_time = timer("neuron_update", "Seconds spent on neurons, all threads together.")
    presynaptic_update_time = timer("presynaptic_update", "Seconds spent on presynaptic spikes and events.")
    postsynaptic_update_time = timer("postsynaptic_update", "Seconds spent on postsynaptic spikes and events.")
    synapse_dynamics_time = timer("synapse_dynamics", "Seconds spent on synapse dynamics.")

    def get_custom_update_time(self, name: str) -> float:
        """Seconds spent on a group of custom updates, transposes included."""
        return self._timers.seconds(f"custom update {name}")

    @keywords_checked
    def add_neuron_population(
        self,
        pop_name: str,
        num_neurons: int,
        neuron: NeuronModel | str,
        params: Params = None,
        vars: Vars = None,
    ) -> NeuronGroup:
        """Adds neurons of one model, built in (by name) or made by `create_neuron_model`."""
        if num_neurons < 1:
            raise DescriptionError(f"{pop_name}: a population needs at least one neuron, got {num_neurons}")
        model = built_in(neuron, f"{pop_name}: neuron model", NEURON_MODELS)
        self._check_name(pop_name)
        group = NeuronGroup(pop_name, self._session, int(num_neurons), model, params or {}, vars or {})
        return self._add(self.neuron_populations, group)

    @keywords_checked
    def add_synapse_population(
        self,
        pop_name: str,
        matrix_type: SynapseMatrixType | str,
        source: NeuronGroup,
        target: NeuronGroup,
        weight_update_init: WeightUpdateInit,
        postsynaptic_init: PostsynapticInit,
        connectivity_init: SparseConnectivityInit | ToeplitzConnectivityInit | None = None,
    ) -> SynapseGroup:
        """Connects the neurons of `source` to those of `target`."""
        self._check_name(pop_name)
        self._check_own(source)
        self._check_own(target)
        kind = connections.matrix_type(pop_name, matrix_type)
        group = SynapseGroup(pop_name, kind, source, target, weight_update_init, postsynaptic_init, connectivity_init)
        return self._add(self.synapse_populations, group)

    @keywords_checked
    def add_current_source(
        self,
        cs_name: str,
        current_source_model: CurrentSourceModel | str,
        pop: NeuronGroup,
        params: Params = None,
        vars: Vars = None,
        var_refs: VarRefs = None,
    ) -> CurrentSource:
        """Adds a current source, built in (by name) or made by `create_current_source_model`, to a population."""
        self._check_name(cs_name)
        self._check_own(pop)
        model = built_in(current_source_model, f"{cs_name}: current source model", CURRENT_SOURCE_MODELS)
        return self._add(
            self.current_sources, CurrentSource(cs_name, pop, model, params or {}, vars or {}, var_refs or {})
        )

    @keywords_checked
    def add_custom_update(
        self,
        cu_name: str,
        group_name: str,
        custom_update_model: CustomUpdateModel | str,
        params: Params = None,
        vars: Vars = None,
        var_refs: Mapping[str, Address | Transposing] | None = None,
        egp_refs: Mapping[str, Address] | None = None,
    ) -> CustomUpdate:
        """Adds an update that `custom_update(group_name)` runs, built in or made by `create_custom_update_model`."""
        self._check_name(cu_name)
        self._check_name(group_name)
        group = CustomUpdate(
            cu_name,
            group_name,
            self._session,
            built_in(custom_update_model, f"{cu_name}: custom update model", CUSTOM_UPDATE_MODELS),
            params or {},
            vars or {},
            var_refs or {},
            egp_refs or {},
            self._rows(var_refs or {}),
        )
        return self._add(self.custom_updates, group)

    def build(self, path_to_model: str = "./", always_rebuild: bool = False, never_rebuild: bool = False) -> None:
        """Checks the model and plans how to run it; the arguments are PyGeNN's and not needed.

        Raises:
            DescriptionError: A name, size or value cannot mean anything.
            ModelCodeError: A code string is not of the modelling language.
            UnsupportedError: The model uses a part of GeNN that this engine does not have yet.
        """
        if self._built:
            raise DescriptionError(f"{self.name}: the model is already built")
        self._drawn_seed = self._seed or secrets.randbits(63)
        self._make_plan(self._describe())
        self._built = True

    def load(self, num_recording_timesteps: int | None = None) -> None:
        """Allocates and initialises the model; recordings hold the last `num_recording_timesteps` steps."""
        if not self._built:
            raise DescriptionError(f"{self.name}: build() the model before loading it")
        if self._session.loaded:
            raise DescriptionError(f"{self.name}: the model is already loaded; unload() it first")
        self._num_recording_timesteps = num_recording_timesteps
        clock = self._session.clock
        clock.timestep = clock.ring = clock.phase = 0
        self._phases.restart()
        self._open({})

    def reload(self) -> None:
        """Gives arrays the lengths that `set_init_values` has set since loading; all others stay (extension)."""
        self._session.executable.close()
        self._open(self._session.storage)

    def _open(self, kept: Storage) -> None:
        """Allocates and initialises the model, but for the arrays that are kept, and makes it ready to run."""
        model = self._describe()
        plan = self._make_plan(model) if self._session.stale or self._plan is None else self._plan
        plan = with_phases(recorded(plan, model, self._num_recording_timesteps), model)
        check_ready(self._groups())
        storage = allocate(plan)
        begun = perf_counter()
        backends.initialise(plan, storage)
        for name, numbers in kept.items():
            if storage[name].shape == numbers.shape:
                storage[name][:] = numbers
        init_seconds = perf_counter() - begun
        executable = backends.open_executable(self.backend_name, plan, storage, self.num_threads)
        self._timers.start(executable, init_seconds)
        self._session.open(plan, storage, executable)
        clock = self._session.clock
        arrays = {array.name: array for array in plan.arrays}
        for group in self._groups():
            for live in group.arrays():
                live.attach(Memory(arrays[live.label], storage[live.label], clock))

    def unload(self) -> None:
        """Frees the memory of the model; it can be loaded again, and then starts anew."""
        _ = self._session.storage
        for group in self._groups():
            for live in group.arrays():
                live.attach(None)
        self._session.close()

    def step_time(self, num_timesteps: int = 1) -> None:
        """Runs a number of steps in one call (an extension: PyGeNN's runs one)."""
        self._session.executable.run(self._session.clock, num_timesteps)

    def custom_update(self, name: str) -> None:
        """Runs the custom updates that were added with this group name."""
        groups = self._session.loaded_plan.custom_updates
        refuse_unknown(f"{self.name}: custom update group", (name,), groups)
        begun = perf_counter()
        self._session.executable.custom_update(name, self._session.clock)
        self._timers.custom_update(name, begun)

    def pull_recording_buffers_from_device(self) -> None:
        """Does nothing but check that the model is loaded: recordings lie in the engine's own memory."""
        _ = self._session.storage

    def declare_phase(self, name: str, num_values: int) -> None:
        """Declares that all parameters called `name` are a phase: they change together, from 0 to `num_values` - 1.

        An extension of PyGeNN's interface. The code of a step is compiled for each value, so that what
        `if (name == 1) {...}` leaves out costs nothing in the other phases. A model begins with 0 in every phase.

        Raises:
            DescriptionError: The model is built, or there would be less than two values.
            UnsupportedError: All phases together would have more than 16 combinations.
        """
        self._check_open(f"the phase '{name}'")
        self._phases.declare(name, num_values)
        self._session.changed()

    def set_phase(self, name: str, value: int) -> None:
        """Begins a phase, with the next step, of all parameters called `name`; the model must be loaded."""
        plan, storage = self._session.loaded_plan, self._session.storage
        self._phases.set(name, value)
        self._session.clock.phase = self._phases.index
        for array in plan.phase_arrays[name]:
            storage[array][:] = value

    def record_variable(
        self, variable: StateArray, num_timesteps: int, elements: ArrayLike | None = None
    ) -> VariableRecording:
        """Records, inside the engine, what a variable holds after each step, until the recording is stopped.

        An extension of PyGeNN's interface; the model must be loaded.

        Args:
            variable: Any of a group's variables, as `group.vars["V"]` or `group.psm_vars["I"]`.
            num_timesteps: How many steps to keep, the last ones.
            elements: Indices of the neurons or synapses to record; None for all.

        Raises:
            DescriptionError: There is no such element, or no step to keep.
            UnsupportedError: The variable is a sum over the batch.
        """
        chosen = chosen_places(variable, elements)
        if num_timesteps < 1:
            raise DescriptionError(f"{variable.label}: record at least one timestep, not {num_timesteps}")
        array, numbers = variable.memory.array, variable.memory.numbers
        rows = np.zeros((num_timesteps, numbers.shape[1], len(chosen)), numbers.dtype)
        return self._session.recordings.start(VariableCopy(array, chosen, rows))

    def clear_in_flight(self) -> None:
        """Drops spikes, events and input on their way, and forgets spike times: the next step starts a trial exactly.

        An extension of PyGeNN's interface. Variables keep their values.
        """
        storage = self._session.storage
        for name, empty in self._session.loaded_plan.in_flight.items():
            storage[name][:] = empty

    def _rows(self, references: Mapping[str, Address | Transposing]) -> Rows | None:
        """Where the synapses are that references point to, if these are of sparse connectivity."""
        groups = {(group.kind, group.name): group for group in self._groups()}
        addresses = [address for address in references.values() if isinstance(address, Address)]
        found = (groups.get((address.kind, address.group)) for address in addresses)
        return next((group.rows for group in found if group is not None and group.rows is not None), None)

    def _groups(self) -> Iterator[Group]:
        yield from self.neuron_populations.values()
        yield from self.synapse_populations.values()
        yield from self.current_sources.values()
        yield from self.custom_updates.values()

    def _describe(self) -> description.Model:
        return description.Model(
            name=self.name,
            precision=self.precision,
            time_precision=self.time_precision,
            dt=self._dt,
            batch_size=self._batch_size,
            seed=self._drawn_seed,
            neuron_populations=tuple(group.describe(self._dt) for group in self.neuron_populations.values()),
            current_sources=tuple(group.describe(self._dt) for group in self.current_sources.values()),
            synapse_groups=tuple(group.describe(self._dt) for group in self.synapse_populations.values()),
            custom_updates=tuple(group.describe(self._dt) for group in self.custom_updates.values()),
            phases=self._phases.describe(),
        )

    def _make_plan(self, model: description.Model) -> Plan:
        check_phases(model)
        self._plan = make_plan(model, backends.row_builders())
        self._session.stale = False
        return self._plan

    def _add(self, groups: dict[str, AnyGroup], group: AnyGroup) -> AnyGroup:
        self._check_open(group.name)
        if group.name in groups:
            raise DescriptionError(f"{self.name}: there is already a group called '{group.name}'; choose another name")
        groups[group.name] = group
        self._session.changed()
        return group

    def _check_open(self, what: str) -> None:
        if self._built:
            raise DescriptionError(f"{self.name}: {what} must be set or added before build()")

    def _check_own(self, group: NeuronGroup) -> None:
        if group.session is not self._session:
            raise DescriptionError(f"{self.name}: '{group.name}' belongs to another model")

    def _check_name(self, name: str) -> None:
        if _NAME.fullmatch(name) is None:
            raise DescriptionError(
                f"{self.name}: '{name}' is not a name of letters, digits and underscores that begins with no digit"
            )
