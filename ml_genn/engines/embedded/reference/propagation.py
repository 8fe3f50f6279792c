"""Propagation: runs the code of each synapse of each spike and adds what it says to the target.

for example: for pre in spikes, ascending: for (post, synapse) of pre, ascending: code -> target[example][post]
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

from ml_genn.engines.embedded.plan.arithmetic import fed_in_lanes
from ml_genn.engines.embedded.plan.plan import Axis, Propagation
from ml_genn.engines.embedded.reference.frame import Surroundings
from ml_genn.engines.embedded.reference.lanes import Indices, Space
from ml_genn.engines.embedded.reference.spikes import spikes
from ml_genn.engines.embedded.reference.synapse_code import SynapseCode
from ml_genn.engines.embedded.reference.synapses import synapse_table

LANES_AT_ONCE = 1 << 20
"""Bounds memory: spikes are taken in runs whose synapses do not exceed this number (or one by one)."""


@final
class PropagationKernel:
    """One propagation of a loaded model."""

    def __init__(self, propagation: Propagation, surroundings: Surroundings) -> None:
        self.propagation = propagation
        self.surroundings = surroundings
        self.synapses = synapse_table(propagation.connectivity, propagation.num_post, surroundings.storage)
        sizes = (propagation.num_pre, propagation.num_post)
        targets = (propagation.target, propagation.pre_target, propagation.delayed_target)
        in_lanes = fed_in_lanes(propagation) is not None
        self.code = SynapseCode(propagation.code, propagation.stream, sizes, *targets, propagation.sums, in_lanes)

    def run(self) -> None:
        """One step."""
        example, pre = spikes(self.propagation.queue, 1 + self.propagation.delay, self.surroundings)
        for part in runs(self.synapses.lengths(pre)):
            self._deliver(example[part], pre[part])

    def _deliver(self, example: Indices, pre: Indices) -> None:
        synapses = self.synapses.of(pre)
        space = Space(
            size=synapses.other.size,
            example=example[synapses.spike],
            axes={Axis.PRE: pre[synapses.spike], Axis.POST: synapses.other, Axis.SYNAPSE: synapses.index},
            element=synapses.element,
            batched=True,
        )
        self.code.run(space, self.surroundings)


def runs(lengths: Indices) -> Iterator[slice]:
    """Runs of spikes with synapses that fit the bound on lanes."""
    begin = total = 0
    for end, length in enumerate(lengths):
        if total + length > LANES_AT_ONCE and total > 0:
            yield slice(begin, end)
            begin, total = end, 0
        total += length
    if total > 0:
        yield slice(begin, lengths.size)
