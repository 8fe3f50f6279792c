"""The plan: every array, every kernel and the order in which a step runs them; all that an implementation needs.

A plan holds no Python callables and no engine: the numpy reference and the cpu engine read the same object. Arrays are
numbers only; code is checked trees. One step n runs `Plan.step` in order (design, section 5): on the state of step
n - 1 all synapse dynamics, then all propagations forward, then all backward; then all neuron updates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import final

import numpy as np

from ml_genn.engines.embedded.language.tree import Formula, Number, Program, Symbol, addition
from ml_genn.engines.embedded.language.types import NumericType, Precision
from ml_genn.engines.embedded.plan.bindings import MAX_SHARDS as MAX_SHARDS
from ml_genn.engines.embedded.plan.bindings import Array as Array
from ml_genn.engines.embedded.plan.bindings import Arrival as Arrival
from ml_genn.engines.embedded.plan.bindings import Axis as Axis
from ml_genn.engines.embedded.plan.bindings import Binding as Binding
from ml_genn.engines.embedded.plan.bindings import Builtin as Builtin
from ml_genn.engines.embedded.plan.bindings import Delayed as Delayed
from ml_genn.engines.embedded.plan.bindings import Element as Element
from ml_genn.engines.embedded.plan.bindings import Pointer as Pointer
from ml_genn.engines.embedded.plan.bindings import Value as Value
from ml_genn.engines.embedded.plan.bindings import num_shards as num_shards

# Code


@final
@dataclass(frozen=True)
class Code:
    """A checked code string with what each of its scope's names is bound to."""

    program: Program
    bindings: Mapping[str, Binding] = field(hash=False)


@final
@dataclass(frozen=True)
class Condition:
    """A checked truth expression with what each of its scope's names is bound to."""

    formula: Formula
    bindings: Mapping[str, Binding] = field(hash=False)

    @property
    def is_never(self) -> bool:
        """Whether it is false whatever happens."""
        expression = self.formula.expression
        return isinstance(expression, Number) and not expression.value


@final
@dataclass(frozen=True)
class SpikeQueue:
    """Who spiked: `counts` uint32 [slots][batch][1] and `ids` uint32 [slots][batch][neurons], ids ascending."""

    counts: Array
    ids: Array


@final
@dataclass(frozen=True)
class Recording:
    """Bit mask of spikes: uint32 words [timesteps][batch][ceil(neurons / 32)]; row Clock.timestep % timesteps."""

    words: Array


# Connectivity


@final
@dataclass(frozen=True)
class DenseConnectivity:
    """Each pre to each post; synapse index = pre * num_post + post."""


@final
@dataclass(frozen=True)
class SparseConnectivity:
    """Ragged rows: `row_length` uint32 [num_pre], `indices` [num_pre * row_stride], ascending in each row.

    Synapse index = pre * row_stride + place in row. `indices` are uint16 where all targets fit, else uint32.
    `distinct`: no row names a target twice.
    """

    row_length: Array
    indices: Array
    row_stride: int
    distinct: bool = False


@final
@dataclass(frozen=True)
class ConvolutionConnectivity:
    """Shared kernel: post (y, x, f) <- pre (y*sh - ph + i, x*sw - pw + j, c), weight kernel[i, j, c, f].

    With average pooling fused in front, pre cell (r, s, c) first maps to pooled cell (r // pool_h, s // pool_w) of
    `in_shape` and is dropped where that lies outside; the weights already carry the factor 1 / (pool_h * pool_w).
    `pre_shape`, the shape of the presynaptic population, is `in_shape` without pooling; both are (height, width,
    channels). Synapse index = ((i * kw + j) * in_channels + c) * out_channels + f.
    """

    pre_shape: tuple[int, int, int]
    in_shape: tuple[int, int, int]
    out_shape: tuple[int, int, int]
    kernel: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    pool: tuple[int, int] = (1, 1)


Connectivity = DenseConnectivity | SparseConnectivity | ConvolutionConnectivity


@final
@dataclass(frozen=True)
class Columns:
    """Ragged rows by postsynaptic neuron: its synapses are `synapses[start[post]]` up to before `start[post + 1]`.

    Both are uint32; synapses ascend, and so do their presynaptic neurons: synapse = pre * row_stride + place in row.
    """

    start: Array
    synapses: Array
    row_stride: int


# Kernels


@final
@dataclass(frozen=True)
class Sum:
    """A variable of synapses that code only adds to: `action` of the code adds to the copy of the example's shard.

    Of all that reaches one element, additions of earlier steps come first; within a step those of earlier kernels, then
    of earlier examples, then in the order of the kernel.
    """

    name: str
    array: Array

    @property
    def action(self) -> str:
        """Name of the action that `name += x` is in a checked program."""
        return addition(Symbol(self.name, self.array.type, summed=True)).name


@final
@dataclass(frozen=True)
class Propagation:
    """Delivers the spikes (or spike-like events) of step n - 1 - delay: runs `code` for each of their synapses.

    Spikes are taken in ascending presynaptic id, synapses in ascending postsynaptic id; `addToPost(x)` adds x to
    `target` [batch][post] of the running post neuron, `maxToPost(x)` raises it to at least x; `addToPre(x)` adds x to
    `pre_target` [batch][pre] of the running pre neuron; `addToPostDelay(x, d)` adds x to slot (n + d) % slots of the
    ring `delayed_target` [slots][batch][post], which the post neurons take, and zero, in step n + d.
    """

    name: str
    stream: int
    num_pre: int
    num_post: int
    queue: SpikeQueue
    delay: int
    connectivity: Connectivity
    code: Code
    target: Array
    pre_target: Array | None = None
    delayed_target: Array | None = None
    sums: tuple[Sum, ...] = ()


@final
@dataclass(frozen=True)
class PostPropagation:
    """Takes the spikes (or events) of postsynaptic neurons of step n - 1 - delay back to each of their synapses.

    Spikes are taken in ascending postsynaptic id, synapses in ascending presynaptic id; `addToPre(x)` adds x to
    `pre_target` [batch][pre] of the running pre neuron.
    """

    name: str
    stream: int
    num_pre: int
    num_post: int
    queue: SpikeQueue
    delay: int
    connectivity: DenseConnectivity | Columns | ConvolutionConnectivity
    code: Code
    pre_target: Array | None = None
    sums: tuple[Sum, ...] = ()


@final
@dataclass(frozen=True)
class SynapseDynamics:
    """Runs `code` for every synapse, in ascending order of (pre, post); the actions are those of `Propagation`."""

    name: str
    stream: int
    num_pre: int
    num_post: int
    connectivity: Connectivity
    code: Code
    target: Array
    pre_target: Array | None = None
    delayed_target: Array | None = None
    sums: tuple[Sum, ...] = ()


@final
@dataclass(frozen=True)
class EventDetection:
    """Spike-like events of a neuron for one synapse group: where `condition` holds the id goes to `queue`.

    `code` then runs on the neurons that have an event.
    """

    condition: Condition
    queue: SpikeQueue
    recording: Recording | None = None
    code: Code | None = None


@final
@dataclass(frozen=True)
class NeuronCode:
    """Code that a weight update model, or the plan itself, adds to the update of its neurons."""

    code: Code
    stream: int


@final
@dataclass(frozen=True)
class NeuronUpdate:
    """One population, one step: inputs in order, sim code, `dynamics`, events, threshold, `on_spike`, reset code.

    `on_spike` and the reset code run on the neurons that spike, `dynamics` on all.

    `accumulators` are locals set to their initial value for each neuron (Isyn starts at 0); an input's
    `injectCurrent(x)` adds x to the accumulator its `InputBlock.accumulator` names. Spikes go to `queue` slot n and to
    `recording`; the queue's count is zeroed first.
    """

    name: str
    stream: int
    neurons: int
    accumulators: tuple[tuple[str, NumericType, float], ...]
    inputs: tuple[InputBlock, ...]
    sim: Code | None
    events: tuple[EventDetection, ...]
    threshold: Condition | None
    reset: Code | None
    queue: SpikeQueue | None
    recording: Recording | None
    dynamics: tuple[NeuronCode, ...] = ()
    on_spike: tuple[NeuronCode, ...] = ()


@final
@dataclass(frozen=True)
class InputBlock:
    """Code of a postsynaptic model or a current source; `injectCurrent(x)` adds x to the accumulator named here."""

    code: Code
    accumulator: str
    stream: int


class ReductionOperation(Enum):
    """How the values of a reduction variable are combined."""

    SUM = "sum"
    MAX = "max"


@final
@dataclass(frozen=True)
class Reduction:
    """The local `name` of each element is combined over the batch, over the elements, or both, into `target`.

    `target` keeps what is not reduced; of a ring its newest slot is written. All sums are made in the type of
    `target` and start at 0, maxima at the type's lowest value (-inf for floats); `max(a, b)` is b where a < b, else
    a. Over elements they run in ascending order. Over the batch they follow a fixed order: each shard (`num_shards`) is
    summed in order, then neighbours are added, (0, 1), (2, 3) ..., an odd last one carried over, until one is left.
    Over both: elements first, then the batch.
    """

    name: str
    target: Array
    operation: ReductionOperation
    over_batch: bool
    over_elements: bool


@final
@dataclass(frozen=True)
class Transposition:
    """Copies `source` [rows][columns] of each example into `target` [columns][rows]; both have the same type."""

    source: Array
    target: Array
    rows: int
    columns: int


@final
@dataclass(frozen=True)
class CustomUpdate:
    """Runs `code` once per element, and per example if `batched`; then combines its reductions, then transposes.

    A name of `code` bound to an `Element` whose array is batched is that of the running example. Ring variables are
    written in the newest slot, those that `broadcast` names in all slots; where an unbatched update broadcasts into a
    batched array, it writes all examples. `num_batch` is 1 in an unbatched update. Where `sharded`, each shard of the
    batch is what an example is else: the arrays that have copies are summed ones, and so reductions combine shards.
    """

    name: str
    stream: int
    elements: int
    batched: bool
    code: Code
    reductions: tuple[Reduction, ...] = ()
    broadcast: tuple[str, ...] = ()
    transpositions: tuple[Transposition, ...] = ()
    sharded: bool = False

    def copies(self, batch_size: int) -> int:
        """For how many examples, or shards, the code runs."""
        if self.sharded:
            return num_shards(batch_size)
        return batch_size if self.batched else 1


# Initial values


@final
@dataclass(frozen=True)
class ConstantInitial:
    """The same number everywhere."""

    value: float


@final
@dataclass(frozen=True, eq=False)
class ArrayInitial:
    """Given numbers: of the full [batch][elements] size, or [elements], repeated for each example."""

    values: np.ndarray


@final
@dataclass(frozen=True)
class CodeInitial:
    """A snippet's code, run for each element by the reference on every engine; it assigns the accumulator `value`."""

    code: Code
    stream: int


Initial = ConstantInitial | ArrayInitial | CodeInitial

# The whole

StepKernel = SynapseDynamics | Propagation | PostPropagation | NeuronUpdate


def sums_of(kernel: StepKernel) -> tuple[Sum, ...]:
    """The sums that the code of a kernel adds to."""
    if isinstance(kernel, NeuronUpdate):
        return ()
    return tuple(one for one in kernel.sums if one.action in kernel.code.program.calls)


@final
@dataclass(frozen=True)
class Plan:
    """A model ready to be run by any implementation.

    `in_flight` names the arrays of what is on its way between steps - spikes, inputs, spike times - and what they hold
    where nothing is. `phases`, if there are any, are specialised forms of `step`, of which `Clock.phase` is the one to
    run; `phase_arrays` are the parameters by the name of their phase, for code that is not specialised.
    """

    name: str
    precision: Precision
    dt: float
    batch_size: int
    seed: int
    arrays: tuple[Array, ...]
    initial: Mapping[str, Initial] = field(hash=False)
    step: tuple[StepKernel, ...] = ()
    custom_updates: Mapping[str, tuple[CustomUpdate, ...]] = field(default_factory=dict, hash=False)
    in_flight: Mapping[str, float] = field(default_factory=dict, hash=False)
    phases: tuple[tuple[StepKernel, ...], ...] = ()
    phase_arrays: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    @property
    def steps(self) -> tuple[tuple[StepKernel, ...], ...]:
        """What a step runs, by `Clock.phase`."""
        return self.phases or (self.step,)


@final
@dataclass
class Clock:
    """What moves while a model runs.

    `timestep` counts since the trial began and may be set by the user; `ring` counts steps since loading and picks
    ring slots; `phase` picks one of `Plan.steps`; `example_offset` is the global index of the batch's first
    example, for random numbers that do not depend on the batch size. Random draws are keyed by (seed, stream,
    example_offset + batch, element, timestep, draw), the draw counted per element within one run of a kernel.
    """

    timestep: int = 0
    ring: int = 0
    example_offset: int = 0
    phase: int = 0
