"""What a source hands over before the common checks: two arrays as the file holds them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

from numpy.typing import NDArray


@final
@dataclass(frozen=True, kw_only=True)
class RawData:
    """Unchecked arrays, and what their source knows about them."""

    x: NDArray[Any]
    y: NDArray[Any]
    name: str
    split: str
    scale: Fraction = Fraction(1)
    """Multiplies x unless the user gives another one."""
    images: bool = False
    """Images of a known kind take the channel axis that the model expects; other arrays are used as they are."""
