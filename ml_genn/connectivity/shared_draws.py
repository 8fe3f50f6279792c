"""Random weights that several synapses share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np


@final
@dataclass(frozen=True, eq=False)
class SharedDraws:
    """Weights made from fewer random numbers than there are synapses, as those of a kernel or of pooled inputs.

    An engine draws one number per synapse; these are drawn when a network is compiled.

    Args:
        initializer: how the numbers are distributed.
        count: how many there are.
        spread: turns an array of them into the weights of a ConnectivitySnippet.
    """

    initializer: Any
    count: int
    spread: Callable[[np.ndarray], np.ndarray]

    def draw(self, generator: np.random.Generator) -> np.ndarray:
        """The weights.

        Raises:
            UnsupportedError: only the engine can draw from the initializer.
        """
        return self.spread(self.initializer.sample(generator, self.count))
