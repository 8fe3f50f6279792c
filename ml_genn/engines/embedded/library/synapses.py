"""Built-in postsynaptic and weight update models."""

from __future__ import annotations

from math import exp

from ml_genn.access import VarAccess, VarAccessMode
from ml_genn.engines.embedded.declarations import DerivedParam, Param, Values, Var, VarRef
from ml_genn.engines.embedded.models import PostsynapticModel, WeightUpdateModel


def _decay(params: Values, dt: float) -> float:
    return exp(-dt / params["tau"])


def _mean_over_step(params: Values, dt: float) -> float:
    """Mean, over one step, of an exponential that starts at one."""
    return params["tau"] / dt * (1.0 - exp(-dt / params["tau"]))


# All input at once.
DELTA_CURR = PostsynapticModel("DeltaCurr", sim_code="injectCurrent(inSyn);\ninSyn = 0.0;\n")

# tau dI/dt = -I, each weight added to I; what is injected is its mean over the step. tau in ms.
EXP_CURR = PostsynapticModel(
    "ExpCurr",
    params=(Param("tau"),),
    derived_params=(DerivedParam("expDecay", _decay), DerivedParam("init", _mean_over_step)),
    sim_code="injectCurrent(init * inSyn);\ninSyn *= expDecay;\n",
)

# As above for a conductance g with reversal potential E: I = g (E - V). tau in ms, E in mV.
EXP_COND = PostsynapticModel(
    "ExpCond",
    params=(Param("tau"), Param("E")),
    neuron_var_refs=(VarRef("V", "scalar", VarAccessMode.READ_ONLY),),
    derived_params=(DerivedParam("expDecay", _decay),),
    sim_code="injectCurrent(inSyn * (E - V));\ninSyn *= expDecay;\n",
)

POSTSYNAPTIC_MODELS = {model.name: model for model in (DELTA_CURR, EXP_CURR, EXP_COND)}

# Each spike adds the weight g of its synapse.
STATIC_PULSE = WeightUpdateModel(
    "StaticPulse", vars=(Var("g", "scalar", VarAccess.READ_ONLY),), pre_spike_syn_code="addToPost(g);"
)

# Each spike adds the same weight g.
STATIC_PULSE_CONSTANT_WEIGHT = WeightUpdateModel(
    "StaticPulseConstantWeight", params=(Param("g"),), pre_spike_syn_code="addToPost(g);"
)

# Each spike adds the weight g of its synapse, d steps later than the step after it was emitted.
STATIC_PULSE_DENDRITIC_DELAY = WeightUpdateModel(
    "StaticPulseDendriticDelay",
    vars=(Var("g", "scalar", VarAccess.READ_ONLY), Var("d", "uint8_t", VarAccess.READ_ONLY)),
    pre_spike_syn_code="addToPostDelay(g, d);",
)

# While the presynaptic V is above Epre, each step adds max(0, g tanh((V - Epre) / Vslope)) dt. Potentials in mV.
STATIC_GRADED = WeightUpdateModel(
    "StaticGraded",
    params=(Param("Epre"), Param("Vslope")),
    vars=(Var("g", "scalar", VarAccess.READ_ONLY),),
    pre_neuron_var_refs=(VarRef("V", "scalar", VarAccessMode.READ_ONLY),),
    pre_event_threshold_condition_code="V > Epre",
    pre_event_syn_code="addToPost(fmax(0.0, g * tanh((V - Epre) / Vslope) * dt));",
)

# Nearest-neighbour pairs of spikes, in ms: a presynaptic spike at t_pre that finds the last postsynaptic one earlier
# lowers g by Aminus exp(-(t_pre - t_post) / tauMinus); one the other way round raises it by Aplus exp(-(t_post - t_pre)
# / tauPlus). g stays within [Wmin, Wmax]. A spike adds g before it changes it.
STDP = WeightUpdateModel(
    "STDP",
    params=tuple(Param(name) for name in ("tauPlus", "tauMinus", "Aplus", "Aminus", "Wmin", "Wmax")),
    vars=(Var("g", "scalar"),),
    pre_spike_syn_code="""
addToPost(g);
const scalar since = t - st_post;
if (since > 0) {
    g = fmax(Wmin, fmin(Wmax, g - Aminus * exp(-since / tauMinus)));
}
""",
    post_spike_syn_code="""
const scalar since = t - st_pre;
if (since > 0) {
    g = fmax(Wmin, fmin(Wmax, g + Aplus * exp(-since / tauPlus)));
}
""",
)

WEIGHT_UPDATE_MODELS = {
    model.name: model
    for model in (STATIC_PULSE, STATIC_PULSE_CONSTANT_WEIGHT, STATIC_PULSE_DENDRITIC_DELAY, STATIC_GRADED, STDP)
}
