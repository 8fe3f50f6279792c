"""Simple: the weights as they are and all thresholds 1."""

from __future__ import annotations

from typing import final

from ..calibration import Calibration
from ..stages import StageGraph
from .rate_code import RateCode
from .scales import Scales


@final
class SimpleMethod(RateCode):
    """lambda_l = 1 for every layer: activations above 1 saturate, and inputs must lie between -1 and 1."""

    name = "simple"

    @property
    def needs_calibration(self) -> bool:
        """Never."""
        return False

    def scales(self, stages: StageGraph, calibration: Calibration | None, signed: frozenset[str]) -> Scales:
        spiking = [stage.name for stage in stages.stages if stage.kind != "output"]
        return Scales(values=dict.fromkeys(spiking, 1.0), signed=signed)
