"""Compiler for networks that are run for a number of timesteps per example."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

from ..communicators import Communicator
from ..errors import DescriptionError, UnsupportedError
from ..model import NeuronModel, Var
from ..network import Network
from ..neurons import Input
from ..population import Population
from ..runtime import CompiledInferenceNetwork
from ..values import Switch, Value
from .compiler import Compiler, Parts
from .depths import stage_depths
from .free_weights import readers
from .spike_counts import with_spike_counts
from .trial_lengths import RUNNING, trial_lengths, with_length
from .windows import only_while, with_window

Depths = Mapping[Population, int]
"""Connections between the inputs and each population; empty where layers are not lined up."""


@final
class InferenceCompiler(Compiler):
    """Compiles networks for inference.

    Trials are exact: unless asked otherwise each batch begins at time 0 with all neuron variables at their initial
    values and without spikes or synaptic input on the way, so that equal examples give equal answers.

    Args:
        evaluate_timesteps: timesteps per example.
        dt: timestep [ms].
        batch_size: examples that run at the same time, on all ranks together.
        rng_seed: seed of random numbers; 0 draws one.
        kernel_profiling: measure how long the parts of a timestep take, where the engine can.
        prefer_in_memory_connect: on PyGeNN, store each synapse of a convolution instead of sharing its kernel.
        reset_time_between_batches: each batch begins at time 0.
        reset_vars_between_batches: each batch begins with neuron variables at their initial values; readouts always do.
        reset_in_syn_between_batches: each batch begins without spikes or synaptic input on the way. False lets the end
            of one batch reach into the next, for input that goes on from batch to batch.
        communicator: connects ranks, each of which runs examples of its own; None for one rank.
        engine: "auto" (which is "embedded"), "embedded", "reference" or "pygenn"; None for ML_GENN_ENGINE, else "auto".
        num_threads: threads of the embedded engine; None for ML_GENN_THREADS, else all cores.
        precision: "float" or "double".
        layered: every layer works on an example for evaluate_timesteps, from the step in which the deepest of its
            sources can have reached it, and connections that skip layers are delayed to match; so a trial takes as many
            more timesteps as the network has layers, and no layer misses any. Readouts count time from that step. For
            networks without loops.
        count_spikes: let every population count the spikes of its neurons, whether it records them or not.
        variable_timesteps: examples may have fewer timesteps, which is said to `evaluate` and `predict` as `timesteps`.

    Raises:
        DescriptionError: examples may have fewer timesteps, but time does not begin at 0 with each batch.
    """

    evaluate_timesteps = Value(whole=True, low=1)
    variable_timesteps = Switch()

    def __init__(
        self,
        evaluate_timesteps: int,
        dt: float = 1.0,
        batch_size: int = 1,
        rng_seed: int = 0,
        kernel_profiling: bool = False,
        prefer_in_memory_connect: bool = True,
        reset_time_between_batches: bool = True,
        reset_vars_between_batches: bool = True,
        reset_in_syn_between_batches: bool = True,
        communicator: Communicator | None = None,
        *,
        engine: str | None = None,
        num_threads: int | None = None,
        precision: str = "float",
        layered: bool = False,
        count_spikes: bool = False,
        variable_timesteps: bool = False,
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
        self.evaluate_timesteps = evaluate_timesteps
        self.reset_time_between_batches = reset_time_between_batches
        self.reset_vars_between_batches = reset_vars_between_batches
        self.reset_in_syn_between_batches = reset_in_syn_between_batches
        self.layered = layered
        self.count_spikes = count_spikes
        self.variable_timesteps = variable_timesteps
        if variable_timesteps and not reset_time_between_batches:
            raise DescriptionError(
                "variable_timesteps need batches that begin at time 0; leave reset_time_between_batches at True"
            )

    def pre_compile(self, network: Network, **kwargs: Any) -> Depths:
        for population in network.populations:
            if population.neuron.pipelined:
                raise UnsupportedError(
                    f"{population}: {type(population.neuron).__name__} neurons need the FewSpikeCompiler"
                )
        if not self.layered:
            return {}
        inputs = [population for population in network.populations if isinstance(population.neuron, Input)]
        return stage_depths(network, inputs, "layered networks")

    def build_neuron_model(self, population: Population, state: Depths) -> NeuronModel:
        neuron = population.neuron
        model: NeuronModel = neuron.get_model(population, self.dt, self.rank_batch_size)
        if self.count_spikes:
            model = with_spike_counts(model)
        if neuron.readout is not None:
            model = neuron.readout.add_readout_logic(model, example_timesteps=self.evaluate_timesteps, dt=self.dt)
        if self.variable_timesteps:
            model = with_length(model, population, self.evaluate_timesteps, self.dt)
            model = only_while(model, RUNNING)
        if not self.layered:
            return model
        return with_window(model, state[population], self.evaluate_timesteps, self.dt)

    def extra_delay(self, source: Population, target: Population, state: Depths) -> int:
        return state[target] - state[source] - 1 if self.layered else 0

    def reset_vars(self, population: Population, model: NeuronModel, state: Any) -> tuple[Var, ...]:
        changing = super().reset_vars(population, model, state)
        if self.reset_vars_between_batches:
            return changing
        own: NeuronModel = population.neuron.get_model(population, self.dt, self.rank_batch_size)
        return tuple(var for var in changing if own.var(var.name) is None)

    def create_compiled_network(self, parts: Parts, state: Depths) -> CompiledInferenceNetwork:
        recording = any(
            population.record_spikes or population.record_spike_events for population in parts.neuron_populations
        )
        lengths = None
        if self.variable_timesteps:
            lengths = trial_lengths(parts, self.evaluate_timesteps, self.dt, records=recording)
        return CompiledInferenceNetwork(
            parts.genn_model,
            parts.neuron_populations,
            parts.connection_populations,
            num_recording_timesteps=self.evaluate_timesteps + max(state.values(), default=0) if recording else None,
            communicator=self.communicator,
            weights=readers(parts.snippets, parts.connection_populations),
            evaluate_timesteps=self.evaluate_timesteps,
            depths=state,
            lengths=lengths,
            resets=parts.resets,
            reset_time_between_batches=self.reset_time_between_batches,
            reset_in_syn_between_batches=self.reset_in_syn_between_batches,
        )
