"""Neuron models that run forward in one phase and backward in the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...access import VarAccess
from ...model import NeuronModel, Param, Var
from ...runtime.output import ERROR
from ...runtime.spike_penalties import PENALTY
from ...runtime.training import BACKWARD, FORWARD, PHASE
from ...runtime.trial_lengths import TIMESTEPS
from ..trial_lengths import RUNNING, UNDOING
from .adjoint import ARRIVALS, STEP, LossSource, NeuronAdjoint, SynapseAdjoint, with_members
from .tape import undo


def two_phases(
    model: NeuronModel,
    adjoint: NeuronAdjoint,
    synapses: Sequence[SynapseAdjoint],
    loss: LossSource | None,
    timesteps: int,
    *,
    pays: bool = False,
    varies: bool = False,
) -> NeuronModel:
    """A model that does what `model` does in phase 0 and runs its adjoint in phase 1.

    Args:
        model: the forward model, with readout and tape.
        adjoint: the adjoint of the neuron.
        synapses: those of its synaptic currents.
        loss: what drives the adjoint of an output; None for other neurons.
        timesteps: timesteps per trial.
        pays: whether there is a penalty on the neuron's number of spikes.
        varies: whether trials may differ in length: neurons do nothing in timesteps that the example does not have, in
            the backward phase because the loss adds nothing there, so that everything is 0.
    """
    backward = [f"const int Step = {STEP};", adjoint.carry]
    if model.threshold_condition_code:
        first = "" if loss is None else loss.at_spike
        backward.append(undo(adjoint, first, f"LambdaV += {PENALTY};" if pays else ""))
        condition = f"{RUNNING} && ({model.threshold_condition_code})" if varies else model.threshold_condition_code
        model = replace(model, threshold_condition_code=f"{PHASE} == {FORWARD} && ({condition})")
    if loss is not None:
        loss = _of_trial(loss, varies=varies)
        backward.append(loss.backward)
        model = with_members(model, loss.params, (*loss.vars, Var(ERROR, access=VarAccess.READ_ONLY_DUPLICATE)))
    backward.append(adjoint.each_step)
    ahead = "" if loss is None else loss.ahead
    if ahead:
        backward.append(f"const scalar Ahead = {ahead};")
    for synapse in synapses:
        backward.extend((synapse.code, synapse.driven if ahead else ""))
        model = with_members(model, synapse.params, synapse.vars)
    if not adjoint.is_source_only:
        model = model.with_var(Var("LambdaV"))
    if pays:
        model = model.with_var(Var(PENALTY, access=VarAccess.READ_ONLY_DUPLICATE))
    if adjoint.jump:
        model = model.with_input_var(ARRIVALS)
    params = (Param(PHASE, FORWARD, "int"), Param("LastStep", timesteps - 1, "int"))
    model = with_members(model, params, adjoint.vars)
    forward = (adjoint.before, model.sim_code, adjoint.after)
    programs = ["\n".join(filter(None, lines)) for lines in (forward, backward)]
    if varies:
        programs[0] = f"if ({RUNNING}) {{\n{programs[0]}\n}}"
    return replace(model, sim_code=_by_phase(*programs))


def _of_trial(loss: LossSource, *, varies: bool) -> LossSource:
    """A copy that knows the last timestep of a trial, and adds nothing after it where it is not the network's."""
    if not varies:
        return replace(loss, backward=loss.backward.replace("{last}", "LastStep"))
    added = loss.backward.replace("{last}", f"({TIMESTEPS} - 1)")
    ahead = f"({UNDOING}) ? ({loss.ahead}) : 0.0" if loss.ahead else ""
    return replace(loss, backward=f"if ({UNDOING}) {{\n{added}\n}}", ahead=ahead)


def _by_phase(forward: str, backward: str) -> str:
    """Code that runs one of two programs."""
    return f"if ({PHASE} == {BACKWARD}) {{\n{backward}\n}}\nelse {{\n{forward}\n}}"
