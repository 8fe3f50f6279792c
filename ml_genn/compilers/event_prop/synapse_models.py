"""Synapses that deliver spikes in the forward phase and collect gradients in the backward phase."""

from __future__ import annotations

from dataclasses import replace

from ...access import VarAccess
from ...connection import Connection
from ...connectivity import ConnectivitySnippet
from ...model import Param, SynapseModel, Var, VarRef, WeightUpdateModel
from ...runtime.training import BACKWARD, FORWARD, PHASE
from .adjoint import ARRIVALS
from .delays import GRADIENT, delay_of, learnt_delay
from .tape import EMISSION, LAST_SPIKE


def trained_pulse(
    connection: Connection,
    snippet: ConnectivitySnippet,
    current: int,
    timesteps: int,
    *,
    feeds_back: bool,
    learns: bool,
    learns_delay: bool,
) -> WeightUpdateModel:
    """Each spike adds its weight g to the target's current; when it is undone, dL/dg of its arrival is LambdaI.

    Where the snippet has a scale, WeightScale g takes the place of g, so that what is learnt is the user's weight.

    g times Feedback is dL/d(time of arrival), which goes to the sender if that `feeds_back` (is no input). A delay of d
    timesteps lets spikes arrive d dt later, so dL/dd is dt times that. Where
    neither is to be learnt, as with pooling, what goes to the sender is all that the backward phase does.

    Args:
        connection: the connection.
        snippet: how it is stored.
        current: which of the target's synaptic currents it feeds.
        timesteps: timesteps per trial.
        feeds_back: whether the times of the sender's spikes depend on weights.
        learns, learns_delay: whether dL/dg and dL/dd are wanted.
    """
    delay = (learnt_delay if learns_delay else delay_of)(connection, snippet, timesteps)
    scale = (Param("WeightScale", snippet.scale),) if snippet.scale != 1.0 else ()
    weight, by_scale = ("(g * WeightScale)", "WeightScale * ") if scale else ("g", "")
    later = f"{weight} * {delay.seen('Feedback')}"
    code = [f"Gradient += {by_scale}{delay.seen('LambdaI')};"] * learns
    code += [f"{GRADIENT} += {later} * dt;"] * learns_delay
    code += [f"addToPre({later});"] * feeds_back
    return WeightUpdateModel(
        pre_spike_syn_code=f"if ({PHASE} == {FORWARD}) {{\n    {delay.send(weight)}\n}}",
        pre_event_threshold_condition_code=f"{PHASE} == {BACKWARD} && {EMISSION}" if code else "",
        pre_event_syn_code=delay.declaration + "\n".join(code) if code else "",
        params=(Param(PHASE, FORWARD, "int"), Param("LastStep", timesteps - 1, "int"), *scale, *delay.params),
        vars=(
            Var("g", snippet.weight, access=VarAccess.READ_ONLY),
            *((Var("Gradient", 0.0, access=VarAccess.REDUCE_BATCH_SUM),) if learns else ()),
            *delay.vars,
        ),
        pre_neuron_var_refs=(VarRef(LAST_SPIKE, LAST_SPIKE, "int"),),
        post_neuron_var_refs=(
            *((VarRef("LambdaI", f"LambdaI{current}"),) if learns else ()),
            *((VarRef("Feedback", f"Feedback{current}"),) if feeds_back or learns_delay else ()),
        ),
        pre_target=ARRIVALS if feeds_back else "Isyn",
        longest_delay=delay.longest,
    )


def forward_only(model: SynapseModel) -> SynapseModel:
    """A copy that does nothing in the backward phase."""
    code = f"if ({PHASE} == {FORWARD}) {{\n{model.sim_code}\n}}"
    return replace(model, sim_code=code, params=(*model.params, Param(PHASE, FORWARD, "int")))
