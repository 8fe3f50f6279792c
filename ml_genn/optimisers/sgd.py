"""Stochastic gradient descent."""

from __future__ import annotations

from typing import final

from ..values import Switch, Value
from .optimiser import Optimiser


@final
class SGD(Optimiser):
    """v <- momentum v - alpha g; x <- x + v, or with `nesterov` x <- x + momentum v - alpha g, with the new v.

    Args:
        alpha: learning rate.
        momentum: part of the last change v that is made again.
        nesterov: look ahead along v, as Nesterov's method does.

    Source: Sutskever, Martens, Dahl, Hinton 2013, "On the importance of initialization and momentum in deep learning".
    """

    state = ("Velocity",)
    alpha = Value(constant=True, finite=True, low=0)
    momentum = Value(constant=True, low=0, high=1, high_open=True)
    nesterov = Switch()

    def __init__(self, alpha: float = 0.01, momentum: float = 0.0, nesterov: bool = False) -> None:
        self.alpha = alpha
        self.momentum = momentum
        self.nesterov = nesterov

    @property
    def update_code(self) -> str:
        change = "(Momentum * Velocity) - (Alpha * Gradient)"
        return f"Velocity = {change};\nVariable += {change if self.nesterov else 'Velocity'};"

    def params(self, step: int) -> dict[str, float]:
        return {"Alpha": self.alpha, "Momentum": self.momentum}
