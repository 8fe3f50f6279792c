"""What Adam and AdamW share: running averages of gradients and of their squares."""

from __future__ import annotations

from ..values import Value
from .optimiser import Optimiser

MOMENTS = "M += Share1 * (Gradient - M);\nV += Share2 * ((Gradient * Gradient) - V);"
"""M and V as averages with shares 1 - beta1 and 1 - beta2, in a form that single precision does not bias."""

STEP = "(Scale1 * M) / (sqrt(Scale2 * V) + Epsilon)"
"""The direction to go: the mean gradient in units of its size. Scale1 and Scale2 correct for the start at zero."""


class MomentOptimiser(Optimiser):
    """M <- beta1 M + (1 - beta1) g, V <- beta2 V + (1 - beta2) g^2: means of the gradient g and of its square."""

    state = ("M", "V")
    alpha = Value(constant=True, finite=True, low=0)
    beta1 = Value(constant=True, low=0, high=1, high_open=True)
    beta2 = Value(constant=True, low=0, high=1, high_open=True)
    epsilon = Value(constant=True, finite=True, low=0, low_open=True)

    def __init__(self, alpha: float, beta1: float, beta2: float, epsilon: float) -> None:
        self.alpha = alpha
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon

    def params(self, step: int) -> dict[str, float]:
        return {
            "Alpha": self.alpha,
            "Share1": 1.0 - self.beta1,
            "Share2": 1.0 - self.beta2,
            "Scale1": 1.0 / (1.0 - self.beta1 ** (step + 1)),
            "Scale2": 1.0 / (1.0 - self.beta2 ** (step + 1)),
            "Epsilon": self.epsilon,
        }
