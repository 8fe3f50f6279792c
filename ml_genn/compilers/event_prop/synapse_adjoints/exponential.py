"""Exponential synapses."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....access import VarAccess
from ....model import Param, Var
from ....synapses import Exponential
from ....values import decay, is_number
from ..adjoint import Constant, NeuronAdjoint, SynapseAdjoint
from .registry import SYNAPSE_ADJOINTS


@SYNAPSE_ADJOINTS.add(Exponential)
def exponential(synapse: Any, target: NeuronAdjoint, k: int, dt: float) -> SynapseAdjoint:
    """LambdaI <- Decay LambdaI + Gain Scale LambdaV, the transpose of one step of current and voltage.

    LambdaI is then dL/dw of an arrival in this timestep. Feedback is its derivative with respect to the time of
    arrival, dLambdaI/dt = LambdaI / tau - LambdaV Gain Scale / dt, here as the central difference of the timesteps
    before and after:

        LambdaI (1 / Decay - Decay) / (2 dt) - LambdaV Gain Scale (1 / Decay + Alpha) / (2 dt),

    Gain there being what the target loses (`lost`), less Ahead Gain Scale / (2 dt) where the loss will add Ahead to
    LambdaV in the timestep before. Without it, times of arrival would seem to matter where the loss is the same
    whenever a spike comes.
    """
    left = decay(synapse.tau, dt)
    scale = (np.asarray(synapse.tau, np.float64) / dt * (1.0 - left)) if synapse.scale_i else np.ones_like(left)
    numbers = {
        f"Decay{k}": left,
        f"Scale{k}": scale,
        f"Rise{k}": (1.0 / left - left) / (2.0 * dt),
        f"Fall{k}": scale / left / (2.0 * dt),
        f"FallAlpha{k}": scale / (2.0 * dt),
    }
    params = tuple(Param(name, float(value)) for name, value in numbers.items() if is_number(synapse.tau))
    arrays = tuple(
        Var(name, value, access=VarAccess.READ_ONLY) for name, value in numbers.items() if not is_number(synapse.tau)
    )
    pull = f"{target.lost or target.gain} * (Fall{k} + (FallAlpha{k} * Alpha))"
    return SynapseAdjoint(
        code=(
            f"LambdaI{k} = (Decay{k} * LambdaI{k}) + ({target.gain} * Scale{k} * LambdaV);\n"
            f"Feedback{k} = (Rise{k} * LambdaI{k}) - ({pull} * LambdaV);"
        ),
        driven=f"Feedback{k} -= {target.gain} * FallAlpha{k} * Ahead;",
        params=params,
        vars=(*arrays, Var(f"LambdaI{k}"), Var(f"Feedback{k}")),
    )


def tau_syn(synapse: Any, target: NeuronAdjoint, k: int) -> Constant:
    """dL/dtau of current k: sum over timesteps of dL/dI(n + 1) I(n) dDecay/dtau + dL/dV(n) Gain I(n) dScale/dtau.

    The neuron holds the current itself, as Current{k}. It takes in what arrives before anything else, so that this is
    I(n) where V is integrated.
    """
    tau, scale, per_tau = f"TauSyn{k}", f"Scale{k}", f"LambdaI{k} * DecayPerTauSyn{k}"
    derived = [
        (f"Decay{k}", f"exp(-Dt / {tau})"),
        (f"DecayPerTauSyn{k}", f"Decay{k} * Dt / ({tau} * {tau})"),
        (f"Rise{k}", f"sinh(Dt / {tau}) / Dt"),
    ]
    if synapse.scale_i:
        derived.append((scale, f"{tau} * (1.0 - Decay{k}) / Dt"))
        derived.append((f"ScalePerTauSyn{k}", f"((1.0 - Decay{k}) / Dt) - (Decay{k} / {tau})"))
        per_tau += f" + {target.gain} * LambdaV * ScalePerTauSyn{k}"
    derived.append((f"FallAlpha{k}", f"{scale if synapse.scale_i else '1.0'} / (2.0 * Dt)"))
    derived.append((f"Fall{k}", f"FallAlpha{k} / Decay{k}"))
    return Constant(
        name="tau",
        variable=tau,
        derived=tuple(derived),
        kept=f"Current{k}",
        each_step=f"({per_tau}) * {{kept}}",
        is_time=True,
    )
