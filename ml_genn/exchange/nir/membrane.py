"""Thresholds and resets: NIR fires above a threshold, we at it; NIR sets the membrane, we may also subtract."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...values import is_initializer
from .order import Order
from .problems import Refusal

SUBTRACT = "subtract"


def numbers(neuron: Any, name: str, order: Order) -> np.ndarray:
    """A parameter of our neurons in NIR's order and shape, in double precision.

    Raises:
        Refusal: it is drawn at random.
    """
    value = getattr(neuron, name)
    if is_initializer(value):
        raise Refusal(f"its {name} is drawn at random when the network is compiled", "give a number or an array")
    return order.to_nir(np.asarray(value, np.float64))


def threshold_to_nir(level: np.ndarray) -> np.ndarray:
    """The largest single-precision number below: v > threshold then says what V >= level says."""
    return np.nextafter(level.astype(np.float32), np.float32(-np.inf))


def threshold_from_nir(threshold: Any) -> np.ndarray:
    """The smallest single-precision number above."""
    exact = np.asarray(threshold, np.float64)
    single = exact.astype(np.float32)
    return np.where(single > exact, single, np.nextafter(single, np.float32(np.inf)))


def reset_note(relative: bool, *, soft_reset: bool) -> dict[str, str]:
    """The metadata of a neuron that subtracts when it fires; none for one that does not.

    Raises:
        Refusal: it subtracts, and `soft_reset` does not allow to say so in metadata.
    """
    if relative and not soft_reset:
        raise Refusal(
            "it subtracts from its membrane when it fires, and NIR's neurons only set theirs",
            "use relative_reset=False; or allow soft_reset, which says so in metadata that many readers ignore",
        )
    return {"reset": SUBTRACT} if relative else {}


def subtracts(node: Any) -> bool:
    """Whether the metadata say that a spike subtracts v_threshold - v_reset."""
    return isinstance(node.metadata, dict) and node.metadata.get("reset") == SUBTRACT


def refuse_start(neuron: Any, order: Order) -> None:
    """Raise a Refusal where a leaky membrane does not start at 0."""
    if numbers(neuron, "v", order).any():
        raise Refusal(
            "its membrane starts at v other than 0, and NIR has no initial values", "use v=0, or neurons without leak"
        )
