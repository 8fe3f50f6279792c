"""What kernels that run code at synapses share: the names in it, and what its calls add to.

C variables that the loops around provide: `gen_pre`, `gen_post`, and `gen_synapse`, the place of the synapse's
variables.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.elements import Elements
from ml_genn.engines.embedded.cpu.emit.expressions import Action, Printer
from ml_genn.engines.embedded.cpu.emit.kernel import Kernel
from ml_genn.engines.embedded.cpu.emit.later import add_to_post_delay
from ml_genn.engines.embedded.cpu.emit.scope import Scope
from ml_genn.engines.embedded.plan.plan import (
    Array,
    Axis,
    Builtin,
    ConvolutionConnectivity,
    PostPropagation,
    Sum,
    SynapseDynamics,
    sums_of,
)

_AXES = {Axis.PRE: "gen_pre", Axis.POST: "gen_post", Axis.SYNAPSE: "gen_synapse"}


@final
class SynapseCode:
    """The code of one kernel, from the loads of its variables to their stores."""

    def __init__(self, kernel: Kernel, group: SynapseDynamics | PostPropagation) -> None:
        self._kernel, self._group = kernel, group
        self.num_pre = kernel.size("num_pre", group.num_pre)
        self.num_post = kernel.size("num_post", group.num_post)

    def write(self, out: Buffer, target: Array | None = None, delayed_target: Array | None = None) -> None:
        """Writes the code for the running synapse; `addToPost` adds to `target`."""
        group, code = self._group, Buffer()
        shared = isinstance(group.connectivity, ConvolutionConnectivity)
        number = f"gen_pre * {self.num_post} + gen_post" if shared else "gen_synapse"
        elements = Elements(self._kernel, number, "gen_now->example_offset + gen_example", store_delay=1, axes=_AXES)
        indices = {
            Builtin.ID_PRE: "gen_pre",
            Builtin.ID_POST: "gen_post",
            Builtin.NUM_PRE: self.num_pre,
            Builtin.NUM_POST: self.num_post,
        }
        actions: dict[str, Action] = {}
        if target is not None:
            actions |= self._to_post(target)
        if delayed_target is not None:
            actions["addToPostDelay"] = add_to_post_delay(self._kernel, delayed_target)
        if group.pre_target is not None:
            actions["addToPre"] = add_to_pre(self._kernel, group.pre_target)
        actions |= add_to_sums(self._kernel, sums_of(group), "{}[gen_synapse]")
        names = Scope(self._kernel, elements.element, indices).names(group.code, actions, elements.draws(group.stream))
        Printer(names).program(group.code.program, code)
        elements.declare(out)
        elements.load(out)
        out.lines(code)
        elements.store(out)

    def _to_post(self, target: Array) -> dict[str, Action]:
        place = f"{self._kernel.pointer('target', target, delay=0, written=True)}[gen_post]"
        return {
            "addToPost": lambda arguments: f"({place} += {arguments[0]})",
            "maxToPost": lambda arguments: f"({place} = gen_max_{target.type}({place}, {arguments[0]}))",
        }


def add_to_sums(kernel: Kernel, sums: Sequence[Sum], synapse: str) -> dict[str, Action]:
    """`x += y` for sums over the batch; `synapse` is C text of the running one's element of the array `{}`."""

    def addition(one: Sum) -> Action:
        place = synapse.format(kernel.pointer(one.name, one.array, written=True))
        return lambda arguments: f"({place} += {arguments[0]})"

    return {one.action: addition(one) for one in sums}


def add_to_pre(kernel: Kernel, target: Array, neuron: str = "gen_pre") -> Action:
    """`addToPre(x)` for the presynaptic neuron in the C variable `neuron`."""
    place = f"{kernel.pointer('pre_target', target, delay=0, written=True)}[{neuron}]"
    return lambda arguments: f"({place} += {arguments[0]})"
