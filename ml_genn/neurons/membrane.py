"""Code strings that the integrate-and-fire neurons share."""

from __future__ import annotations

from typing import Any

from ..model import Var


def integrate(update: str, *, refractory: bool, integrate_during_refrac: bool) -> str:
    """`update`, after counting down the refractory timer and skipped while it runs if so chosen."""
    if not refractory:
        return update
    countdown = "if (RefracTime > 0.0) {\n    RefracTime -= dt;\n}"
    return f"{countdown}\n{update}" if integrate_during_refrac else f"{countdown}\nelse {{\n    {update}\n}}"


def threshold(level: str, *, refractory: bool) -> str:
    """Spike where the membrane voltage reaches `level` and no refractory timer runs."""
    return f"RefracTime <= 0.0 && V >= {level}" if refractory else f"V >= {level}"


def reset(*, relative: bool, refractory: bool) -> str:
    """Subtract Vthresh - Vreset or go to Vreset; start the refractory timer."""
    voltage = "V -= (Vthresh - Vreset);" if relative else "V = Vreset;"
    return f"{voltage}\nRefracTime = TauRefrac;" if refractory else voltage


def refractory_members(tau_refrac: object) -> tuple[Var, ...]:
    """The refractory timer, where there is a refractory period."""
    return () if tau_refrac is None else (Var("RefracTime", 0.0),)


def scaled_input(source: str, *, scale_i: bool) -> str:
    """The input, times 1 - Alpha if it is scaled."""
    return f"((1.0 - Alpha) * {source})" if scale_i else source


def plus_bias(neuron: Any) -> str:
    """What adds the bias of a neuron to its drive; nothing where it has none, so that the code is as without it."""
    return " + Bias" if type(neuron).bias.in_code(neuron) else ""
