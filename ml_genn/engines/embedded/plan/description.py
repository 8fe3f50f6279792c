"""What a model is before anyone decides how to run it: plain values that the front end fills and `make_plan` reads.

A group (neuron population, current source, synapse group, custom update) holds code strings and the `Members` that
its code may name. Groups refer to each other by kind and name (`Address`), so that nothing here is cyclic.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import final

import numpy as np

from ml_genn.engines.embedded.plan.plan import ConvolutionConnectivity


class GroupKind(Enum):
    """Kinds of owners of variables; the value is how messages and array names call them."""

    NEURON = "neurons"
    CURRENT_SOURCE = "current_source"
    SYNAPSE = "synapses"
    POSTSYNAPTIC = "postsynaptic"
    PRE_VARIABLES = "pre_vars"
    POST_VARIABLES = "post_vars"
    CUSTOM_UPDATE = "custom_update"


@final
@dataclass(frozen=True)
class Address:
    """Names one variable, extra global parameter or built-in array of one group."""

    kind: GroupKind
    group: str
    name: str

    def __str__(self) -> str:
        return f"{self.group}.{self.name}"


SPIKE_TIME = "time of the last spike"
"""Name, within a neuron population, of when each neuron spiked last; no variable of a user can have it."""

PREVIOUS_SPIKE_TIME = "time of the last spike before the last step"
"""The same as it was a step earlier."""

IN_SYN = "inSyn"
"""Name, within a postsynaptic model, of the input that synapses add to."""

DENDRITIC_DELAY = "denDelay"
"""Name, within a postsynaptic model, of the input that is on its way there with dendritic delays."""


class Mode(Enum):
    """What code does with a variable or with what a reference points to."""

    READ = "read"
    WRITE = "write"
    BROADCAST = "broadcast"
    SUM = "sum"
    MAX = "max"


REDUCTIONS = (Mode.SUM, Mode.MAX)


@final
@dataclass(frozen=True)
class Parameter:
    """A number that is the same for all elements, examples and times (derived parameters too)."""

    name: str
    type: str
    value: float


@final
@dataclass(frozen=True, eq=False)
class GlobalParameter:
    """Extra global parameter: an array of any length that code indexes; `type` is that of the pointer."""

    name: str
    type: str
    values: np.ndarray | None


@final
@dataclass(frozen=True, eq=False)
class InitialCode:
    """A variable initialisation snippet with its parameters; its code assigns `value`."""

    code: str
    parameters: tuple[Parameter, ...] = ()
    global_parameters: tuple[GlobalParameter, ...] = ()


InitialValue = float | np.ndarray | InitialCode | None


@final
@dataclass(frozen=True, eq=False)
class Variable:
    """State of each element and example; for a custom update the dimensions are those it shares with the update.

    A `summed` one, which is not batched, belongs to synapses: their code adds to it, for all examples together.
    """

    name: str
    type: str
    initial: InitialValue
    mode: Mode = Mode.WRITE
    per_element: bool = True
    batched: bool = True
    summed: bool = False


@final
@dataclass(frozen=True)
class Transposing:
    """A variable of dense synapses, and the variable `into` of opposite synapses that takes its transpose."""

    target: Address
    into: Address


@final
@dataclass(frozen=True)
class Reference:
    """A name for a variable of another group; `type` is what the model declared it to be.

    In a custom update, `transpose` is the variable that takes the transpose of the target after the code has run.
    """

    name: str
    type: str
    mode: Mode
    target: Address
    transpose: Address | None = None


@final
@dataclass(frozen=True)
class GlobalReference:
    """A name for an extra global parameter of another group."""

    name: str
    type: str
    target: Address


@final
@dataclass(frozen=True)
class Members:
    """Everything of its own that the code of a group may name."""

    parameters: tuple[Parameter, ...] = ()
    variables: tuple[Variable, ...] = ()
    references: tuple[Reference, ...] = ()
    global_parameters: tuple[GlobalParameter, ...] = ()
    global_references: tuple[GlobalReference, ...] = ()


@final
@dataclass(frozen=True)
class AdditionalInput:
    """An input variable besides Isyn, with the value it starts each step from."""

    name: str
    type: str
    initial: float


@final
@dataclass(frozen=True)
class NeuronPopulation:
    """Neurons of one model."""

    name: str
    size: int
    members: Members
    sim_code: str = ""
    threshold_condition_code: str = ""
    reset_code: str = ""
    additional_inputs: tuple[AdditionalInput, ...] = ()
    auto_refractory: bool = False
    record_spikes: bool = False


@final
@dataclass(frozen=True)
class CurrentSource:
    """Code that injects a current into each neuron of a population."""

    name: str
    population: str
    members: Members
    injection_code: str
    target: str = "Isyn"


@final
@dataclass(frozen=True)
class DenseSynapses:
    """Each presynaptic neuron to each postsynaptic one."""


@final
@dataclass(frozen=True, eq=False)
class ListedSynapses:
    """Synapse k goes from `pre[k]` to `post[k]`, in the order the user gave them."""

    pre: np.ndarray
    post: np.ndarray


@final
@dataclass(frozen=True)
class OneToOneSynapses:
    """Neuron i to neuron i."""


@final
@dataclass(frozen=True)
class FixedProbabilitySynapses:
    """Each pair is connected with the same probability, independently."""

    probability: float
    self_connections: bool = True


@final
@dataclass(frozen=True)
class FixedTotalSynapses:
    """So many synapses, both neurons of each drawn anew."""

    number: int


@final
@dataclass(frozen=True)
class SnippetSynapses:
    """What a code string connects with `addSynapse`, run for each row (`id_pre`) or column (`id_post`).

    With a `kernel` of some shape, `addSynapse` also takes the indices of the entry that the synapse belongs to.
    """

    code: str
    by_column: bool
    parameters: tuple[Parameter, ...] = ()
    global_parameters: tuple[GlobalParameter, ...] = ()
    kernel: tuple[int, ...] = ()


Synapses = (
    DenseSynapses
    | ListedSynapses
    | OneToOneSynapses
    | FixedProbabilitySynapses
    | FixedTotalSynapses
    | SnippetSynapses
    | ConvolutionConnectivity
)


@final
@dataclass(frozen=True)
class SynapseEnd:
    """What a weight update model has for the neurons at one end of its synapses, presynaptic or postsynaptic.

    `spike_syn_code` and `event_syn_code` run at synapses, `spike_code` and `dynamics_code` at the neurons.
    """

    variables: tuple[Variable, ...] = ()
    references: tuple[Reference, ...] = ()
    spike_syn_code: str = ""
    event_syn_code: str = ""
    event_threshold_condition_code: str = ""
    spike_code: str = ""
    dynamics_code: str = ""


@final
@dataclass(frozen=True)
class WeightUpdate:
    """What spikes, spike-like events and time do at each synapse."""

    members: Members
    pre: SynapseEnd = SynapseEnd()
    post: SynapseEnd = SynapseEnd()
    psm_references: tuple[Reference, ...] = ()
    synapse_dynamics_code: str = ""


@final
@dataclass(frozen=True)
class Postsynaptic:
    """How the summed input of a synapse group reaches the neuron; `target` names the neuron's input variable."""

    members: Members
    sim_code: str
    target: str = "Isyn"


@final
@dataclass(frozen=True)
class SynapseGroup:
    """Connections from one population to another.

    `back_propagation_delay`: steps by which postsynaptic spikes and variables reach synapses later; `dendritic_slots`:
    the longest delay of `addToPostDelay` and one; `pre_target`: what input of presynaptic neurons `addToPre` adds to.
    """

    name: str
    source: str
    target: str
    synapses: Synapses
    weight_update: WeightUpdate
    postsynaptic: Postsynaptic
    axonal_delay: int = 0
    back_propagation_delay: int = 0
    dendritic_slots: int | None = None
    pre_target: str = "Isyn"
    record_pre_events: bool = False
    record_post_events: bool = False


@final
@dataclass(frozen=True)
class CustomUpdate:
    """Code run for each element of what its references point to, when its group is asked for."""

    name: str
    group: str
    members: Members
    update_code: str


@final
@dataclass(frozen=True)
class Phase:
    """All parameters called `name` are whole numbers from 0 to `values` - 1 that change together."""

    name: str
    values: int


@final
@dataclass(frozen=True)
class Model:
    """A whole model."""

    name: str
    precision: str
    time_precision: str
    dt: float
    batch_size: int
    seed: int
    neuron_populations: tuple[NeuronPopulation, ...]
    current_sources: tuple[CurrentSource, ...] = ()
    synapse_groups: tuple[SynapseGroup, ...] = ()
    custom_updates: tuple[CustomUpdate, ...] = ()
    phases: tuple[Phase, ...] = ()
