"""Additions to a ring of later input, where each synapse has a delay of its own.

Places and values of a run of synapses first, which vectorises; then the additions, one by one, in the same order:

    for each run of targets:
        for each target:  place = where the code adds, value = what
        for each target:  ring[place] += value
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.expressions import Action
from ml_genn.engines.embedded.cpu.emit.kernel import Kernel, RingText
from ml_genn.engines.embedded.cpu.emit.scope import is_shared
from ml_genn.engines.embedded.language import tree
from ml_genn.engines.embedded.language.statements import flat
from ml_genn.engines.embedded.plan.plan import Array, Code

RUN = 64
"""Targets of a run: their places and values lie in the first-level cache."""


def add_to_post_delay(kernel: Kernel, target: Array) -> Action:
    """`addToPostDelay(x, d)`: into the slot that the neuron `gen_post` takes d steps from now."""
    ring = _ring(kernel, target)

    def text(arguments: Sequence[str]) -> str:
        return f"({ring.base}[{ring.shared_index(_slot(ring, arguments[1]), 'gen_post')}] += {arguments[0]})"

    return text


def comes_in_runs(code: Code) -> bool:
    """Whether the code adds to later input, in each round as often, and with delays that differ between synapses."""
    if "addToPostDelay" not in code.program.calls:
        return False
    statements = list(flat(code.program.body))
    branches = [one for one in statements if not isinstance(one, tree.Declare | tree.Evaluate)]
    return not branches and any(_differs(one, code) for one in statements)


def _differs(statement: tree.Statement, code: Code) -> bool:
    match statement:
        case tree.Evaluate(tree.Call(function, (_, delay))) if function.name == "addToPostDelay":
            return not is_shared(delay, code.bindings)
        case _:
            return False


@final
class Later:
    """The calls of `addToPostDelay` in one copy of a code."""

    def __init__(self, kernel: Kernel, target: Array) -> None:
        self._kernel, self._target = kernel, target
        self._calls = 0

    def action(self, arguments: Sequence[str]) -> str:
        """Remembers what is to be added for the target `gen_post`, the one number `gen_staged` of its run."""
        number, self._calls = self._calls, self._calls + 1
        ring = _ring(self._kernel, self._target)
        index = ring.index(_slot(ring, arguments[1]), "gen_post")
        return f"(gen_places{number}[gen_staged] = {index}, gen_values{number}[gen_staged] = {arguments[0]})"

    def declare(self, out: Buffer) -> None:
        """Declares the memory of all calls."""
        for number in range(self._calls):
            out.line(f"int32_t gen_places{number}[{RUN}];")
            out.line(f"{self._target.type} gen_values{number}[{RUN}];")

    def add(self, out: Buffer) -> None:
        """Lines that add what all calls of target number `gen_staged` have left."""
        ring = _ring(self._kernel, self._target)
        for number in range(self._calls):
            out.line(f"{ring.base}[gen_places{number}[gen_staged]] += gen_values{number}[gen_staged];")


def _ring(kernel: Kernel, target: Array) -> RingText:
    return kernel.ring("delayed", target, "gen_now->ring", written=True)


def _slot(ring: RingText, delay: str) -> str:
    return f"gen_later_slot({ring.slot}, {delay}, {ring.slots})"
