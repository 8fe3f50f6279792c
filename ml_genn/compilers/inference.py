"""Compiler for networks that are run for a number of timesteps per example."""

from __future__ import annotations

from typing import Any, final

from ..communicators import Communicator
from ..errors import UnsupportedError
from ..model import NeuronModel, Var
from ..network import Network
from ..population import Population
from ..runtime import CompiledInferenceNetwork
from ..values import Value
from .compiler import Compiler, Parts
from .spike_counts import with_spike_counts


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
        count_spikes: let every population count the spikes of its neurons, whether it records them or not.
    """

    evaluate_timesteps = Value(whole=True, low=1)

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
        count_spikes: bool = False,
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
        self.count_spikes = count_spikes

    def pre_compile(self, network: Network, **kwargs: Any) -> None:
        for population in network.populations:
            if population.neuron.pipelined:
                raise UnsupportedError(
                    f"{population}: {type(population.neuron).__name__} neurons need the FewSpikeCompiler"
                )

    def build_neuron_model(self, population: Population, state: Any) -> NeuronModel:
        neuron = population.neuron
        model: NeuronModel = neuron.get_model(population, self.dt, self.rank_batch_size)
        if self.count_spikes:
            model = with_spike_counts(model)
        if neuron.readout is None:
            return model
        extended: NeuronModel = neuron.readout.add_readout_logic(
            model, example_timesteps=self.evaluate_timesteps, dt=self.dt
        )
        return extended

    def reset_vars(self, population: Population, model: NeuronModel, state: Any) -> tuple[Var, ...]:
        changing = super().reset_vars(population, model, state)
        if self.reset_vars_between_batches:
            return changing
        own: NeuronModel = population.neuron.get_model(population, self.dt, self.rank_batch_size)
        return tuple(var for var in changing if own.var(var.name) is None)

    def create_compiled_network(self, parts: Parts, state: Any) -> CompiledInferenceNetwork:
        recording = any(
            population.record_spikes or population.record_spike_events for population in parts.neuron_populations
        )
        return CompiledInferenceNetwork(
            parts.genn_model,
            parts.neuron_populations,
            parts.connection_populations,
            num_recording_timesteps=self.evaluate_timesteps if recording else None,
            communicator=self.communicator,
            evaluate_timesteps=self.evaluate_timesteps,
            resets=parts.resets,
            reset_time_between_batches=self.reset_time_between_batches,
            reset_in_syn_between_batches=self.reset_in_syn_between_batches,
        )
