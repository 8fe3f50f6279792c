"""Sums over the batch that may be added to later than in the step that says so.

Where one kernel of a step alone adds to a variable of dense synapses, and what it adds is the same for all senders,
    Gradient += L_post;
the additions of many steps can be made row by row, as long as those to one element keep their order.
"""

from __future__ import annotations

from collections.abc import Sequence

from ml_genn.engines.embedded.plan.arithmetic import adds_arithmetic
from ml_genn.engines.embedded.plan.bindings import Axis, Element
from ml_genn.engines.embedded.plan.plan import DenseConnectivity, Propagation, StepKernel, Sum, sums_of
from ml_genn.engines.embedded.plan.uses import uses


def late_sums(step: Sequence[StepKernel]) -> dict[str, Sum]:
    """By name of a propagation whose additions can wait, what it adds to."""
    users: dict[str, int] = {}
    for kernel in step:
        for array in {use.array for use in uses(kernel)}:
            users[array] = users.get(array, 0) + 1
    found: dict[str, Sum] = {}
    for kernel in step:
        if isinstance(kernel, Propagation):
            sums = sums_of(kernel)
            if len(sums) == 1 and users[sums[0].array.name] == 1 and _is_plain(kernel, sums[0]):
                found[kernel.name] = sums[0]
    return found


def _is_plain(propagation: Propagation, to: Sum) -> bool:
    """Whether all that a dense propagation does is to add something that depends on the targets alone."""
    statements, bindings = propagation.code.program.body.statements, propagation.code.bindings
    elements = [one for one in bindings.values() if isinstance(one, Element)]
    return (
        isinstance(propagation.connectivity, DenseConnectivity)
        and len(statements) == 1
        and adds_arithmetic(statements[0], to.action, to.array.type, bindings)
        and all(one.axis in (Axis.POST, Axis.SHARED) and not one.array.summed for one in elements)
    )
