"""Options that several methods check alike."""

from __future__ import annotations

from ml_genn.errors import UsageError
from ml_genn.values import is_number, is_whole

MODERATE = 256
"""Calibration examples for methods that run the network on them."""


def checked_norm_examples(method: str, examples: int | None) -> int | None:
    """The number of calibration examples to run networks on.

    Raises UsageError for anything but a whole number from 1 on, or None.
    """
    if examples is not None and (not is_whole(examples) or examples < 1):
        raise UsageError(
            f"{method} needs at least 1 example to measure on, a whole number of norm_examples, got {examples!r}"
        )
    return examples


def check_range(method: str, option: str, value: float, low: float, high: float) -> None:
    """Raises UsageError for anything but a number from `low` to `high`."""
    if not is_number(value) or not low <= value <= high:
        raise UsageError(f"{method} needs {option} from {low:g} to {high:g}, got {value!r}")


def check_switches(method: str, **options: bool) -> None:
    """Raises UsageError for anything but True and False."""
    for option, value in options.items():
        if value not in (True, False):
            raise UsageError(f"{method} needs {option} to be True or False, got {value!r}")
