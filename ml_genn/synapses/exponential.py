"""Synapse whose input decays exponentially."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

import numpy as np

from ..access import VarAccess
from ..model import Param, SynapseModel, Var
from ..network import network_default_params
from ..values import Switch, Value, decay, genn_members, is_number
from .synapse import Synapse

if TYPE_CHECKING:
    from ..connection import Connection


@final
class Exponential(Synapse):
    """S <- S + weights of arriving spikes; I <- s S; S <- S exp(-dt / tau), in this order.

    s = 1, or with `scale_i` s = (tau / dt) (1 - exp(-dt / tau)), so that I is the mean of the decaying S over a step.

    Args:
        tau: time constant [ms].
        scale_i: scale the injected input.
    """

    tau = Value("ExpDecay", unit="ms", low=0, low_open=True, to_genn=decay)
    scale_i = Switch()

    @network_default_params
    def __init__(self, tau: Any = 5.0, scale_i: bool = False) -> None:
        self.tau = tau
        self.scale_i = scale_i

    def get_model(self, connection: Connection, dt: float, batch_size: int) -> SynapseModel:
        if is_number(self.tau) and np.isinf(self.tau) and not self.scale_i:
            return SynapseModel(sim_code="injectCurrent(inSyn);")  # nothing decays, so nothing is stored again
        params, variables = genn_members(self, dt)
        if not self.scale_i:
            return SynapseModel(sim_code="injectCurrent(inSyn);\ninSyn *= ExpDecay;", params=params, vars=variables)
        scale = (np.asarray(self.tau, np.float64) / dt) * (1.0 - decay(self.tau, dt))
        if is_number(self.tau):
            params = (*params, Param("Scale", float(scale)))
        else:
            variables = (*variables, Var("Scale", scale, access=VarAccess.READ_ONLY))
        return SynapseModel(sim_code="injectCurrent(Scale * inSyn);\ninSyn *= ExpDecay;", params=params, vars=variables)
