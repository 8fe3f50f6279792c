"""Finds NaN and infinite weights: training that diverged, or a damaged file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..problems import Problem

REMEDY = "train again or load an earlier checkpoint"


def nonfinite_weights(model: Any) -> list[Problem]:
    """One problem for each weight that holds NaN or infinity, naming its layer and itself."""
    return [
        Problem(layer.name, type(layer).__name__, reason, REMEDY)
        for layer in _innermost_layers(model)
        for reason in _faults(layer)
    ]


def _innermost_layers(layer: Any) -> Iterator[Any]:
    inside = getattr(layer, "layers", None)
    if not inside:
        yield layer
        return
    for part in inside:
        yield from _innermost_layers(part)


def _faults(layer: Any) -> Iterator[str]:
    for variable in layer.weights:
        values = np.asarray(variable)
        if np.issubdtype(values.dtype, np.number) and not np.isfinite(values).all():
            count = int((~np.isfinite(values)).sum())
            yield f"has {count} NaN or infinite values of {values.size} in its weight {variable.name}"
