"""Constants of neurons that can be learnt."""

from __future__ import annotations

from ..adjoint import Constant

BIAS = Constant(name="bias", variable="Bias", each_step="LambdaV")
"""dL/dbias = sum over timesteps of LambdaV dV/dbias, which is 1, or 0 where V is held. Spikes add no term: that V comes
to the threshold earlier is in LambdaV, by way of the slope V', of which the bias is a part."""

V_THRESH = Constant(name="v_thresh", variable="Vthresh", after_jump="-LambdaV")
"""With c = dL/d(spike time) and D the speed at which V comes to the threshold, the derivative is c / D, or where a
reset subtracts the threshold c / D less LambdaV after it. Either way that is minus LambdaV before the reset."""

V_RESET = Constant(name="v_reset", variable="Vreset", before_jump="LambdaV")
"""Either reset adds it to V."""

TAU_ADAPT = Constant(
    name="tau_adapt",
    variable="TauAdapt",
    derived=(("Rho", "exp(-Dt / TauAdapt)"), ("RhoPerTauAdapt", "Rho * Dt / (TauAdapt * TauAdapt)")),
    kept="A",
    each_step="Beta * LambdaB * RhoPerTauAdapt * {kept}",
    is_time=True,
)
"""As `tau_mem`, of A = Rho A(before), with dL/dA = Beta LambdaB."""

BETA = Constant(name="beta", variable="Beta", before_jump="LambdaB")
"""What a spike adds to B = Beta A. That leaves out what A begins with, so that it has to be 0."""


def tau_mem(*, scale_i: bool, holds: bool = False) -> Constant:
    """dL/dtau_mem = sum over timesteps of LambdaV dV/dAlpha dAlpha/dtau_mem, dAlpha/dtau_mem = Alpha dt / tau_mem^2.

    V = Alpha V(before) + Gain Isyn, so dV/dAlpha is V(before) - Isyn where input is scaled, else V(before).

    Args:
        scale_i: whether it is.
        holds: whether V stays where it is in timesteps that begin with InPeriod.
    """
    slope = "V - Isyn" if scale_i else "V"
    return Constant(
        name="tau_mem",
        variable="TauMem",
        derived=(("Alpha", "exp(-Dt / TauMem)"), ("AlphaPerTauMem", "Alpha * Dt / (TauMem * TauMem)")),
        kept=f"InPeriod ? 0.0 : {slope}" if holds else slope,
        each_step="LambdaV * AlphaPerTauMem * {kept}",
        is_time=True,
    )
