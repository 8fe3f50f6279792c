"""Initial values: every array of a plan as it is after loading, for whichever engine runs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ml_genn.engines.embedded.language import semantics
from ml_genn.engines.embedded.language.types import DOUBLE
from ml_genn.engines.embedded.plan.plan import Array, ArrayInitial, Builtin, Clock, CodeInitial, ConstantInitial, Plan
from ml_genn.engines.embedded.plan.storage import Storage
from ml_genn.engines.embedded.reference.frame import Frame, Surroundings
from ml_genn.engines.embedded.reference.interpreter import run_code
from ml_genn.engines.embedded.reference.lanes import part_of_grid

_LANES_AT_ONCE = 1 << 16


def initialise(plan: Plan, storage: Storage) -> None:
    """Fills every array of `plan.initial`, all slots alike: numbers and given arrays first, then what code computes."""
    arrays = {array.name: array for array in plan.arrays}
    surroundings = Surroundings.of(plan, storage, Clock())
    in_order = sorted(plan.initial, key=lambda name: isinstance(plan.initial[name], CodeInitial))
    with np.errstate(all="ignore"):
        for name in in_order:
            initial = plan.initial[name]
            _FILLERS[type(initial)](arrays[name], initial, surroundings)


def _constant(array: Array, initial: ConstantInitial, surroundings: Surroundings) -> None:
    surroundings.storage[array.name][:] = semantics.convert(initial.value, DOUBLE, array.type)


def _given(array: Array, initial: ArrayInitial, surroundings: Surroundings) -> None:
    target = surroundings.storage[array.name]
    examples = target.shape[1] if initial.values.size == target[0].size else 1
    target[:] = initial.values.reshape(examples, array.elements)


def _code(array: Array, initial: CodeInitial, surroundings: Surroundings) -> None:
    """Runs the code for some elements at a time: a weight matrix needs little memory besides its own."""
    target = surroundings.storage[array.name]
    flat = target.reshape(target.shape[0], -1)
    for first in range(0, flat.shape[1], _LANES_AT_ONCE):
        last = min(first + _LANES_AT_ONCE, flat.shape[1])
        space = part_of_grid(first, last, array.elements, batched=array.has_copies)
        frame = Frame(surroundings, space, counts={Builtin.NUM_NEURONS: array.elements})
        frame.locals = {"value": array.type.dtype.type(0)}
        run_code(initial.code, frame, initial.stream)
        flat[:, first:last] = np.broadcast_to(frame.locals["value"], space.size)


_FILLERS: dict[type, Callable[[Array, Any, Surroundings], None]] = {
    ConstantInitial: _constant,
    ArrayInitial: _given,
    CodeInitial: _code,
}
