"""What tests that start programs share."""

from __future__ import annotations

import os


def uncounted() -> dict[str, str]:
    """The environment of a program that has to end at once: to write down which lines ran takes a second."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
