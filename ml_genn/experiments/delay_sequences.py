"""In which order inputs spike, by delays alone."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations
from typing import ClassVar, final

import numpy as np

from .delay_task import DelayTask
from .parameters import Parameter, Values

EARLIEST = 2.0  # [ms]
ORDERS = tuple(permutations(range(3)))


@final
class DelaySequences(DelayTask):
    """Three inputs spike once each, in one of six orders, which is the label.

    All examples have the same spikes but for their times. Delays that undo an order let its spikes arrive together.
    """

    name = "delay-sequences"
    summary = "which of six orders three inputs spike in: only delays are learnt"
    num_inputs = 3
    num_classes = len(ORDERS)
    parameters: ClassVar[Mapping[str, Parameter]] = {
        **DelayTask.parameters,
        "interval_ms": Parameter(8.0, "time between two spikes", "ms", low=0.0),
    }

    def draw(self, p: Values, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, int]:
        label = int(rng.integers(len(ORDERS)))
        return EARLIEST + p.interval_ms * np.array(ORDERS[label]), np.arange(3), label
