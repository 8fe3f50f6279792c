"""Postsynaptic spikes and events taken back to their synapses.

for example: for post in spikes, ascending: for (pre, synapse) of post, ascending: code
"""

from __future__ import annotations

from typing import final

from ml_genn.engines.embedded.plan.plan import Axis, PostPropagation
from ml_genn.engines.embedded.reference.frame import Surroundings
from ml_genn.engines.embedded.reference.lanes import Indices, Space
from ml_genn.engines.embedded.reference.propagation import runs
from ml_genn.engines.embedded.reference.spikes import spikes
from ml_genn.engines.embedded.reference.synapse_code import SynapseCode
from ml_genn.engines.embedded.reference.synapses import column_table


@final
class PostPropagationKernel:
    """One propagation back to synapses of a loaded model."""

    def __init__(self, propagation: PostPropagation, surroundings: Surroundings) -> None:
        self.propagation = propagation
        self.surroundings = surroundings
        sizes = (propagation.num_pre, propagation.num_post)
        self.synapses = column_table(propagation.connectivity, sizes, surroundings.storage)
        code, stream, pre_target = propagation.code, propagation.stream, propagation.pre_target
        self.code = SynapseCode(code, stream, sizes, pre_target=pre_target, sums=propagation.sums)

    def run(self) -> None:
        """One step."""
        example, post = spikes(self.propagation.queue, 1 + self.propagation.delay, self.surroundings)
        for part in runs(self.synapses.lengths(post)):
            self._deliver(example[part], post[part])

    def _deliver(self, example: Indices, post: Indices) -> None:
        synapses = self.synapses.of(post)
        space = Space(
            size=synapses.other.size,
            example=example[synapses.spike],
            axes={Axis.PRE: synapses.other, Axis.POST: post[synapses.spike], Axis.SYNAPSE: synapses.index},
            element=synapses.element,
            batched=True,
        )
        self.code.run(space, self.surroundings)
