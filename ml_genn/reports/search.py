"""What a search for method and settings found, as plain objects: part of RESULT.json."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

PREFERENCES = ("synops", "steps")
"""What a search makes least: synaptic operations, or timesteps."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRun:
    """One candidate, measured on calibration examples that it was not fitted to."""

    method: str
    setting: str
    """As in "K = 4" or "T = 2"."""
    timesteps: int
    lost: float
    """Fraction of accuracy that it is expected to lose: on examples or on blends of them, where that is more."""
    lost_at_most: float
    """The same with the margin of 95 % confidence."""
    agreement: float
    """Fraction of examples where ANN and SNN choose the same class."""
    spikes: float
    synops: float
    seconds: float
    """Converting, building and measuring."""
    inside: bool
    """Whether `lost_at_most` is within the tolerance."""
    options: dict[str, bool | int | float | str | None] = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """All candidates, in the order in which they were tried."""

    tolerance: float
    """Percentage points of accuracy that may be lost."""
    prefer: str
    fitted: int
    """Calibration examples that thresholds were fitted to."""
    measured: int
    """Other ones that the loss was measured on."""
    chosen: int
    """Position of the choice in `runs`."""
    runs: tuple[SearchRun, ...]

    @property
    def choice(self) -> SearchRun:
        """The candidate that was chosen."""
        return self.runs[self.chosen]

    @property
    def frontier(self) -> tuple[SearchRun, ...]:
        """The candidates of which none other both loses less and takes fewer operations, fewest operations first."""
        ordered = sorted(self.runs, key=lambda run: (run.synops, run.lost_at_most))
        best: list[SearchRun] = []
        for run in ordered:
            if not best or run.lost_at_most < best[-1].lost_at_most:
                best.append(run)
        return tuple(best)

    @property
    def warning(self) -> str | None:
        """What a reader should doubt; None where the tolerance is kept."""
        if self.choice.inside:
            return None
        return (
            f"No candidate is known to lose at most {self.tolerance:g} points: the one chosen loses up to "
            f"{100 * self.choice.lost_at_most:.2f}. Give more calibration examples or a larger tolerance."
        )
