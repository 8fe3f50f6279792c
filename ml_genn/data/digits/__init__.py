"""The 8 x 8 digits that ship with the package; PROVENANCE.md beside this file has their source and licence."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from ..arrays import RawData

FILE = Path(__file__).with_name("optical_digits.npz")


def read_digits(split: str) -> RawData:
    """1,437 training or 360 test images, (8, 8) with values 0 to 16 in steps of 1, scaled to 0 to 1."""
    with np.load(FILE, allow_pickle=False) as archive:
        chosen = archive["test"] == (split == "test")
        x, y = archive["x"][chosen], archive["y"][chosen]
    return RawData(x=x, y=y, name="digits", split=split, scale=Fraction(1, 16), images=True)
