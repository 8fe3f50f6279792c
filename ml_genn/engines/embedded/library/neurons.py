"""Built-in neuron models."""

from __future__ import annotations

from math import exp

from ml_genn.access import VarAccess
from ml_genn.engines.embedded.declarations import DerivedParam, ExtraGlobalParam, Param, Values, Var
from ml_genn.engines.embedded.models import NeuronModel


def _params(*names: str) -> tuple[Param, ...]:
    return tuple(Param(name) for name in names)


def _membrane_decay(params: Values, dt: float) -> float:
    return exp(-dt / params["TauM"])


def _membrane_resistance(params: Values, dt: float) -> float:
    return params["TauM"] / params["C"]


def _mean_interval(params: Values, dt: float) -> float:
    return 1000.0 / (params["rate"] * dt)


# TauM dV/dt = -(V - Vrest) + R (Isyn + Ioffset), R = TauM / C, exact for input constant over a step; C in nF, TauM and
# TauRefrac in ms, potentials in mV, Ioffset in nA; V is held for TauRefrac after each spike.
LIF = NeuronModel(
    "LIF",
    params=_params("C", "TauM", "Vrest", "Vreset", "Vthresh", "Ioffset", "TauRefrac"),
    vars=(Var("V", "scalar"), Var("RefracTime", "scalar")),
    derived_params=(DerivedParam("ExpTC", _membrane_decay), DerivedParam("Rmembrane", _membrane_resistance)),
    sim_code="""
if (RefracTime > 0.0) {
    RefracTime -= dt;
}
else {
    const scalar settled = ((Isyn + Ioffset) * Rmembrane) + Vrest;
    V = settled - (ExpTC * (settled - V));
}
""",
    threshold_condition_code="RefracTime <= 0.0 && V >= Vthresh",
    reset_code="""
V = Vreset;
RefracTime = TauRefrac;
""",
)

# dV/dt = 0.04 V^2 + 5 V + 140 - U + Isyn in two half steps, dU/dt = a (b V - U) in one; V is cut at 30 mV, and the step
# after that starts with V = c, U += d. Source: Izhikevich 2003, "Simple model of spiking neurons", equations 1 to 3.
IZHIKEVICH = NeuronModel(
    "Izhikevich",
    params=_params("a", "b", "c", "d"),
    vars=(Var("V", "scalar"), Var("U", "scalar")),
    sim_code="""
if (V >= 30.0) {
    V = c;
    U += d;
}
V += 0.5 * (0.04 * V * V + 5.0 * V + 140.0 - U + Isyn) * dt;
V += 0.5 * (0.04 * V * V + 5.0 * V + 140.0 - U + Isyn) * dt;
U += a * (b * V - U) * dt;
if (V > 30.0) {
    V = 30.0;
}
""",
    threshold_condition_code="V >= 29.99",
)

# Counts down to the next spike; intervals are exponential with mean 1000 / rate ms, rate in Hz.
POISSON = NeuronModel(
    "Poisson",
    params=_params("rate"),
    vars=(Var("timeStepToSpike", "scalar"),),
    derived_params=(DerivedParam("isi", _mean_interval),),
    sim_code="""
if (timeStepToSpike <= 0.0) {
    timeStepToSpike += isi * gennrand_exponential();
}
timeStepToSpike -= 1.0;
""",
    threshold_condition_code="timeStepToSpike <= 0.0",
)

# Never spikes by itself.
SPIKE_SOURCE = NeuronModel("SpikeSource", threshold_condition_code="0")

# Neuron i spikes at the times spikeTimes[startSpike[i]] to spikeTimes[endSpike[i] - 1], in ms, ascending.
SPIKE_SOURCE_ARRAY = NeuronModel(
    "SpikeSourceArray",
    vars=(Var("startSpike", "unsigned int"), Var("endSpike", "unsigned int", VarAccess.READ_ONLY_DUPLICATE)),
    extra_global_params=(ExtraGlobalParam("spikeTimes", "scalar*"),),
    threshold_condition_code="startSpike != endSpike && t >= spikeTimes[startSpike]",
    reset_code="startSpike++;",
)

NEURON_MODELS = {model.name: model for model in (LIF, IZHIKEVICH, POISSON, SPIKE_SOURCE, SPIKE_SOURCE_ARRAY)}
