"""Exclusive or of two bits, by delays alone."""

from __future__ import annotations

from typing import final

import numpy as np

from .delay_task import DelayTask
from .parameters import Values

EARLIEST = 2.0  # [ms]


@final
class DelayXor(DelayTask):
    """Of two bits, each has an input for 0 and one for 1, of which one spikes; the label is whether the bits differ.

    No weights of these four inputs tell that: their sums for (0, 0) and (1, 1) together are those for (0, 1) and
    (1, 0). Delays let the spikes of some pairs arrive together, and their voltages add up.
    """

    name = "delay-xor"
    summary = "exclusive or of two bits: only delays are learnt"
    num_inputs = 4
    num_classes = 2

    def draw(self, p: Values, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, int]:
        first, second = (int(bit) for bit in rng.integers(0, 2, 2))
        return np.full(2, EARLIEST), np.array([first, 2 + second]), first ^ second
