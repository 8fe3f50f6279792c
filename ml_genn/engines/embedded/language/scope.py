"""Names that a code string can use: those the model offers, and the variables it declares itself, block by block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import final

from ml_genn.engines.embedded.language.functions import Overloads
from ml_genn.engines.embedded.language.tree import Function, Symbol
from ml_genn.engines.embedded.language.types import NumericType
from ml_genn.errors import DescriptionError


@final
class Scope:
    """What the model offers to one code string: variables, parameters and built-in values, and actions.

    An action may come in several overloads. A name given twice raises `DescriptionError`.
    """

    def __init__(self, symbols: Iterable[Symbol], actions: Iterable[Function] = ()) -> None:
        self.symbols: dict[str, Symbol] = {}
        self.actions: dict[str, Overloads] = {}
        for symbol in symbols:
            if symbol.name in self.symbols:
                raise DescriptionError(
                    f"the name '{symbol.name}' is given twice; every name in a model must be its own"
                )
            self.symbols[symbol.name] = symbol
        for action in actions:
            self.actions[action.name] = (*self.actions.get(action.name, ()), action)


@final
@dataclass
class Local:
    """A declared variable: its name in the code, its unique name in the tree, and whether it may be assigned."""

    name: str
    unique: str
    type: NumericType
    constant: bool
    ready: bool = False  # False while its own initial value is checked


@final
class Locals:
    """Declared variables of a program, innermost block last."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.shown: dict[str, str] = {}  # unique name -> name in the code
        self._blocks: list[dict[str, Local]] = []
        self._taken = set(taken)

    @contextmanager
    def block(self) -> Iterator[None]:
        """A block whose variables end with it."""
        self._blocks.append({})
        yield
        self._blocks.pop()

    def declare(self, name: str, type_: NumericType, constant: bool) -> Local | None:
        """A new variable of the innermost block, or None if it has one of this name."""
        if name in self._blocks[-1]:
            return None
        local = Local(name, self._unique(name), type_, constant)
        self._blocks[-1][name] = local
        return local

    def hidden(self, name: str) -> str:
        """The unique name of a variable that the code itself cannot use."""
        return self._unique(name)

    def find(self, name: str) -> Local | None:
        """The innermost variable of this name."""
        return next((block[name] for block in reversed(self._blocks) if name in block), None)

    def names(self) -> Iterator[str]:
        """All names in sight."""
        for block in self._blocks:
            yield from block

    def _unique(self, name: str) -> str:
        unique, count = name, 1
        while unique in self._taken:
            count += 1
            unique = f"{name}_{count}"
        self._taken.add(unique)
        self.shown[unique] = name
        return unique
