"""What a comparison of methods says, in sentences; page and terminal say the same."""

from __future__ import annotations

from . import words
from .methods import MethodComparison, MethodRun, Refused, cheapest_within

TOLERANCES = (0.5, 1.0, 2.0)
"""Points below the ANN for which the cheapest run is named."""

OPERATIONS = (
    "Operations per example: one accumulation for each spike at each existing target, one multiply-accumulation for "
    "each input value that is sent as it is, at each target. The energy is an estimate from these counts."
)


def conclusions(comparison: MethodComparison) -> tuple[str, ...]:
    """The run that agrees most, and the cheapest ones near the ANN's accuracy."""
    nearest = max(comparison.runs, key=lambda run: (run.agreement, -run.cost.operations))
    found = [
        f"Nearest to the ANN: {name(nearest)}, the same class for {words.percent(nearest.agreement)} of the examples."
    ]
    told: MethodRun | None = None
    for points in TOLERANCES:
        run = cheapest_within(comparison.runs, comparison.ann, points)
        if run is not None and run is not told:
            share = words.significant(run.cost.operations / comparison.ann_macs)
            found.append(
                f"Fewest operations within {points:g} {'point' if points == 1 else 'points'}: {name(run)}, "
                f"{words.percent(run.snn.accuracy)}, {words.compact(run.cost.operations)} operations "
                f"({share} times the ANN's)."
            )
            told = run
    return tuple(found)


def name(run: MethodRun) -> str:
    """As in "few-spike, K = 4"."""
    setting = run.setting.replace(" ", "\u00a0")
    return f"{run.method.name}, {setting}"


def refusal(refused: Refused) -> str:
    """Which method is missing, and why."""
    return f"{refused.method} is left out: {refused.reason}"
