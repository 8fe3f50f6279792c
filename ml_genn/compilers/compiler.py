"""From a network description to a compiled network: the pipeline that all compilers share."""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from ..access import VarAccess
from ..communicators import Communicator
from ..connection import Connection
from ..connectivity import ConnectivitySnippet
from ..engines.api import Engine
from ..engines.select import get_engine
from ..errors import DescriptionError, UnsupportedError
from ..model import NeuronModel, SynapseModel, Var, WeightUpdateModel
from ..network import Network
from ..neurons.few_spike import feeds_maximum
from ..population import Population
from ..runtime import CompiledNetwork
from ..runtime.spikes import POSITIVE_COUNT
from ..values import Choice, Value, is_initializer
from .checks import check_network, refuse_unknown
from .engine_groups import EngineGroups, in_letters_of_c
from .input_sums import add_input_sums
from .resets import Resets
from .weight_update import graded_code, leading_only, static_pulse


@final
@dataclass(frozen=True, eq=False)
class Parts:
    """What a network has been turned into, for the compiled network.

    `snippets` hold the free weights of synapses that share them.
    """

    genn_model: Any
    groups: EngineGroups
    neuron_populations: Mapping[Population, Any]
    connection_populations: Mapping[Connection, Any]
    resets: Resets
    snippets: Mapping[Connection, ConnectivitySnippet]


class Compiler(ABC):
    """Turns networks into compiled networks.

    Args:
        dt: timestep [ms].
        batch_size: examples that run at the same time, on all ranks together.
        rng_seed: seed of random numbers.
        kernel_profiling: measure how long the parts of a timestep take.
        prefer_in_memory_connect: on PyGeNN, store each synapse of a convolution instead of sharing its kernel.
        communicator: connects ranks; None for one rank.
        engine: "auto" (which is "embedded"), "embedded", "reference" or "pygenn"; None for ML_GENN_ENGINE, else "auto".
        num_threads: threads of the embedded engine; None for ML_GENN_THREADS, else all cores.
        precision: "float" or "double".
        unknown: other keyword arguments, which are refused.
    """

    dt = Value(unit="ms", constant=True, low=0, low_open=True, finite=True)
    batch_size = Value(whole=True, low=1)
    rng_seed = Value(whole=True, low=0)
    num_threads = Value(whole=True, low=1, optional=True)
    engine = Choice(None, "auto", "embedded", "reference", "pygenn")
    precision = Choice("float", "double")

    def __init__(
        self,
        *,
        dt: float,
        batch_size: int,
        rng_seed: int,
        kernel_profiling: bool,
        prefer_in_memory_connect: bool,
        communicator: Communicator | None,
        engine: str | None,
        num_threads: int | None,
        precision: str,
        unknown: Mapping[str, Any],
    ) -> None:
        refuse_unknown(type(self), unknown)
        if communicator is not None and not isinstance(communicator, Communicator):
            raise DescriptionError(f"communicator must be a Communicator as MPI(), or None, got {communicator!r}")
        self.dt = dt
        self.batch_size = batch_size
        self.rng_seed = rng_seed
        self.kernel_profiling = kernel_profiling
        self.prefer_in_memory_connect = prefer_in_memory_connect
        self.communicator = communicator
        self.engine = engine
        self.num_threads = num_threads
        self.precision = precision

    @property
    def rank_batch_size(self) -> int:
        """Examples that run at the same time on this rank.

        Raises:
            DescriptionError: the ranks cannot share the batch equally.
        """
        ranks = 1 if self.communicator is None else self.communicator.num_ranks
        if self.batch_size % ranks:
            raise DescriptionError(
                f"Batch size must be divisible by total number of ranks, got {self.batch_size} and {ranks} ranks"
            )
        return int(self.batch_size) // ranks

    def compile(self, network: Network, name: str | None = None, **kwargs: Any) -> CompiledNetwork:
        """Compile a network.

        Args:
            network: what to compile.
            name: name of the engine's model.
            kwargs: what this compiler needs further.

        Raises:
            DescriptionError: the network is incomplete.
            UnsupportedError: the compiler or the engine cannot run it.
        """
        refuse_unknown(self.pre_compile, kwargs)
        check_network(network)
        state = self.pre_compile(network, **kwargs)
        groups = self._create_groups(name or type(network).__name__)
        models = {pop: complete(pop, self.build_neuron_model(pop, state)) for pop in network.populations}
        populations = {pop: self._add_population(groups, pop, models[pop]) for pop in network.populations}
        snippets = {conn: self._snippet(groups.engine, conn) for conn in network.connections}
        connections = {
            conn: self._add_connection(groups, conn, snippet, models, populations, state)
            for conn, snippet in snippets.items()
        }
        add_input_sums(groups, network, populations, lambda source, target: self.extra_delay(source, target, state))
        resets = Resets(groups, populations, {pop: self.reset_vars(pop, models[pop], state) for pop in models})
        parts = Parts(groups.genn_model, groups, populations, connections, resets, snippets)
        return self.create_compiled_network(parts, state)

    def pre_compile(self, network: Network, **kwargs: Any) -> Any:
        """Check the network and prepare what the other stages of this compiler need."""
        return None

    @abstractmethod
    def build_neuron_model(self, population: Population, state: Any) -> NeuronModel:
        """The GeNN model of a population."""

    def build_synapse_model(self, connection: Connection, state: Any) -> SynapseModel:
        """The postsynaptic model of a connection."""
        model: SynapseModel = connection.synapse.get_model(connection, self.dt, self.rank_batch_size)
        return model

    def build_weight_update_model(
        self,
        connection: Connection,
        snippet: ConnectivitySnippet,
        models: Mapping[Population, NeuronModel],
        state: Any,
    ) -> WeightUpdateModel:
        """The weight update model of a connection."""
        source = models[connection.ends[0]]
        if connection.connectivity.selects_maximum:
            return leading_only(connection, source)
        if connection.ends[0].neuron.sends_values:
            return graded_code(snippet)
        return static_pulse(connection, snippet, source)

    def extra_delay(self, source: Population, target: Population, state: Any) -> int:
        """Timesteps by which spikes from one population to another are delayed further than connectivity says."""
        return 0

    def reset_vars(self, population: Population, model: NeuronModel, state: Any) -> tuple[Var, ...]:
        """The variables of a population to restore between trials."""
        return tuple(var for var in model.vars if var.access == VarAccess.READ_WRITE)

    @abstractmethod
    def create_compiled_network(self, parts: Parts, state: Any) -> CompiledNetwork:
        """The compiled network."""

    def _create_groups(self, name: str) -> EngineGroups:
        engine = get_engine(self.engine)
        if self.rank_batch_size > 1 and not engine.capabilities.batches:
            raise UnsupportedError(f"the engine {engine.name!r} runs one example at a time here; use batch_size=1")
        model = engine.create_model(self.precision, in_letters_of_c(name), num_threads=self.num_threads)
        model.dt = self.dt
        model.batch_size = self.rank_batch_size
        model.seed = self.rng_seed
        if self.kernel_profiling:
            model.timing_enabled = True  # type: ignore[attr-defined]
        return EngineGroups(engine, model)

    def _add_population(self, groups: EngineGroups, population: Population, model: NeuronModel) -> Any:
        group = groups.add_population(population, model)
        group.spike_recording_enabled = population.record_spikes and bool(model.threshold_condition_code)
        events = population.record_spikes or population.record_spike_events
        group.spike_event_recording_enabled = events and model.negative_event_var is not None
        return group

    def _add_connection(
        self,
        groups: EngineGroups,
        connection: Connection,
        snippet: ConnectivitySnippet,
        models: Mapping[Population, NeuronModel],
        neuron_groups: Mapping[Population, Any],
        state: Any,
    ) -> Any:
        """Add a connection."""
        ends = tuple(neuron_groups[population] for population in connection.ends)
        stored = snippet.for_each_synapse()
        weight_update = self.build_weight_update_model(connection, stored, models, state)
        synapse = self.build_synapse_model(connection, state)
        group = groups.add_connection(connection, ends, stored, weight_update, synapse)
        group.axonal_delay_steps += self.extra_delay(*connection.ends, state)
        return group

    def _snippet(self, engine: Engine, connection: Connection) -> ConnectivitySnippet:
        """How to store a connection, weights that synapses share drawn from `rng_seed`; 0 draws others each time."""
        snippet: ConnectivitySnippet = connection.connectivity.get_snippet(connection, self._matrix_types(engine))
        if snippet.sharing is None or not is_initializer(snippet.weight):
            return snippet
        seed = [self.rng_seed, zlib.crc32(connection.name.encode())] if self.rng_seed else None
        return replace(snippet, weight=snippet.weight.sample(np.random.default_rng(seed), snippet.sharing.count))

    def _matrix_types(self, engine: Engine) -> frozenset[str]:
        """What the engine can store well."""
        if engine.capabilities.strided_toeplitz:
            return frozenset(("DENSE", "SPARSE", "TOEPLITZ", "TOEPLITZ_STRIDED"))
        return frozenset(("DENSE", "SPARSE") if self.prefer_in_memory_connect else ("DENSE", "SPARSE", "TOEPLITZ"))


def complete(population: Population, model: NeuronModel) -> NeuronModel:
    """The model with a count of spikes sent so far, Prefix, where a connection selects maxima and it has none yet."""
    if not feeds_maximum(population) or any(model.var(name) is not None for name in ("Prefix", "Q", POSITIVE_COUNT)):
        return model
    return model.with_var(Var("Prefix")).with_reset_code("Prefix += 1.0;")
