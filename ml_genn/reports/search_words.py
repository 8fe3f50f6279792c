"""What a search for method and settings says, in words; page and terminal say the same."""

from __future__ import annotations

from . import words
from .search import Search, SearchRun

COST = {"synops": "synaptic operations", "steps": "timesteps"}

TITLES = ("Points lost", "At most", "Agreement", "Synaptic operations", "Timesteps", "Time")

EXPLANATION = (
    "Points lost: accuracy that the answers which change are expected to cost, by the trained model's own "
    "probabilities, on calibration examples that thresholds were not fitted to, or on blends of these where that is "
    "more. At most: with the margin of 95 % confidence; this is what has to be within the tolerance."
)


def name(run: SearchRun) -> str:
    """As in "few-spike, K = 4"."""
    setting = run.setting.replace(" ", "\u00a0")
    return f"{run.method}, {setting}"


def numbers(run: SearchRun) -> tuple[str, ...]:
    """What stands under TITLES."""
    return (
        f"{100 * run.lost:.2f}",
        f"{100 * run.lost_at_most:.2f}",
        words.percent(run.agreement),
        words.compact(run.synops),
        str(run.timesteps),
        words.seconds(run.seconds),
    )


def sentence(search: Search) -> str:
    """What was chosen, from what, and on which examples."""
    found = f"Chosen of {words.plural(len(search.runs), 'candidate')}: {name(search.choice)}"
    if search.choice.inside:
        found += f", with the fewest {COST[search.prefer]} of those that lose at most {search.tolerance:g} points"
    else:
        found += f", which loses least; none is known to lose at most {search.tolerance:g} points"
    return (
        f"{found}. Fitted to {words.plural(search.fitted, 'calibration example')}, measured on "
        f"{search.measured:,} others; evaluation data had no part in it."
    )
