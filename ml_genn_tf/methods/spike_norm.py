"""SpikeNorm: thresholds from the largest input that a neuron receives in one timestep (Sengupta et al. 2019)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from ml_genn.neurons import LeakyIntegrate

from ..calibration import Calibration
from ..stages import Stage, StageGraph
from .input_type import InputType
from .method import Option
from .options import MODERATE, checked_norm_examples
from .rate_code import RateCode
from .scales import Scales, bias_of, dead_stage_warning, largest_values

MEMORYLESS = 1e-3
"""Time constant [ms] that leaves nothing of the step before: exp(-dt / tau_mem) is 0 in double precision."""


@final
class SpikeNormMethod(RateCode):
    """lambda_l = max over calibration examples, neurons i and timesteps t of (sum_j lambda_j w_ij s_j(t - 1) + bias_i).

    Layer after layer, each measured in the spiking network itself with all earlier thresholds set. In units of its
    sender's spikes that is the published rule, theta_l = max of (sum_j w_ij s_j(t)) with theta_l = lambda_l / lambda_j;
    as the sender's lambda travels with its spikes, it holds behind branches too, and biases keep their proportion.
    Max-pooling has the lambda of its source, average pooling is part of the connection.
    Source: A. Sengupta et al., Frontiers in Neuroscience 13 (2019) 95, "Going deeper in spiking neural networks: VGG
    and residual architectures", algorithm 1.

    Args:
        timesteps, input_type: as for every rate code; thresholds are measured over as many timesteps.
        norm_examples: calibration examples to measure on, the first so many; None for all of them. Each layer takes a
            run of all layers before it.
    """

    name = "spike-norm"

    def __init__(
        self,
        *,
        timesteps: int = 128,
        input_type: InputType | str = InputType.POISSON,
        norm_examples: int | None = MODERATE,
    ) -> None:
        super().__init__(timesteps=timesteps, input_type=input_type)
        self.norm_examples = checked_norm_examples(self.name, norm_examples)

    @property
    def options(self) -> Mapping[str, Option]:
        return {**super().options, "norm_examples": self.norm_examples}

    @property
    def needs_calibration(self) -> bool:
        """Always."""
        return True

    def scales(self, stages: StageGraph, calibration: Calibration | None, signed: frozenset[str]) -> Scales:
        if calibration is None:
            raise ValueError("spike-norm was called without calibration data")
        calibration = calibration.first(self.norm_examples)
        largest = largest_values(stages, calibration, signed)
        values: dict[str, float] = {}
        warnings = []
        for stage in stages.stages:
            if stage.kind == "input":
                found = largest[stage.name]
            elif stage.kind == "max_pool":
                found = values[stage.paths[0].source]
            elif stage.kind == "relu":
                found = self._largest_charge(stages, stage, Scales(values=values, signed=signed), calibration)
            else:
                continue
            values[stage.name] = found if found > 0 else 1.0
            if found <= 0:
                warnings.append(dead_stage_warning(stage, calibration.examples))
        return Scales(values=values, signed=signed, warnings=tuple(warnings))

    def _largest_charge(self, stages: StageGraph, stage: Stage, scales: Scales, calibration: Calibration) -> float:
        """The most that a neuron of the stage receives in one timestep, synapses and bias together."""
        from ..trial import first_stages, largest_readout, run_trial

        probe = LeakyIntegrate(tau_mem=MEMORYLESS, bias=bias_of(stage), readout="max_var")
        return largest_readout(run_trial(first_stages(stages, stage.name), self, scales, calibration, probe))
