"""Frozen dataclasses to plain JSON values and back, driven by the type hints: reader and writer cannot drift.

Knows what results are made of: float, int, str, bool, `X | None`, `tuple[X, ...]`, `tuple[X, Y]`,
`dict[str, X]` and dataclasses of these. Python and numpy scalars are written alike.
"""

from __future__ import annotations

import dataclasses
import math
import numbers
import types
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast, final, get_args, get_origin, get_type_hints

from ..errors import DataError

T = TypeVar("T")


def to_plain(value: object) -> dict[str, Any]:
    """The dataclass instance `value` as dicts, lists and scalars that strict JSON can hold.

    A number that is not finite becomes None where its field is optional.

    Raises:
        DataError: a required number is not finite, or a value does not have the type that its field declares.
    """
    return cast(dict[str, Any], _convert(type(value), value, "", _Writer()))


def from_plain(cls: type[T], data: object) -> T:
    """Build the dataclass `cls` from what `to_plain` returned; keys that `cls` does not know are ignored.

    Raises:
        DataError: a field is missing or has another type; the message gives its path, as in "snn.accuracy".
    """
    return cast(T, _convert(cls, data, "", _Reader()))


class _Direction(ABC):
    """What differs between writing and reading a dataclass or a sequence."""

    @abstractmethod
    def field(self, owner: Any, field: dataclasses.Field[Any], path: str) -> object: ...

    @abstractmethod
    def structure(self, cls: type, values: dict[str, object]) -> object: ...

    @abstractmethod
    def sequence(self, items: list[object]) -> object: ...


@final
class _Writer(_Direction):
    def field(self, owner: Any, field: dataclasses.Field[Any], path: str) -> object:
        return getattr(owner, field.name)

    def structure(self, cls: type, values: dict[str, object]) -> object:
        return values

    def sequence(self, items: list[object]) -> object:
        return items


@final
class _Reader(_Direction):
    def field(self, owner: Any, field: dataclasses.Field[Any], path: str) -> object:
        if not isinstance(owner, Mapping):
            raise DataError(f"{path.rpartition('.')[0] or 'the result'}: expected an object, got {_show(owner)}")
        if field.name in owner:
            return owner[field.name]
        if field.default is not dataclasses.MISSING:
            return field.default
        if field.default_factory is not dataclasses.MISSING:
            return field.default_factory()
        raise DataError(f"{path} is missing")

    def structure(self, cls: type, values: dict[str, object]) -> object:
        return cls(**values)

    def sequence(self, items: list[object]) -> object:
        return tuple(items)


def _convert(hint: Any, value: object, path: str, direction: _Direction) -> object:
    """Dispatch on the kind of type hint; every branch checks that the value is of that kind."""
    if dataclasses.is_dataclass(hint):
        return _convert_structure(cast(type, hint), value, path, direction)
    if get_origin(hint) is types.UnionType:
        return _convert_optional(hint, value, path, direction)
    if get_origin(hint) is tuple:
        return direction.sequence(_convert_items(hint, value, path, direction))
    if get_origin(hint) is dict:
        return _convert_mapping(get_args(hint)[1], value, path, direction)
    return _SCALARS[hint](value, path)


def _convert_structure(cls: type, value: object, path: str, direction: _Direction) -> object:
    hints = get_type_hints(cls)
    values = {}
    for field in dataclasses.fields(cls):
        inner = f"{path}.{field.name}" if path else field.name
        values[field.name] = _convert(hints[field.name], direction.field(value, field, inner), inner, direction)
    return direction.structure(cls, values)


def _convert_optional(hint: Any, value: object, path: str, direction: _Direction) -> object:
    members = [member for member in get_args(hint) if member is not type(None)]
    if value is None or (float in members and isinstance(value, numbers.Real) and not math.isfinite(value)):
        return None
    for member in members[:-1]:  # a union of scalars, as in the options of a method
        try:
            return _convert(member, value, path, direction)
        except DataError:
            continue
    return _convert(members[-1], value, path, direction)


def _convert_items(hint: Any, value: object, path: str, direction: _Direction) -> list[object]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise DataError(f"{path}: expected a list, got {_show(value)}")
    kinds = get_args(hint)
    if kinds[-1] is Ellipsis:
        kinds = kinds[:1] * len(value)
    if len(kinds) != len(value):
        raise DataError(f"{path}: expected {len(kinds)} items, got {len(value)}")
    return [
        _convert(kind, item, f"{path}[{i}]", direction) for i, (kind, item) in enumerate(zip(kinds, value, strict=True))
    ]


def _convert_mapping(kind: Any, value: object, path: str, direction: _Direction) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise DataError(f"{path}: expected an object, got {_show(value)}")
    return {str(key): _convert(kind, item, f"{path}.{key}", direction) for key, item in value.items()}


def _float(value: object, path: str) -> float:
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise DataError(f"{path}: expected a number, got {_show(value)}")
    if not math.isfinite(value):
        raise DataError(f"{path} is {float(value)}; a result holds finite numbers only")
    return float(value)


def _int(value: object, path: str) -> int:
    if not isinstance(value, numbers.Integral) or isinstance(value, bool):
        raise DataError(f"{path}: expected a whole number, got {_show(value)}")
    return int(value)


def _str(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise DataError(f"{path}: expected a text, got {_show(value)}")
    return str(value)


def _bool(value: object, path: str) -> bool:
    if type(value).__name__ not in ("bool", "bool_"):  # numpy's bool is not a subclass of Python's
        raise DataError(f"{path}: expected true or false, got {_show(value)}")
    return bool(value)


_SCALARS: dict[Any, Callable[[object, str], object]] = {float: _float, int: _int, str: _str, bool: _bool}


def _show(value: object) -> str:
    """A short description of a wrong value for a message."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
