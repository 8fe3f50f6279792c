"""Describe spiking networks, compile them and run them on a GeNN engine.

Public names are imported when they are first used, so that `import ml_genn` stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .connection import Connection as Connection
    from .layer import InputLayer as InputLayer
    from .layer import Layer as Layer
    from .network import Network as Network
    from .population import Population as Population
    from .sequential_network import SequentialNetwork as SequentialNetwork

_CLASSES = {
    "Connection": "connection",
    "InputLayer": "layer",
    "Layer": "layer",
    "Network": "network",
    "Population": "population",
    "SequentialNetwork": "sequential_network",
}
_PACKAGES = (
    "callbacks",
    "communicators",
    "compilers",
    "connectivity",
    "initializers",
    "losses",
    "metrics",
    "neurons",
    "optimisers",
    "readouts",
    "serialisers",
    "synapses",
    "utils",
)

__all__ = [*_CLASSES, *_PACKAGES]


def __getattr__(name: str) -> Any:
    if name in _CLASSES:
        return getattr(importlib.import_module(f".{_CLASSES[name]}", __name__), name)
    if name in _PACKAGES:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
