"""Keras class name -> function that writes the nodes of one call; filled by the files beside this one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..ir import Node, Weights
from ..keras_graph import Call
from ..problems import Refusal

Translator = Callable[[Call], Sequence[Node]]
"""Gives the nodes of a call, in order; the last one is named `call.name`. Raises Refusal for what it cannot
handle."""

TRANSLATORS: dict[str, Translator] = {}


def translates(*class_names: str) -> Callable[[Translator], Translator]:
    """Registers a translator for Keras layers of these class names."""

    def register(translator: Translator) -> Translator:
        for class_name in class_names:
            if class_name in TRANSLATORS:
                raise ValueError(f"two translators for {class_name}")
            TRANSLATORS[class_name] = translator
        return translator

    return register


def inner(call: Call, role: str) -> str:
    """Name of a node inside a layer that is not the layer's result."""
    return f"{call.name}.{role}"


def weights(variable: Any) -> Weights:
    """A trained Keras variable as float64."""
    return np.asarray(variable, dtype=np.float64)


def weights_or(variable: Any, length: int, value: float) -> Weights:
    """The variable as float64, or a constant vector where the layer has none."""
    return np.full(length, value) if variable is None else weights(variable)


def require(config: Mapping[str, Any], key: str, allowed: Sequence[Any], remedy: str) -> None:
    """Raises Refusal naming the option and its value if `config[key]` is there and none of `allowed`."""
    value = config.get(key)
    value = tuple(value) if isinstance(value, list) else value
    if value is not None and value not in allowed:
        raise Refusal(f"has {key}={value!r}, which is not supported", remedy)
