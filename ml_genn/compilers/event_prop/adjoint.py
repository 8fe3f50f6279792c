"""The pieces that adjoint models are made of: what neurons, synapses and losses do in the backward phase.

The backward phase runs through the timesteps n of a trial from the last to the first. LambdaV is dL/dV of a neuron,
LambdaI{k} dL/dI of its synaptic current k, both as they stand in timestep n of the forward phase: V after it was
integrated and before a reset, I after the arrivals of the step. Between spikes the forward phase is linear,

    I{k} <- I{k} + weights;    V <- Alpha V + Gain sum_k Scale{k} I{k};    I{k} <- Decay{k} I{k},

and what runs backward is its exact transpose; at a spike it is EventProp's jump (`neuron_adjoints`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from ...model import ExtraGlobalParam, NeuronModel, Param, Var

STEP = "(LastStep - (int)((t / dt) + 0.5))"
"""The timestep of the forward phase that is undone, as an expression in the backward phase."""


ARRIVALS = "Arrivals"
"""Input of neurons that spike: dL/d(time of arrival), summed over the arrivals of a spike."""


@final
@dataclass(frozen=True, kw_only=True)
class Constant:
    """A number of each neuron that can be learnt, and what its derivative is made of.

    Args:
        name: what its owner calls it, as "tau_mem".
        variable: its name in model code.
        derived: expressions, in the timestep Dt too, of what follows from it in model code, by name and in order.
        kept: expression, read in the forward phase before V is integrated, of what has to be remembered of each
            timestep; empty where nothing has to.
        each_step: expression of what a timestep adds to the derivative; `{kept}` in it is what was remembered. LambdaV
            is that of the timestep, LambdaI{k} still that of the timestep after.
        before_jump, after_jump: expressions of what a spike adds, with LambdaV right after and right before its reset.
        is_time: the constant is a time [ms], by default at least a timestep; it has to be above 0.
    """

    name: str
    variable: str
    derived: tuple[tuple[str, str], ...] = ()
    kept: str = ""
    each_step: str = ""
    before_jump: str = ""
    after_jump: str = ""
    is_time: bool = False


@final
@dataclass(frozen=True, kw_only=True)
class NeuronAdjoint:
    """What a neuron does in the backward phase.

    Args:
        carry: code that turns LambdaV of timestep n + 1 into that of n, where no spike came between.
        gain: expression of what V gains from a synaptic current of one in a timestep.
        lost: expression of what V loses of that where the current comes a timestep later; empty for all of it.
        slope: expression, read at a spike before the reset, of dV/dt [1/ms]; empty for neurons without a threshold.
        jump: code that undoes a spike: changes LambdaV by means of Rev, dL/dt of the spike's arrivals and of what the
            loss reads of its time, and of PerSlope, 1 over the slope.
        change: expression, read at a spike before the reset, of what `jump` then finds in Change; empty for none.
        given: condition, read at a spike before the reset, under which the spike does not come because V rises:
            `jump` then finds 0 in PerSlope; empty for never.
        before, after: code of the forward phase before and after the neuron's own.
        vars: states that the code needs besides LambdaV.
        is_source_only: nothing reaches the neuron, which only sends spikes.
        constants: what can be learnt of the neuron.
        each_step: code that runs where LambdaV is that of the timestep, for what is learnt.
    """

    carry: str = ""
    gain: str = "1.0"
    lost: str = ""
    slope: str = ""
    jump: str = ""
    change: str = ""
    given: str = ""
    before: str = ""
    after: str = ""
    vars: tuple[Var, ...] = ()
    is_source_only: bool = False
    constants: tuple[Constant, ...] = ()
    each_step: str = ""

    @property
    def sends_spikes(self) -> bool:
        """Whether the neuron may spike."""
        return self.is_source_only or bool(self.jump)


@final
@dataclass(frozen=True, kw_only=True)
class SynapseAdjoint:
    """What synaptic current number k of a neuron does in the backward phase.

    Args:
        code: changes LambdaI{k} and Feedback{k}, dL/d(time of arrival) of a weight of one.
        driven: code that runs after it where a loss drives LambdaV in each timestep: takes in Ahead, what it will
            add to LambdaV in the timestep before.
        params, vars: what `code` reads, the vars with their states LambdaI{k} and Feedback{k}.
    """

    code: str
    driven: str
    params: tuple[Param, ...]
    vars: tuple[Var, ...]


@final
@dataclass(frozen=True, kw_only=True)
class LossSource:
    """How a loss enters the backward phase through the readout of a neuron.

    Args:
        forward: code that runs in each timestep of the forward phase before the readout.
        backward: code that adds to LambdaV the derivative of the loss with respect to V in timestep Step; Error is its
            derivative with respect to the readout. `{last}` in it is the last timestep of the trial.
        ahead: expression of what `backward` adds in timestep Step - 1, where it adds something in each; else empty.
        at_spike: code that runs before a spike of timestep Step is undone and adds to Rev the derivative of the loss
            with respect to the time of the spike; empty where the loss does not depend on such times.
        keeps_series: the code uses the array Series, of a number for each timestep, example and neuron.
        params, vars: what the code needs.
    """

    forward: str = ""
    backward: str
    ahead: str = ""
    keeps_series: bool = False
    at_spike: str = ""
    params: tuple[Param, ...] = ()
    vars: tuple[Var, ...] = ()


def with_members(
    model: NeuronModel,
    params: tuple[Param, ...] = (),
    variables: tuple[Var, ...] = (),
    arrays: tuple[ExtraGlobalParam, ...] = (),
) -> NeuronModel:
    """A copy of the model with further parameters, variables and arrays."""
    for param in params:
        model = model.with_param(param)
    for var in variables:
        model = model.with_var(var)
    for array in arrays:
        model = model.with_extra_global_param(array)
    return model
