"""Code that runs at every synapse in every step.

for example: for (pre, post, synapse), ascending: code
"""

from __future__ import annotations

from typing import final

import numpy as np

from ml_genn.engines.embedded.plan.plan import Axis, SynapseDynamics
from ml_genn.engines.embedded.reference.frame import Surroundings
from ml_genn.engines.embedded.reference.lanes import Space
from ml_genn.engines.embedded.reference.synapse_code import SynapseCode
from ml_genn.engines.embedded.reference.synapses import synapse_table


@final
class SynapseDynamicsKernel:
    """The synapse dynamics of one group of a loaded model."""

    def __init__(self, dynamics: SynapseDynamics, surroundings: Surroundings) -> None:
        self.dynamics = dynamics
        self.surroundings = surroundings
        self.synapses = synapse_table(dynamics.connectivity, dynamics.num_post, surroundings.storage)
        sizes = (dynamics.num_pre, dynamics.num_post)
        targets = (dynamics.target, dynamics.pre_target, dynamics.delayed_target)
        self.code = SynapseCode(dynamics.code, dynamics.stream, sizes, *targets, dynamics.sums)

    def run(self) -> None:
        """One step."""
        pre = np.arange(self.dynamics.num_pre)
        synapses = self.synapses.of(pre)
        for example in range(self.surroundings.batch_size):
            space = Space(
                size=synapses.other.size,
                example=np.full(synapses.other.size, example),
                axes={Axis.PRE: pre[synapses.spike], Axis.POST: synapses.other, Axis.SYNAPSE: synapses.index},
                element=synapses.element,
                batched=True,
            )
            self.code.run(space, self.surroundings)
