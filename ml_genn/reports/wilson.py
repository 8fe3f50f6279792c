"""Wilson's interval for a fraction."""

from __future__ import annotations

from math import sqrt

from ..errors import DataError

Z_95 = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution."""


def wilson(correct: int, examples: int, z: float = Z_95) -> tuple[float, float]:
    """Wilson score interval of `correct` successes among `examples` trials.

    With p = correct / n: (p + z^2 / 2n ± z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n). It stays inside
    [0, 1] and keeps a sensible width at 0 % and 100 %, where the normal approximation has none.

    Raises:
        DataError: no examples, or more correct than there are examples.
    Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927), 209-212.
    """
    if examples < 1:
        raise DataError(f"an accuracy needs at least one example, got {examples}")
    if not 0 <= correct <= examples:
        raise DataError(f"correct must lie between 0 and examples = {examples}, got {correct}")
    p = correct / examples
    centre = p + z * z / (2 * examples)
    half = z * sqrt(p * (1 - p) / examples + z * z / (4 * examples * examples))
    scale = 1 + z * z / examples
    low = 0.0 if correct == 0 else (centre - half) / scale  # exact at the ends, where rounding could leave [0, 1]
    high = 1.0 if correct == examples else (centre + half) / scale
    return low, high
