"""The tape: when each neuron spiked in the forward phase, and how steeply its voltage rose then."""

from __future__ import annotations

from dataclasses import replace
from typing import final

import numpy as np

from ...model import ExtraGlobalParam, NeuronModel, Param, Var
from ...runtime.tapes import ARRAYS, CAPACITY, CLAMPED, SPIKES, tape_size
from .adjoint import ARRIVALS, STEP, NeuronAdjoint, with_members

LAST_SPIKE = "BackStep"
ADDRESS = "(((({slot}) * num_batch) + batch) * num_neurons) + id"

EMISSION = f"{LAST_SPIKE} + 1 == {STEP}"
"""Whether a spike left one timestep before the one that is undone, so that it arrived in it."""


@final
class Tape:
    """A stack of spikes for each neuron and example, filled in the forward phase and emptied in the backward phase.

    TapeSpikes counts the spikes, also those for which there is no room; BackStep is the timestep of the spike on top.
    ClampedSlopes counts those whose slope is less than the least one.

    Args:
        capacity: spikes of a neuron that there is room for at first.
        min_slope: rises of V that are less steep count as this [1/ms].
    """

    def __init__(self, capacity: int, min_slope: float) -> None:
        self.capacity = capacity
        self.min_slope = min_slope

    def add_to(self, model: NeuronModel, adjoint: NeuronAdjoint, num_neurons: int, batch_size: int) -> NeuronModel:
        """A copy of a model that writes its spikes on the tape.

        Raises:
            UnsupportedError: the tape would have more than 2^31 entries.
        """
        size = tape_size(self.capacity, num_neurons, batch_size)
        arrays = [ExtraGlobalParam("TapeStep", np.zeros(size, ARRAYS["TapeStep"]), "int*")]
        params = [Param(CAPACITY, self.capacity, "int", dynamic=True)]
        write = [f"TapeStep[{ADDRESS.format(slot=SPIKES)}] = Now;"]
        if adjoint.slope:
            arrays.append(ExtraGlobalParam("TapePerSlope", np.zeros(size, ARRAYS["TapePerSlope"])))
            params.append(Param("MinSlope", self.min_slope))
            write += _slopes(adjoint)
        if adjoint.change:
            arrays.append(ExtraGlobalParam("TapeChange", np.zeros(size, ARRAYS["TapeChange"])))
            write.append(f"{on_top(SPIKES)} = {adjoint.change};")
        body = "\n    ".join(write)
        code = (
            "const int Now = (int)((t / dt) + 0.5);\n"
            f"if ({SPIKES} < {CAPACITY}) {{\n    {body}\n}}\n"
            f"{SPIKES}++;\n{LAST_SPIKE} = Now;\n"
        )
        variables = [Var(SPIKES, 0, "int"), Var(LAST_SPIKE, -2, "int")]
        if adjoint.slope:
            variables.append(Var(CLAMPED, 0, "int"))
        model = with_members(model, tuple(params), tuple(variables), tuple(arrays))
        return replace(model, reset_code=code + model.reset_code)


def on_top(spikes: str) -> str:
    """What the tape holds in TapeChange for the last of so many spikes, counted from 0."""
    return f"TapeChange[{ADDRESS.format(slot=spikes)}]"


def _slopes(adjoint: NeuronAdjoint) -> list[str]:
    """Lines of code that write 1 over the slope of a spike, or 0 where the spike does not come from it."""
    entry = f"TapePerSlope[{ADDRESS.format(slot=SPIKES)}]"
    per_slope = "1.0 / fmax((scalar)MinSlope, Slope)"
    least = "Slope < MinSlope"
    if adjoint.given:
        per_slope, least = f"(Given ? 0.0 : {per_slope})", f"!Given && {least}"
    return [
        *([f"const int Given = {adjoint.given};"] if adjoint.given else []),
        f"const scalar Slope = {adjoint.slope};",
        f"{entry} = {per_slope};",
        f"if ({least}) {{\n        {CLAMPED}++;\n    }}",
    ]


def undo(adjoint: NeuronAdjoint, first: str = "", then: str = "") -> str:
    """Code of the backward phase that takes the spike of timestep Step, if there is one, from the tape.

    Args:
        adjoint: the adjoint of the neuron.
        first: code that precedes its jump and may change Rev.
        then: code that follows its jump.
    """
    slope = f"const scalar PerSlope = TapePerSlope[{ADDRESS.format(slot=SPIKES)}];"
    change = f"const scalar Change = {on_top(SPIKES)};" if adjoint.change else ""
    lines = (slope, change, f"scalar Rev = {ARRIVALS};", first, adjoint.jump, then) if adjoint.jump else ()
    read = "".join(f"{line}\n    " for line in lines if line)
    below = f"TapeStep[{ADDRESS.format(slot=f'{SPIKES} - 1')}]"
    return (
        f"if ({LAST_SPIKE} == Step) {{\n    {SPIKES}--;\n    {read}"
        f"if ({SPIKES} > 0) {{\n        {LAST_SPIKE} = {below};\n    }}\n"
        f"    else {{\n        {LAST_SPIKE} = -2;\n    }}\n}}"
    )
