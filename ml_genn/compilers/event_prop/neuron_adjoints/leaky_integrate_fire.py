"""Leaky integrate-and-fire neurons."""

from __future__ import annotations

from typing import Any

from ....neurons import LeakyIntegrateFire
from ....population import Population
from ..adjoint import NeuronAdjoint
from .constants import BIAS, V_RESET, V_THRESH, tau_mem
from .firing import firing, rise
from .leaky_integrate import gain
from .registry import NEURON_ADJOINTS


@NEURON_ADJOINTS.add(LeakyIntegrateFire)
def leaky_integrate_fire(population: Population, neuron: Any) -> NeuronAdjoint:
    """Between spikes the leaky integrator's; at a spike at time s, with V' = dV/dt before it,

        dL/ds = Rev - LambdaV (Vthresh - Vreset) / tau_mem - LambdaV V';    LambdaV <- -(dL/ds) / V'.

    A later spike lets its arrivals come later (Rev), and what follows the reset: V is changed by -V'(after), which is
    -(V' + (Vthresh - Vreset) / tau_mem) with either kind of reset. The spike comes later by -dV / V'. The terms with
    LambdaV V' make LambdaV itself, which leaves LambdaV <- LambdaV + (LambdaV (Vthresh - Vreset) / tau_mem - Rev) / V'.

    V' is the mean slope in the step of the spike, V - V(before the step), per dt, where V(before the step) is
    (V - Gain Isyn - bias) / Alpha. `firing` has what refractory periods add.

    Source: Wunderlich, Pehle 2021, "Event-based backpropagation can compute exact gradients for spiking neural
    networks", table 1, for resets to 0.
    """
    scale = gain(scale_i=neuron.scale_i)
    if neuron.tau_refrac is not None:
        return firing(neuron, scale, adapts=False)
    return NeuronAdjoint(
        carry="LambdaV *= Alpha;",
        gain=scale,
        slope=rise(neuron, scale),
        jump="LambdaV += PerSlope * ((LambdaV * (Vthresh - Vreset) * (1.0 - Alpha) / dt) - Rev);",
        constants=(tau_mem(scale_i=neuron.scale_i), V_THRESH, V_RESET, BIAS),
    )
