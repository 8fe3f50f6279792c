"""Synapse whose input lasts one timestep."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from ..model import SynapseModel
from .synapse import Synapse

if TYPE_CHECKING:
    from ..connection import Connection


@final
class Delta(Synapse):
    """I <- sum of the weights of the spikes that arrive in this step."""

    def get_model(self, connection: Connection, dt: float, batch_size: int) -> SynapseModel:
        return SynapseModel(sim_code="injectCurrent(inSyn);\ninSyn = 0.0;")
