"""The ladder `ML_GENN_DEBUG`: 1 cache hits, 2 timings, 3 lowered trees, 4 generated C."""

from __future__ import annotations

import os
import sys

CACHE, TIMINGS, TREES, SOURCE = 1, 2, 3, 4


def level() -> int:
    """The level asked for; 0 is silence."""
    text = os.environ.get("ML_GENN_DEBUG", "0").strip()
    return int(text) if text.isdigit() else 0


def say(at: int, message: str) -> None:
    """Prints `message` on stderr if the level asked for is at least `at`."""
    if level() >= at:
        print(f"ml_genn: {message}", file=sys.stderr)
