"""Compiler for few-spike networks, with its two lowerings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from ..communicators import Communicator
from ..connection import Connection
from ..connectivity import ConnectivitySnippet
from ..engines.select import get_engine
from ..errors import DescriptionError, UnsupportedError
from ..layer import underlying_population
from ..model import NeuronModel, Param, SynapseModel, WeightUpdateModel
from ..network import Network
from ..neurons import FewSpikeNeuron, Input
from ..population import Population
from ..readouts import Var as VarReadout
from ..runtime import CompiledFewSpikeNetwork
from ..runtime.few_spike import ACTIVE
from ..synapses import Delta
from ..values import Choice, Value, is_number
from .compiler import Compiler, Parts
from .depths import sources_of, stage_depths
from .free_weights import readers
from .weight_update import graded_code, graded_maximum, worth_of_spike


@final
@dataclass(frozen=True)
class Pipeline:
    """How a network is laid out in stages.

    Args:
        lowering: "bits" or "graded".
        timesteps_per_stage: K for bits, 1 for graded.
        depths: stages between a batch's entry and its being in a population.
    """

    lowering: str
    timesteps_per_stage: int
    depths: Mapping[Population, int]


@final
class FewSpikeCompiler(Compiler):
    """Compiles networks of few-spike neurons, which compute what an ANN with K-bit ReLUs computes.

    A batch is in one layer per stage, and a new batch enters in each. A connection that skips layers is delayed by as
    many stages, so that branches of unequal depth line up. There are two lowerings with equal results:
    "bits" sends the bits of a code one after the other, K timesteps per stage; "graded" forms all bits of a stage in
    one timestep, and spikes are read off the codes. Callbacks that watch timesteps need "bits".

    Args:
        k: bits per code; that of all neurons.
        dt: timestep [ms].
        batch_size: examples that run at the same time, on all ranks together.
        rng_seed: seed of random numbers; 0 draws one.
        kernel_profiling: measure how long the parts of a timestep take, where the engine can.
        prefer_in_memory_connect: on PyGeNN, store each synapse of a convolution instead of sharing its kernel.
        communicator: connects ranks, each of which runs examples of its own; None for one rank.
        lowering: "bits" or "graded"; None takes "graded" where the engine has it.
        engine: "auto" (which is "embedded"), "embedded", "reference" or "pygenn"; None for ML_GENN_ENGINE, else "auto".
        num_threads: threads of the embedded engine; None for ML_GENN_THREADS, else all cores.
        precision: "float" or "double".
    """

    k = Value(whole=True, low=1)
    lowering = Choice(None, "bits", "graded")

    def __init__(
        self,
        k: int = 10,
        dt: float = 1.0,
        batch_size: int = 1,
        rng_seed: int = 0,
        kernel_profiling: bool = False,
        prefer_in_memory_connect: bool = True,
        communicator: Communicator | None = None,
        *,
        lowering: str | None = None,
        engine: str | None = None,
        num_threads: int | None = None,
        precision: str = "float",
        **unknown: Any,
    ) -> None:
        super().__init__(
            dt=dt,
            batch_size=batch_size,
            rng_seed=rng_seed,
            kernel_profiling=kernel_profiling,
            prefer_in_memory_connect=prefer_in_memory_connect,
            communicator=communicator,
            engine=engine,
            num_threads=num_threads,
            precision=precision,
            unknown=unknown,
        )
        self.k = k
        self.lowering = lowering

    def pre_compile(self, network: Network, *, inputs: Any = None, outputs: Any = None, **kwargs: Any) -> Pipeline:
        """Check the network and lay it out in stages.

        Args:
            inputs, outputs: populations or layers, or sequences of them; by default all input populations and all
                populations with a readout.
        """
        for population in network.populations:
            self._check_neuron(population)
        for population in network.populations:
            _check_maximum(population)
        for connection in network.connections:
            _check_connection(connection)
        sources = _populations(inputs, (pop for pop in network.populations if isinstance(pop.neuron, Input)))
        targets = _populations(outputs, (pop for pop in network.populations if pop.neuron.readout is not None))
        depths = stage_depths(network, sources, "few-spike networks")
        for target in targets:
            if target not in depths:
                raise DescriptionError(f"outputs unreachable from inputs: {target}")
        lowering = self._choose_lowering()
        return Pipeline(lowering, self.k if lowering == "bits" else 1, depths)

    def build_neuron_model(self, population: Population, state: Pipeline) -> NeuronModel:
        neuron = population.neuron
        if state.lowering == "bits":
            bits: NeuronModel = neuron.get_model(population, self.dt, self.rank_batch_size)
            return bits
        graded: NeuronModel = neuron.get_graded_model(population, self.dt, self.rank_batch_size)
        return graded.with_param(Param(ACTIVE, 1.0)).with_sim_code(f"{neuron.sends} *= {ACTIVE};")

    def build_synapse_model(self, connection: Connection, state: Pipeline) -> SynapseModel:
        """A connection's input counts least significant bits of its source; so each source may have its own alpha."""
        if connection.connectivity.selects_maximum:
            return SynapseModel(sim_code="injectCurrent(inSyn);\ninSyn = 0.0;")
        resolution = connection.ends[0].neuron.resolution
        return SynapseModel(
            sim_code="injectCurrent(inSyn * Resolution);\ninSyn = 0.0;", params=(Param("Resolution", resolution),)
        )

    def build_weight_update_model(
        self,
        connection: Connection,
        snippet: ConnectivitySnippet,
        models: Mapping[Population, NeuronModel],
        state: Pipeline,
    ) -> WeightUpdateModel:
        source = connection.ends[0].neuron
        if state.lowering == "graded":
            return graded_maximum() if connection.connectivity.selects_maximum else graded_code(snippet, source.sends)
        if source.sends_codes or source.sends_values:
            return super().build_weight_update_model(connection, snippet, models, state)
        return worth_of_spike(snippet, source.sends)

    def extra_delay(self, source: Population, target: Population, state: Pipeline) -> int:
        return (state.depths[target] - state.depths[source] - 1) * state.timesteps_per_stage

    def create_compiled_network(self, parts: Parts, state: Pipeline) -> CompiledFewSpikeNetwork:
        if state.lowering == "graded":
            for group in parts.neuron_populations.values():
                group.set_param_dynamic(ACTIVE)
        recording = any(
            group.spike_recording_enabled or group.spike_event_recording_enabled
            for group in parts.neuron_populations.values()
        )
        return CompiledFewSpikeNetwork(
            parts.genn_model,
            parts.neuron_populations,
            parts.connection_populations,
            num_recording_timesteps=self.k if recording else None,
            communicator=self.communicator,
            weights=readers(parts.snippets, parts.connection_populations),
            k=self.k,
            lowering=state.lowering,
            depths=state.depths,
            resets=parts.resets,
        )

    def _choose_lowering(self) -> str:
        engine = get_engine(self.engine)
        if self.lowering is None:
            return "graded" if engine.capabilities.graded else "bits"
        if self.lowering == "graded" and not engine.capabilities.graded:
            raise UnsupportedError(f'the engine {engine.name!r} cannot run lowering="graded"; use lowering="bits"')
        return str(self.lowering)

    def _check_neuron(self, population: Population) -> None:
        neuron = population.neuron
        if not isinstance(neuron, FewSpikeNeuron):
            raise UnsupportedError(
                "FewSpike models only support FewSpikeRelu, FewSpikeReluInput, FewSpikeFunction and FewSpikeMaxPool "
                f"neurons, {population} has {type(neuron).__name__}"
            )
        if neuron.k != self.k:
            raise DescriptionError(
                "K parameters of FewSpike ReLU neurons must match across whole model: "
                f"{population} has k={neuron.k}, the compiler k={self.k}"
            )
        if neuron.readout is not None and not isinstance(neuron.readout, VarReadout):
            raise UnsupportedError(
                f"FewSpike models only support output neurons with Var readout, {population} has "
                f"{type(neuron.readout).__name__}"
            )


def _populations(given: Any, default: Iterable[Population]) -> list[Population]:
    if given is None:
        return list(default)
    return [underlying_population(item) for item in (given if isinstance(given, Sequence) else (given,))]


def _check_connection(connection: Connection) -> None:
    name = connection.describe()
    if not isinstance(connection.synapse, Delta):
        raise UnsupportedError(
            f"{name}: FewSpike models only support Delta synapses, not {type(connection.synapse).__name__}"
        )
    delay = connection.connectivity.delay
    if not is_number(delay) or delay != 0:
        raise UnsupportedError(f"{name}: FewSpike models do not support delays; the compiler lines branches up itself")


def _check_maximum(population: Population) -> None:
    """A pooling neuron takes codes over as they are, so it needs the alpha of its source."""
    if not population.neuron.takes_maximum:
        return
    (source,) = sources_of(population)
    if not source.neuron.sends_codes:
        raise UnsupportedError(
            f"{source}->{population}: MaxPool2D connectivity compares codes bit by bit, which "
            f"{type(source.neuron).__name__} neurons do not send; pool before the function, or average"
        )
    if source.neuron.signed_spikes:
        raise UnsupportedError(f"{source}->{population}: MaxPool2D connectivity cannot follow negative spikes")
    if source.neuron.alpha != population.neuron.alpha:
        raise DescriptionError(
            f"{source}->{population}: FewSpikeMaxPool takes codes over unchanged, so alpha must be that of the source, "
            f"{source.neuron.alpha}, got {population.neuron.alpha}"
        )
