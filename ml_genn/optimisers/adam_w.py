"""Adam with weight decay."""

from __future__ import annotations

from typing import final

from ..values import Value
from .moments import MOMENTS, STEP, MomentOptimiser


@final
class AdamW(MomentOptimiser):
    """Adam, and in each batch x <- x - alpha weight_decay x first: a decay that the size of gradients does not change.

    Args:
        alpha, beta1, beta2, epsilon: as for Adam.
        weight_decay: part of the variable that is taken away, times alpha.

    Source: Loshchilov, Hutter 2019, "Decoupled weight decay regularization", algorithm 2.
    """

    weight_decay = Value(constant=True, finite=True, low=0)
    update_code = f"{MOMENTS}\nVariable -= Decay * Variable;\nVariable -= Alpha * {STEP};"

    def __init__(
        self,
        alpha: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.004,
    ) -> None:
        super().__init__(alpha, beta1, beta2, epsilon)
        self.weight_decay = weight_decay

    def params(self, step: int) -> dict[str, float]:
        return {**super().params(step), "Decay": self.alpha * self.weight_decay}
