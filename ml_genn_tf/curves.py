"""Activation functions other than ReLU, by name: f(x, alpha) on arrays of float32 or float64.

`alpha` is the parameter of those that have one: ELU's slope, the threshold below which a thresholded ReLU is zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import erf

import numpy as np

from .ir import Array

Curve = Callable[[Array, float], Array]

_ERF = np.vectorize(erf, otypes=[np.float64])


def sigmoid(x: Array, alpha: float = 1.0) -> Array:
    """1 / (1 + exp(-x)), from the half of it that cannot overflow."""
    small = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1, small) / (1 + small))


def _gelu(x: Array, alpha: float) -> Array:
    return np.asarray(0.5 * x * (1 + _ERF(x / np.sqrt(2.0)).astype(x.dtype)))


def _gelu_tanh(x: Array, alpha: float) -> Array:
    return np.asarray(0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))))


CURVES: Mapping[str, Curve] = {
    "sigmoid": sigmoid,
    "tanh": lambda x, alpha: np.tanh(x),
    "hard_sigmoid": lambda x, alpha: np.clip(x / 6 + 0.5, 0, 1),
    "silu": lambda x, alpha: x * sigmoid(x),
    "gelu": _gelu,
    "gelu_tanh": _gelu_tanh,
    "elu": lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
    "softplus": lambda x, alpha: np.logaddexp(x, 0),
    "thresholded_relu": lambda x, alpha: np.where(x >= alpha, x, 0),
}


def evaluate_curve(name: str, alpha: float, x: Array) -> Array:
    """f(x) in the dtype of x."""
    return np.asarray(CURVES[name](x, alpha), x.dtype)
