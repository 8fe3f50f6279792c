"""Weights and biases as arrays, whichever way they were given."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...values import is_initializer
from .problems import Refusal


def weight_array(connectivity: Any, shape: tuple[int, ...]) -> np.ndarray:
    """The weights in our shape; an array keeps its type.

    Raises:
        Refusal: they are drawn at random.
    """
    if is_initializer(connectivity.weight):
        raise Refusal("its weights are drawn at random when the network is compiled", "give them as an array")
    if isinstance(connectivity.weight, np.ndarray):
        return connectivity.weight.reshape(shape)
    return np.full(shape, connectivity.weight, np.float32)


def common_delay(connectivity: Any) -> int:
    """The delay of all synapses in timesteps.

    Raises:
        Refusal: they have different ones, or no whole number of steps.
    """
    if is_initializer(connectivity.delay):
        raise Refusal("its delays are drawn at random when the network is compiled", "give one number")
    values = np.asarray(connectivity.delay, np.float64)
    if values.size == 0 or (values != values.flat[0]).any():
        raise Refusal("its synapses have different delays, and NIR delays neurons", "give one number")
    if not float(values.flat[0]).is_integer():
        raise Refusal(f"its delay of {values.flat[0]:g} timesteps is no whole number", "give a whole number")
    return int(values.flat[0])


def bias_of(node: Any) -> np.ndarray | None:
    """The bias of a node that has one; None for no bias."""
    bias = getattr(node, "bias", None)
    return None if bias is None or not np.any(bias) else np.asarray(bias)
