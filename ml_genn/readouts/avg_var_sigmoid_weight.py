"""Mean of the output variable with weights that fall in the middle of a trial."""

from __future__ import annotations

from typing import final

from .weighted_average import WeightedAverage


@final
class AvgVarSigmoidWeight(WeightedAverage):
    """sum_n V(n) / (1 + exp((t_n / T - 1/2) / 0.2)) / N over all N steps of a trial of length T = N dt, t_n = n dt.

    Args:
        window_start, window_end: begin and end of a window [ms] that takes the place of the trial; None for its own.

    Source: Nowotny, Turner, Knight 2022, "Loss shaping enhances exact gradient learning with EventProp", section 2.
    """

    def weight(self, part: str) -> str:
        return f"(1.0 / (1.0 + exp(({part} - 0.5) / 0.2)))"
