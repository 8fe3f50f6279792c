"""DataNorm: thresholds from the largest activation and weight of each layer (Diehl et al. 2015)."""

from __future__ import annotations

from typing import final

from ..calibration import Calibration
from ..stages import StageGraph
from .rate_code import RateCode
from .scales import Scales, dead_stage_warning, largest_values, largest_weight


@final
class DataNormMethod(RateCode):
    """lambda_l = max(largest activation of layer l on calibration data, largest weight into layer l).

    The input's lambda is its largest value, so images in 0 to 255 need no rescaling; each population carries its own
    lambda, so branches and their sums keep the right proportions. Max-pooling has the lambda of its source.
    Source: P. U. Diehl et al., IJCNN 2015, "Fast-classifying, high-accuracy spiking deep networks through weight and
    threshold balancing".
    """

    name = "data-norm"

    @property
    def needs_calibration(self) -> bool:
        """Always."""
        return True

    def scales(self, stages: StageGraph, calibration: Calibration | None, signed: frozenset[str]) -> Scales:
        if calibration is None:
            raise ValueError("data-norm was called without calibration data")
        largest = largest_values(stages, calibration, signed)
        values: dict[str, float] = {}
        warnings = []
        for stage in stages.stages:
            if stage.kind == "max_pool":
                values[stage.name] = values[stage.paths[0].source]
            elif stage.name in largest:
                values[stage.name] = max(largest[stage.name], largest_weight(stage)) or 1.0
                if largest[stage.name] == 0:
                    warnings.append(dead_stage_warning(stage, calibration.examples))
        return Scales(values=values, signed=signed, warnings=tuple(warnings))
