"""Parameters of classes, by the import path of earlier versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..initializers import Initializer
from ..values import Transform, Value
from ..values import genn_var_name as get_genn_var_name
from ..values import is_number as is_value_constant

__all__ = [
    "InitValue",
    "Value",
    "ValueDescriptor",
    "get_genn_var_name",
    "is_value_array",
    "is_value_constant",
    "is_value_initializer",
]

InitValue = float | Sequence[float] | np.ndarray | Initializer | str
"""What parameters of neurons, synapses and connectivity take."""


def ValueDescriptor(genn_name: str | None = None, genn_transform: Transform | None = None) -> Any:
    """A parameter that is a number, an array or an initializer; `Value` says what more a parameter can be.

    Args:
        genn_name: name in model code.
        genn_transform: f(value, dt) -> value in model code; such parameters refuse initializers.
    """
    return Value(genn_name, to_genn=genn_transform)


def is_value_array(value: object) -> bool:
    """Whether a value is one number per neuron or synapse."""
    return isinstance(value, Sequence | np.ndarray) and not isinstance(value, str)


def is_value_initializer(value: object) -> bool:
    """Whether a value is drawn at random by the engine."""
    return isinstance(value, Initializer)
