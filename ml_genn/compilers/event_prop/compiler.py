"""Compiler for networks that learn by EventProp."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, final

from ...communicators import Communicator
from ...connection import Connection
from ...connectivity import ConnectivitySnippet
from ...engines.api import Engine
from ...engines.select import get_engine
from ...model import NeuronModel, SynapseModel, WeightUpdateModel
from ...network import Network
from ...neurons import LeakyIntegrate, LeakyIntegrateFire, LeakyIntegrateFireInput
from ...population import Population
from ...runtime.output import Output
from ...runtime.spike_penalties import SpikePenalties
from ...runtime.tapes import Tapes
from ...runtime.training import PHASE, CompiledTrainingNetwork
from ...runtime.trial_lengths import TrialLengths
from ...synapses import Exponential
from ...values import Switch, Value
from ..compiler import Compiler, Parts
from ..free_weights import readers
from ..resets import GROUP as RESET
from ..trial_lengths import trial_lengths, with_length
from . import checks, learnables
from .adjoint import NeuronAdjoint
from .constants import LearntConstants, arriving, learnt_neuron, plain_input
from .currents import Currents
from .learning import Learning
from .loss_sources import LOSS_SOURCES, READOUT_GRADIENTS, LossOptions, resolve_losses, with_series
from .min_slope import MIN_SLOPE, min_slopes
from .neuron_adjoints import NEURON_ADJOINTS
from .neuron_model import two_phases
from .perturbations import Unreliable
from .regularisers import Regularisers
from .shared_weights import shared_weights
from .synapse_adjoints import check_delta
from .synapse_models import forward_only, trained_pulse
from .tape import Tape
from .trainable import DELAY, TAU, WEIGHT, Choices, learnt_delays, with_delays

_LIF_PARAMS = {"relative_reset": False, "integrate_during_refrac": False, "scale_i": True}
default_params: dict[type, dict[str, Any]] = {
    LeakyIntegrate: {"scale_i": True},
    LeakyIntegrateFire: dict(_LIF_PARAMS),
    LeakyIntegrateFireInput: dict(_LIF_PARAMS),
    Exponential: {"scale_i": True},
}
"""For `Network(default_params)`: neurons and synapses as differential equations with weights as in the literature."""

_SHARED = ("dt", "batch_size", "rng_seed", "kernel_profiling", "engine", "num_threads", "precision", "unknown")
"""Arguments of all compilers that this one hands on."""

_NOT_YET: dict[str, Any] = {
    "communicator": None,
    "deep_r_conns": (),
    "deep_r_l1_strength": 0.01,
    "deep_r_record_rewirings": None,
}


@final
@dataclass
class _State:
    """What is found out about a network before it is translated."""

    losses: Mapping[Population, Any]
    neurons: Mapping[Population, Any]
    adjoints: dict[Population, NeuronAdjoint]
    currents: Currents
    penalties: SpikePenalties
    unreliable: Unreliable
    min_slopes: Mapping[Population, float]
    choices: Choices
    constants: LearntConstants


@final
class EventPropCompiler(Compiler):
    """Compiles networks that learn by EventProp (Wunderlich, Pehle 2021): gradients as exact as timesteps allow.

    Each batch runs forward for `example_timesteps`, which is what an InferenceCompiler's network does, then backward
    for as many, which gives dL/dw of every weight, L the mean loss of the batch's examples. The gradient does not know
    of spikes that appear or vanish. Networks are best described with `Network(default_params)`, see `default_params`.

    Args:
        example_timesteps: timesteps per example.
        losses: Loss or its name, or a dictionary of these by output, a population or layer with a readout.
        optimiser: Optimiser or its name, of all weights that `optimisers` does not name; None does not learn these.
        max_spikes: spikes of a neuron in a trial that there is room for; never more than `example_timesteps`. Where a
            neuron sends more, the room is doubled and the batch runs again; on PyGeNN that is an error.
        strict_buffer_checking: accepted for earlier versions' scripts: no spike is ever left out.
        dt: timestep [ms].
        batch_size: examples that run at the same time.
        rng_seed: seed of random numbers and of the order of examples; 0 draws one.
        kernel_profiling: measure how long the parts of a timestep take, where the engine can.
        min_slope: where a membrane voltage reaches the threshold less steeply [1/ms], the gradient is that of this
            slope: it would be infinite for a voltage that just touches the threshold. A number, or numbers by
            population or layer; the others have 0.001.
        hidden_noise: in training, normal noise of standard deviation hidden_noise sqrt(dt) is added in each timestep to
            V of hidden neurons: a number [1/sqrt(ms)] for all of them, or numbers by population or layer.
        hidden_dropout: probability, likewise, that a hidden neuron that reaches its threshold in training ignores it,
            without a reset, until its voltage has been below.
        input_dropout: probability, likewise, that a spike of an input is dropped in training.
        reg_lambda_upper, reg_lambda_lower, reg_nu_upper: each hidden neuron adds c (n - reg_nu_upper)^2 to the loss, n
            its spikes in a trial, c = tau_mem^2 v_thresh / 2 times reg_lambda_upper where n > reg_nu_upper, else times
            reg_lambda_lower: a number for all hidden populations, or numbers by population or layer. tau_mem is the
            one that the network was described with. Losses are reported without it.
        reg_lambda_global, reg_nu_global: where all hidden neurons together send N > reg_nu_global spikes,
            c (N - reg_nu_global)^2 per neuron is added likewise.
        reg_per_example: n and N are the spikes in each example; else their means over the examples of a batch.
        optimisers: what else is learnt, or in another way: {population, connection or layer: {name: optimiser}}, as
            {hidden: {"weight": SGD(0.1), "tau_mem": "adam"}}. Names are "weight", "delay" and, of Exponential synapses,
            "tau"; of neurons "tau_mem", "bias", "v_thresh", "v_reset", "tau_adapt" and "beta", a number for each
            neuron. Time constants take memory for a number for each timestep, example and neuron. In place of an
            optimiser or its name, a Trainable has bounds too, and may let neurons share one number; None stands for
            what is not learnt.
        variable_timesteps: examples may have fewer timesteps, which is said to `train`, `evaluate` ... as `timesteps`.
        engine, num_threads, precision: as for InferenceCompiler.
        ttfs_alpha, softmax_temperature: alpha and tau_0 [ms] of the FirstSpikeCrossentropy that stands for
            SparseCategoricalCrossentropy where the readout is FirstSpikeTime.
        per_timestep_loss: PerTimestepCrossentropy stands for SparseCategoricalCrossentropy.
        delay_learn_conns: connections or layers whose delays are learnt too, a real number for each synapse, between 0
            and the connection's max_delay_steps and rounded where spikes are sent.
        delay_optimiser: Optimiser or its name for these, in units of timesteps; by default as `optimiser`.
        communicator, deep_r_conns, deep_r_l1_strength, deep_r_record_rewirings: not supported yet.

    Raises:
        UnsupportedError: a part of the network cannot be trained; the message says what can.
    """

    example_timesteps = Value(whole=True, low=1)
    max_spikes = Value(whole=True, low=1)
    variable_timesteps = Switch()

    def __init__(
        self,
        example_timesteps: int,
        losses: Any,
        optimiser: Any = "adam",
        reg_lambda_upper: Any = None,
        reg_lambda_lower: Any = None,
        reg_nu_upper: float = 0.0,
        max_spikes: int = 500,
        strict_buffer_checking: bool = False,
        per_timestep_loss: bool = False,
        dt: float = 1.0,
        ttfs_alpha: float = 0.01,
        softmax_temperature: float = 1.0,
        batch_size: int = 1,
        rng_seed: int = 0,
        kernel_profiling: bool = False,
        communicator: Communicator | None = None,
        delay_optimiser: Any = None,
        delay_learn_conns: Any = (),
        deep_r_conns: Any = (),
        deep_r_l1_strength: float = 0.01,
        deep_r_record_rewirings: Any = None,
        *,
        min_slope: Any = MIN_SLOPE,
        hidden_noise: Any = 0.0,
        hidden_dropout: Any = 0.0,
        input_dropout: Any = 0.0,
        reg_lambda_global: float = 0.0,
        reg_nu_global: float = 0.0,
        reg_per_example: bool = False,
        optimisers: Mapping[Any, Mapping[str, Any]] | None = None,
        variable_timesteps: bool = False,
        engine: str | None = None,
        num_threads: int | None = None,
        precision: str = "float",
        **unknown: Any,
    ) -> None:
        given = locals()
        checks.refuse_changed(given, _NOT_YET)
        shared = {name: given[name] for name in _SHARED}
        super().__init__(prefer_in_memory_connect=False, communicator=None, **shared)
        self.example_timesteps = example_timesteps
        self.variable_timesteps = variable_timesteps
        self.losses = losses
        self.optimiser = optimiser
        self.optimisers = optimisers
        self.delay_optimiser = delay_optimiser
        self.delay_learn_conns = learnt_delays(delay_learn_conns)
        self.max_spikes = max_spikes
        self.min_slope = min_slope
        self.unreliable = {name: given[name] for name in ("hidden_noise", "hidden_dropout", "input_dropout")}
        self.regularisers = Regularisers(
            reg_lambda_upper, reg_lambda_lower, reg_nu_upper, reg_lambda_global, reg_nu_global, reg_per_example
        )
        self._loss_options = LossOptions(per_timestep_loss, softmax_temperature, ttfs_alpha)

    def pre_compile(self, network: Network, **kwargs: Any) -> _State:
        outputs = checks.find_outputs(network)
        trial_ms = self.example_timesteps * self.dt
        losses = resolve_losses(self.losses, outputs, trial_ms, self._loss_options)
        for connection in network.connections:
            checks.check_connection(connection)
        delays = with_delays(self.optimisers, self.delay_learn_conns, self.delay_optimiser, self.optimiser)
        choices = Choices(network, self.optimiser, delays)
        neurons = {pop: learnt_neuron(pop, choices) for pop in network.populations}
        adjoints = {pop: NEURON_ADJOINTS.find(pop, neuron)(pop, neuron) for pop, neuron in neurons.items()}
        for output in outputs:
            checks.check_output(output, adjoints[output])
        for connection in network.connections:
            checks.check_source(connection, adjoints[connection.ends[0]])
            check_delta(connection, adjoints[connection.ends[1]])
        hidden = [population for population, adjoint in adjoints.items() if adjoint.jump and population not in losses]
        inputs = [population for population, adjoint in adjoints.items() if adjoint.is_source_only]
        checks.check_choices(network, choices, adjoints)
        currents = Currents(network.connections, choices.connections(TAU))
        return _State(
            losses,
            neurons,
            adjoints,
            currents,
            self.regularisers.penalties(hidden),
            Unreliable(hidden, inputs, dt=self.dt, **self.unreliable),
            min_slopes(self.min_slope, [population for population, adjoint in adjoints.items() if adjoint.slope]),
            choices,
            LearntConstants(
                choices,
                adjoints,
                currents,
                timesteps=self.example_timesteps,
                dt=self.dt,
                batch_size=self.rank_batch_size,
                varies=self.variable_timesteps,
            ),
        )

    def build_neuron_model(self, population: Population, state: _State) -> NeuronModel:
        model: NeuronModel = state.neurons[population].get_model(population, self.dt, self.rank_batch_size)
        adjoint = state.adjoints[population]
        synapses = state.currents.adjoints(population, adjoint, self.dt)
        model, adjoint, synapses = state.constants.add_to(population, model, adjoint, synapses)
        model = state.unreliable.add_to(model, population)
        source = None
        if population in state.losses:
            readout = population.neuron.readout
            rule = LOSS_SOURCES.find(population, state.losses[population], readout)
            source = rule(readout, self.example_timesteps, self.dt)
            if source.keeps_series:
                model = with_series(model, self.example_timesteps, self.rank_batch_size, population.num_neurons)
            model = model.with_sim_code(source.forward) if source.forward else model
            model = readout.add_readout_logic(model, example_timesteps=self.example_timesteps, dt=self.dt)
        if model.threshold_condition_code:
            tape = Tape(self._tape_capacity, state.min_slopes.get(population, 1.0))
            model = tape.add_to(model, adjoint, population.num_neurons, self.rank_batch_size)
        pays = state.penalties.pays(population)
        varies = self.variable_timesteps and not adjoint.is_source_only
        model = two_phases(model, adjoint, synapses, source, self.example_timesteps, pays=pays, varies=varies)
        return with_length(model, population, self.example_timesteps, self.dt) if varies else model

    def build_synapse_model(self, connection: Connection, state: _State) -> SynapseModel:
        learns_tau = state.choices.find(connection, TAU) is not None
        model = plain_input() if learns_tau else super().build_synapse_model(connection, state)
        # elsewhere currents go on in the backward phase, where nothing reads them
        return forward_only(model) if get_engine(self.engine).capabilities.joint_phases else model

    def build_weight_update_model(
        self,
        connection: Connection,
        snippet: ConnectivitySnippet,
        models: Mapping[Population, NeuronModel],
        state: _State,
    ) -> WeightUpdateModel:
        source = state.adjoints[connection.ends[0]]
        current = state.currents.number(connection)
        return trained_pulse(
            connection,
            snippet,
            current,
            self.example_timesteps,
            feeds_back=bool(source.jump),
            learns=state.choices.find(connection, WEIGHT) is not None,
            learns_delay=state.choices.find(connection, DELAY) is not None,
        )

    def create_compiled_network(self, parts: Parts, state: _State) -> CompiledTrainingNetwork:
        parts.genn_model.declare_phase(PHASE, 2)
        engine, synapses = parts.groups.engine, parts.connection_populations
        trained = {connection: parts.snippets[connection] for connection in state.choices.connections(WEIGHT)}
        shared = shared_weights(trained, synapses, parts.groups)
        learnt = (
            learnables.weights(state.choices, synapses, engine, shared),
            learnables.delays(state.choices, synapses, engine),
            state.constants.learnables(parts.neuron_populations, engine),
        )
        learning = Learning(parts.groups, tuple(chain.from_iterable(learnt)))
        for population, update in state.constants.updates():
            parts.groups.add_custom_update(population, RESET, parts.neuron_populations[population], update)
        for connection in state.choices.connections(TAU):
            synapses[connection].post_target_var = arriving(state.currents.number(connection))
        spiking = [pop for pop in parts.neuron_populations if state.adjoints[pop].sends_spikes]
        lengths = None
        if self.variable_timesteps:
            lengths = trial_lengths(parts, self.example_timesteps, self.dt, records=_records(parts))
        return CompiledTrainingNetwork(
            parts.genn_model,
            parts.neuron_populations,
            synapses,
            num_recording_timesteps=self.example_timesteps if _records(parts) else None,
            timesteps=self.example_timesteps,
            resets=parts.resets,
            weights=readers(parts.snippets, synapses, are_scaled=False)
            | {(connection, "g"): item.read for connection, item in shared.items()},
            lengths=lengths,
            outputs={pop: self._output(parts, pop, loss, lengths) for pop, loss in state.losses.items()},
            learning=learning,
            tapes=Tapes(
                parts.genn_model,
                {pop: parts.neuron_populations[pop] for pop in spiking},
                capacity=self._tape_capacity,
                timesteps=self.example_timesteps,
                can_grow=parts.groups.engine.capabilities.reload,
            ),
            penalties=state.penalties,
            perturbations=state.unreliable.switches(parts.neuron_populations, self.rng_seed),
            rng_seed=self.rng_seed,
        )

    def _matrix_types(self, engine: Engine) -> frozenset[str]:
        known = super()._matrix_types(engine)
        return known if engine.capabilities.kernel_sums else known - {"TOEPLITZ"}

    @property
    def _tape_capacity(self) -> int:
        return int(min(self.max_spikes, self.example_timesteps))

    def _output(self, parts: Parts, population: Population, loss: Any, lengths: TrialLengths | None) -> Output:
        return Output(
            population,
            parts.neuron_populations[population],
            loss,
            READOUT_GRADIENTS.find(population, loss),
            self.rank_batch_size,
            timesteps=self.example_timesteps,
            dt=self.dt,
            lengths=lengths,
        )


def _records(parts: Parts) -> bool:
    return any(population.record_spikes for population in parts.neuron_populations)
