"""Rules found by the classes they were registered for: how EventProp's compiler knows what it can differentiate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar, final

from ...errors import UnsupportedError

Rule = TypeVar("Rule", bound=Callable[..., Any])


@final
class Rules(Generic[Rule]):
    """A function for each class, or for each combination of classes, that has one.

    Args:
        what: what the rules are about, as in "neurons".
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._rules: dict[tuple[type, ...], Rule] = {}

    def add(self, *classes: type) -> Callable[[Rule], Rule]:
        """A decorator that registers a function for a combination of classes."""

        def register(rule: Rule) -> Rule:
            self._rules[classes] = rule
            return rule

        return register

    def __iter__(self) -> Iterator[tuple[type, ...]]:
        """The combinations of classes that have a rule."""
        return iter(self._rules)

    def __getitem__(self, classes: tuple[type, ...]) -> Rule:
        """The rule that was registered for just these classes."""
        return self._rules[classes]

    def find(self, owner: object, *items: object) -> Rule:
        """The rule for objects of these classes or of classes derived from them; of several the closest.

        Args:
            owner: whose objects they are, for the message.

        Raises:
            UnsupportedError: there is none; the message lists those that there are.
        """
        fitting = [
            classes
            for classes in self._rules
            if all(isinstance(item, cls) for item, cls in zip(items, classes, strict=True))
        ]
        if fitting:
            return self._rules[min(fitting, key=lambda classes: _distance(items, classes))]
        given = " with ".join(type(item).__name__ for item in items)
        raise UnsupportedError(f"{owner}: EventProp cannot train {self._what} {given}; it can {self._known()}")

    def _known(self) -> str:
        """The combinations that have a rule, those of one first class together: "A; B with C, D"."""
        by_first: dict[str, list[str]] = {}
        for first, *others in self._rules:
            by_first.setdefault(first.__name__, []).extend(cls.__name__ for cls in others)
        if not any(by_first.values()):
            return ", ".join(by_first)
        return "; ".join(f"{first} with {', '.join(sorted(others))}" for first, others in sorted(by_first.items()))


def _distance(items: tuple[object, ...], classes: tuple[type, ...]) -> list[int]:
    """How far up the class of each item finds the class of a rule."""
    return [type(item).__mro__.index(cls) for item, cls in zip(items, classes, strict=True)]
