"""Adam."""

from __future__ import annotations

from typing import final

from .moments import MOMENTS, STEP, MomentOptimiser


@final
class Adam(MomentOptimiser):
    """x <- x - alpha M' / (sqrt(V') + epsilon) with M' = M / (1 - beta1^(s+1)), V' = V / (1 - beta2^(s+1)) in batch s.

    M and V are running averages of the gradient g and of its square: M <- beta1 M + (1 - beta1) g,
    V <- beta2 V + (1 - beta2) g^2.

    Args:
        alpha: learning rate.
        beta1: what is left of M after a batch.
        beta2: what is left of V after a batch.
        epsilon: keeps the step finite where gradients vanish.

    Source: Kingma, Ba 2015, "Adam: a method for stochastic optimization", algorithm 1.
    """

    update_code = f"{MOMENTS}\nVariable -= Alpha * {STEP};"

    def __init__(self, alpha: float = 0.001, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8) -> None:
        super().__init__(alpha, beta1, beta2, epsilon)
