"""Integrate-and-fire neurons with refractory periods or adaptation: what their jump needs is on the tape.

Notation of a spike at time s: V' and B' are dV/dt and dB/dt before it, B = Beta A is what adaptation adds to the
threshold, r is 1 for relative resets and else 0, and U is dV/dt after the spike. A spike comes later by -dV / D with
D = V' - B', and if it does so by ds, V after the reset is changed by (r V' - U) ds and B by Beta ds / tau_adapt. With
LambdaB = dL/dB,

    dL/ds = Rev + LambdaV (r V' - U) + LambdaB Beta / tau_adapt;
    LambdaV <- r LambdaV - (dL/ds) / D;    LambdaB <- LambdaB + (dL/ds) / D.

r V' - U is Change on the tape. Without a refractory period U follows from the reset: relative resets leave
-(Vthresh - Vreset) / tau_mem, others -(V' + (V - Vreset) / tau_mem).

V held in the refractory period: U = 0, V does not depend on itself or on currents (LambdaV stays, LambdaI only decays),
and V begins to change with slope S when the period ends, at s + tau_refrac. As that comes later with s, dL/ds has a
term -LambdaV S. LambdaV is the same at both times, so -S is added to Change when it is known, and it is 0 if the trial
ends before. What arrives just then, as by an autapse whose delay is the period, is in S, and so V loses nothing of it
by its coming later. In timesteps: a period lasts for as many as the forward phase has counted (PeriodSteps).

V may be above the threshold when the period ends, where it was integrated or the threshold fell. The neuron then spikes
at a time that only the spike before decides: V has no part in it (PerSlope is 0), and dL/ds (Owed) goes to that spike.

Source: `tests/references/exact/adjoint.py` has the same equations in continuous time, held against finite differences.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ....model import Var
from ....neurons.membrane import plus_bias
from ..adjoint import STEP, NeuronAdjoint
from ..tape import LAST_SPIKE, on_top
from .constants import BETA, BIAS, TAU_ADAPT, V_RESET, V_THRESH, tau_mem

NOW = "(int)((t / dt) + 0.5)"
LEAK = "((1.0 - Alpha) / dt)"
HELD = f"({LAST_SPIKE} >= 0 && {STEP} <= {LAST_SPIKE} + PeriodSteps)"
"""Whether V is held in the timestep that is undone, once a spike in it has been."""
RELEASED = HELD.replace("PeriodSteps", "PeriodSteps + 1")
"""Whether it is held in that timestep or was until then."""


def rise(neuron: Any, scale: str) -> str:
    """The mean slope of V in a timestep, from V at its end; `scale` is what V gains from an input of one."""
    return f"(({scale} * Isyn){plus_bias(neuron)} - ((1.0 - Alpha) * V)) / (Alpha * dt)"


def firing(neuron: Any, scale: str, *, adapts: bool) -> NeuronAdjoint:
    """The adjoint.

    Args:
        neuron: LeakyIntegrateFire or AdaptiveLeakyIntegrateFire.
        scale: what V gains from an input of one in a timestep.
        adapts: whether it is the latter.
    """
    refractory = neuron.tau_refrac is not None
    holds = refractory and not neuron.integrate_during_refrac
    slope = f"({rise(neuron, scale)})"
    carry = f"if (!({LAST_SPIKE} >= 0 && Step < {LAST_SPIKE} + PeriodSteps)) {{\n    LambdaV *= Alpha;\n}}"
    return NeuronAdjoint(
        carry=(carry if holds else "LambdaV *= Alpha;") + ("\nLambdaB *= Rho;" if adapts else ""),
        gain=f"({HELD} ? 0.0 : {scale})" if holds else scale,
        lost=f"({RELEASED} ? 0.0 : {scale})" if holds else "",
        slope=f"{slope} + (Beta * A * (1.0 - Rho) / (Rho * dt))" if adapts else slope,
        jump=_jump(relative=neuron.relative_reset, adapts=adapts, owes=refractory),
        change=_change(slope, _level(adapts=adapts), relative=neuron.relative_reset, holds=holds, owes=refractory),
        given=_given(slope, _level(adapts=adapts, before=True), holds=holds) if refractory else "",
        before="const int InPeriod = RefracTime > 0.0;" if refractory else "",
        after=_after(slope, holds=holds) if refractory else "",
        vars=_vars(adapts=adapts, owes=refractory),
        constants=(
            tau_mem(scale_i=getattr(neuron, "scale_i", False), holds=holds),
            V_THRESH,
            V_RESET,
            replace(BIAS, each_step=f"({HELD} ? 0.0 : {BIAS.each_step})") if holds else BIAS,
            *((TAU_ADAPT,) if adapts else ()),
            *((BETA,) if adapts and np.all(neuron.a == 0.0) else ()),
        ),
    )


def _level(*, adapts: bool, before: bool = False) -> str:
    """The threshold, or that of the timestep before."""
    if not adapts:
        return "Vthresh"
    return f"(Vthresh + (Beta * A{' / Rho' if before else ''}))"


def _given(slope: str, level_before: str, *, holds: bool) -> str:
    """Whether a spike comes because a refractory period ended, not because V, or noise, went above the threshold."""
    at_end = f"{LAST_SPIKE} >= 0 && Now <= {LAST_SPIKE} + PeriodSteps"
    return at_end if holds else f"{at_end} && V - ({slope} * dt) >= {level_before}"


def _change(slope: str, level: str, *, relative: bool, holds: bool, owes: bool) -> str:
    if holds:
        return f"(Given ? 0.0 : {slope})" if relative else "0.0"
    if relative:
        return f"-(Vthresh - Vreset) * {LEAK}"
    return f"-({slope} + (({'V' if owes else level} - Vreset) * {LEAK}))"


def _jump(*, relative: bool, adapts: bool, owes: bool) -> str:
    later = "Rev + (LambdaV * Change)"
    later += " + (Beta * LambdaB * (1.0 - Rho) / dt)" if adapts else ""
    later += " + Owed" if owes else ""
    lines = [
        f"const scalar Later = {later};",
        f"LambdaV = {'LambdaV' if relative else '0.0'} - (PerSlope * Later);",
        "LambdaB += PerSlope * Later;" if adapts else "",
        "Owed = (PerSlope > 0.0) ? 0.0 : Later;" if owes else "",
    ]
    return "\n    ".join(line for line in lines if line)


def _after(slope: str, *, holds: bool) -> str:
    """Counts the timesteps of a period and, where V is held, takes the slope with which V begins from Change.

    Counted, since the timer of the forward phase, from which dt is subtracted, is rounded.
    """
    count = f"if (InPeriod) {{\n    PeriodSteps = max(PeriodSteps, {NOW} - {LAST_SPIKE});\n}}"
    if not holds:
        return count
    first = f"{LAST_SPIKE} >= 0 && {NOW} == {LAST_SPIKE} + PeriodSteps + 1 && TapeSpikes <= TapeCapacity"
    return f"{count}\nelse if ({first}) {{\n    {on_top('TapeSpikes - 1')} -= {slope};\n}}"


def _vars(*, adapts: bool, owes: bool) -> tuple[Var, ...]:
    found = [Var("LambdaB")] if adapts else []
    return (*found, *([Var("PeriodSteps", 0, "int"), Var("Owed")] if owes else []))
