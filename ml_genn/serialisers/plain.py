"""Objects of the vocabulary as registered names and numbers, and back.

An object is {"name": registered name, "arguments": {constructor argument: value}}; the value of an argument is the
attribute of the same name. Values are what JSON holds, and {"number": "inf"}, {"array": key of a stored array} or
{"object": ..., "family": ...} for a readout or initializer.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from typing import Any, final

import numpy as np

from ..errors import DescriptionError, ModelFileError
from ..registry import INITIALIZERS, READOUTS, Registry

FAMILIES = {registry.family: registry for registry in (INITIALIZERS, READOUTS)}


@final
class Writer:
    """Turns objects into plain data and collects their arrays.

    Attributes:
        arrays: the arrays by key.
    """

    def __init__(self) -> None:
        self.arrays: dict[str, np.ndarray] = {}

    def describe(self, obj: Any, registry: Registry, leave_out: frozenset[str] = frozenset()) -> dict[str, Any]:
        """Plain data of an object.

        Raises:
            DescriptionError: its class is not registered, or holds a value that cannot be saved.
        """
        parameters = inspect.signature(type(obj)).parameters.values()
        names = [item.name for item in parameters if item.kind != item.VAR_KEYWORD and item.name not in leave_out]
        arguments = {name: self.value(f"{type(obj).__name__}.{name}", getattr(obj, name)) for name in names}
        return {"name": registry.name_of(obj), "arguments": arguments}

    def value(self, where: str, value: Any) -> Any:
        """Plain data of a value."""
        if value is None or isinstance(value, bool | int | str):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else {"number": repr(value)}
        if isinstance(value, np.ndarray):
            key = f"{len(self.arrays):05d}"
            self.arrays[key] = value
            return {"array": key}
        if isinstance(value, tuple | list):
            return [self.value(where, item) for item in value]
        if isinstance(value, Mapping):
            return {"mapping": {str(name): self.value(where, item) for name, item in value.items()}}
        return self._object(where, value)

    def _object(self, where: str, value: Any) -> Any:
        for family, registry in FAMILIES.items():
            if isinstance(value, registry.base):
                return {"object": self.describe(value, registry), "family": family}
        raise DescriptionError(f"{where}: a {type(value).__name__} object cannot be saved")


@final
class Reader:
    """Turns plain data into objects.

    Args:
        arrays: the arrays by key.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._arrays = arrays

    def create(self, plain: Mapping[str, Any], registry: Registry) -> Any:
        """The object that plain data describe."""
        return registry.class_of(plain["name"])(**self.arguments(plain))

    def arguments(self, plain: Mapping[str, Any]) -> dict[str, Any]:
        """The constructor arguments that plain data hold."""
        return {name: self.value(item) for name, item in plain["arguments"].items()}

    def value(self, plain: Any) -> Any:
        """The value that plain data describe."""
        if isinstance(plain, list):
            return [self.value(item) for item in plain]
        if not isinstance(plain, Mapping):
            return plain
        for kind, read in _READERS.items():
            if kind in plain:
                return read(self, plain)
        raise ModelFileError(f"unknown kind of value {', '.join(plain)}")

    def array(self, plain: Mapping[str, Any]) -> np.ndarray:
        """A stored array."""
        return self._arrays[plain["array"]]

    def mapping(self, plain: Mapping[str, Any]) -> dict[str, Any]:
        """A dictionary."""
        return {name: self.value(item) for name, item in plain["mapping"].items()}

    def object(self, plain: Mapping[str, Any]) -> Any:
        """A readout or an initializer."""
        return self.create(plain["object"], FAMILIES[plain["family"]])


_READERS = {
    "number": lambda reader, plain: float(plain["number"]),
    "array": Reader.array,
    "mapping": Reader.mapping,
    "object": Reader.object,
}
