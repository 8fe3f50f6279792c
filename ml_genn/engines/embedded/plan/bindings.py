"""Arrays of a plan, and what names of code are bound to: their elements, and values of the running kernel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import final

from ml_genn.engines.embedded.language.types import NumericType

MAX_SHARDS = 8


def num_shards(batch_size: int) -> int:
    """S = min(B, 8) shards: shard s holds the examples from s * B // S up to before (s + 1) * B // S.

    What is summed over the batch is summed so, whatever the number of threads: each shard in order, then shards as
    `Reduction` says.
    """
    return min(batch_size, MAX_SHARDS)


@final
@dataclass(frozen=True)
class Array:
    """Numbers with a name: [slots][batch_size if batched else 1][elements].

    In memory too, C-contiguous, unless it is stored `by_example`, all slots of an example side by side: synapses with
    delays of their own reach into all slots at once.

    `slots` > 1 is a ring: what step n wrote lies in slot n % slots, n counted from loading (`Clock.ring`).
    A model parameter is an array of one element; the recording of a population has one slot per recorded timestep.
    A `summed` array, which is not batched, has one copy for each shard of the batch, where examples add what they find.
    """

    name: str
    type: NumericType
    elements: int
    batched: bool = False
    slots: int = 1
    summed: bool = False
    by_example: bool = False

    @property
    def has_copies(self) -> bool:
        """Whether examples, or shards of them, have numbers of their own."""
        return self.batched or self.summed

    def copies(self, batch_size: int) -> int:
        """How many do."""
        if self.summed:
            return num_shards(batch_size)
        return batch_size if self.batched else 1

    def shape(self, batch_size: int) -> tuple[int, int, int]:
        """Shape of its numpy array."""
        return (self.slots, self.copies(batch_size), self.elements)

    @property
    def example_stride(self) -> int:
        """Elements from one example's, or shard's, to those of the next in the same slot."""
        if not self.has_copies:
            return 0
        return self.elements * (self.slots if self.by_example else 1)

    def slot_stride(self, batch_size: int) -> int:
        """Elements from one slot to the next."""
        return self.elements * (1 if self.by_example else self.copies(batch_size))


class Axis(Enum):
    """Which running index of the kernel picks an element of an array."""

    SHARED = "shared"  # always element 0: parameters, reduced variables
    NEURON = "neuron"  # the neuron (or element) that the kernel updates
    PRE = "pre"  # the presynaptic neuron
    POST = "post"  # the postsynaptic neuron
    SYNAPSE = "synapse"  # the synapse: pre * row_stride + place in its row; kernel entry for convolutions


@final
@dataclass(frozen=True)
class Element:
    """A name bound to one element of an array.

    For a ring of slots the element is taken from the slot of step (n - delay) when read; a kernel that writes it reads
    slot n - 1 and writes slot n (so `delay` is 1 for a neuron's own ring variables and for what synapses see without
    an axonal delay, 1 + d with one of d steps).
    """

    array: Array
    axis: Axis
    delay: int = 0


@final
@dataclass(frozen=True)
class Pointer:
    """A name bound to a whole array (extra global parameter), of the running example if batched."""

    array: Array


class Builtin(Enum):
    """Names whose value comes from the running kernel."""

    ID = "id"
    ID_PRE = "id_pre"
    ID_POST = "id_post"
    NUM_NEURONS = "num_neurons"
    NUM_PRE = "num_pre"
    NUM_POST = "num_post"
    BATCH = "batch"  # index of the running example within the batch
    NUM_BATCH = "num_batch"
    T = "t"  # Clock.timestep * dt: both factors rounded to the model's time precision first
    DT = "dt"
    ACCUMULATOR = "accumulator"  # a local of the neuron update that inputs add to: Isyn, additional input variables
    REDUCTION = "reduction"  # a local of a custom update whose value is reduced into Reduction.target afterwards


@final
@dataclass(frozen=True)
class Value:
    """A name bound to a built-in value; accumulators and reductions are found by the name itself."""

    builtin: Builtin


@final
@dataclass(frozen=True)
class Arrival:
    """A name bound to a time in an array, as it is seen `steps` steps later: element + steps * dt.

    `steps * dt` is computed in double and rounded to the type of the array before it is added.
    """

    element: Element
    steps: int


@final
@dataclass(frozen=True)
class Delayed:
    """A name that code indexes by a delay: `name[d]` is the element of step n - 1 - d, slots being taken modulo."""

    array: Array
    axis: Axis


Binding = Element | Pointer | Value | Arrival | Delayed
