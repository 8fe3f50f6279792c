"""The engine's groups, by what they were made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar, final

Item = TypeVar("Item")


@final
class Groups(dict[Item, Any], Generic[Item]):
    """Group by population or connection; a layer stands for what belongs to it.

    Args:
        groups: the groups.
        underlying: the population or connection of a layer.
    """

    def __init__(self, groups: Mapping[Item, Any], underlying: Callable[[Any], Item]) -> None:
        super().__init__(groups)
        self._underlying = underlying

    def __missing__(self, key: Any) -> Any:
        item = self._underlying(key)
        if item in self:
            return self[item]
        raise KeyError(key)
