"""Declaration of a class's parameters: user name, GeNN name, unit, bound and transform in one place.

    class LeakyIntegrate(Neuron):
        v = Value("V", state=True)
        tau_mem = Value("Alpha", unit="ms", low=0, low_open=True, to_genn=decay)

Assigning to such an attribute checks the value, so that a wrong one is found where it was given.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any, final

import numpy as np

from .access import VarAccess
from .errors import DescriptionError, UnsupportedError
from .model import Param, Var
from .registry import INITIALIZERS

Transform = Callable[[Any, float], Any]


def decay(tau: Any, dt: float) -> Any:
    """exp(-dt / tau): what is left after one step of an exponential decay with time constant tau [ms]."""
    return np.exp(-dt / np.asarray(tau, np.float64))[()]


@final
class Value:
    """A parameter that is a number, an array of one number per neuron or synapse, or an initializer.

    Args:
        genn_name: name in model code; None where no model code reads it.
        unit: unit of the user's value, as "ms".
        low, high: bounds of the user's value; `low_open` and `high_open` exclude the bound itself.
        to_genn: f(value, dt) -> value in model code; such parameters refuse initializers.
        state: the parameter is the initial value of a variable that model code changes.
        optional: None is a value too.
        constant: only a number will do.
        whole: only a whole number will do; implies `constant`.
        finite: infinity is refused as well as NaN.
        absent: the number that model code has no need of, and does not have.
    """

    def __init__(
        self,
        genn_name: str | None = None,
        *,
        unit: str = "",
        low: float | None = None,
        high: float | None = None,
        low_open: bool = False,
        high_open: bool = False,
        to_genn: Transform | None = None,
        state: bool = False,
        optional: bool = False,
        constant: bool = False,
        whole: bool = False,
        finite: bool = False,
        absent: float | None = None,
    ) -> None:
        self.genn_name = genn_name
        self.unit = unit
        self.low, self.low_open = low, low_open
        self.high, self.high_open = high, high_open
        self.to_genn = to_genn
        self.state = state
        self.optional = optional
        self.constant = constant or whole
        self.whole = whole
        self.finite = finite
        self.absent = absent
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else instance.__dict__[self.name]

    def __set__(self, instance: Any, value: object) -> None:
        instance.__dict__[self.name] = self._checked(f"{type(instance).__name__}.{self.name}", value)

    def genn_value(self, instance: Any, dt: float) -> Any:
        """The value as model code sees it."""
        value = getattr(instance, self.name)
        return value if self.to_genn is None or value is None else self.to_genn(value, dt)

    def in_code(self, instance: Any) -> bool:
        """Whether model code has the parameter."""
        value = getattr(instance, self.name)
        left_out = value is None or (is_number(value) and value == self.absent)
        return self.genn_name is not None and not left_out

    def bound(self) -> str:
        """The bound in words, as "above 0 and at most 1"; empty without one."""
        parts = []
        if self.low is not None:
            parts.append(f"{'above' if self.low_open else 'at least'} {self.low:g}")
        if self.high is not None:
            parts.append(f"{'below' if self.high_open else 'at most'} {self.high:g}")
        return " and ".join(parts)

    def _checked(self, where: str, value: object) -> Any:
        if value is None:
            if self.optional:
                return None
            raise DescriptionError(f"{where} must be {self._expected()}, got None")
        if isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_):
            return self._checked_number(where, value)
        if self.constant or isinstance(value, bool | np.bool_):
            raise DescriptionError(f"{where} must be {self._expected()}, got {value!r}")
        if isinstance(value, np.ndarray | list | tuple):
            return self._checked_array(where, value)
        return self._checked_initializer(where, value)

    def _checked_number(self, where: str, value: numbers.Real) -> float | int:
        number = float(value)
        if self._outside(number) or (self.whole and not number.is_integer()):
            raise DescriptionError(f"{where} must be {self._expected()}, got {value}")
        return int(number) if self.whole else number

    def _checked_array(self, where: str, value: Any) -> np.ndarray:
        try:
            array = np.array(value)
        except ValueError:
            array = np.empty(0, object)
        if array.dtype.kind not in "iuf":
            raise DescriptionError(f"{where}: the array must hold numbers of one type in a regular shape")
        if array.dtype.kind != "f":
            array = array.astype(np.float64)
        bad = np.argwhere(self._outside(array))
        if len(bad):
            place = tuple(int(i) for i in bad[0])
            raise DescriptionError(
                f"{where} must be {self._expected()}, got {array[place]} at index {place} ({len(bad)} such values)"
            )
        return array

    def _checked_initializer(self, where: str, value: object) -> Any:
        if not isinstance(value, str | INITIALIZERS.base):
            raise DescriptionError(f"{where} must be {self._expected()}, got {value!r}")
        if self.to_genn is not None:
            raise UnsupportedError(
                f"{where} has a transformation and cannot be initialised using an initializer; give a number or array"
            )
        return INITIALIZERS.resolve(value)

    def _outside(self, value: Any) -> Any:
        wrong = ~np.isfinite(value) if self.finite else np.isnan(value)
        if self.low is not None:
            wrong = wrong | (value <= self.low if self.low_open else value < self.low)
        if self.high is not None:
            wrong = wrong | (value >= self.high if self.high_open else value > self.high)
        return wrong

    def _expected(self) -> str:
        number = "a whole number" if self.whole else "a finite number" if self.finite else "a number"
        kind = number if self.constant else f"{number}, an array of numbers or an initializer"
        text = f"{kind} {self.bound()}".rstrip() + (f" {self.unit}" if self.unit else "")
        return f"{text}, or None" if self.optional else text


@final
class Switch:
    """A parameter that is True or False."""

    def __init__(self) -> None:
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else instance.__dict__[self.name]

    def __set__(self, instance: Any, value: object) -> None:
        if not isinstance(value, bool | np.bool_):
            raise DescriptionError(f"{type(instance).__name__}.{self.name} must be True or False, got {value!r}")
        instance.__dict__[self.name] = bool(value)


@final
class Choice:
    """A parameter that is one of a few words, or None where that is among them."""

    def __init__(self, *words: str | None) -> None:
        self.words = words
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else instance.__dict__[self.name]

    def __set__(self, instance: Any, value: object) -> None:
        if value not in self.words:
            words = ", ".join(map(repr, self.words))
            raise DescriptionError(f"{type(instance).__name__}.{self.name} must be one of {words}, got {value!r}")
        instance.__dict__[self.name] = value


def declared_values(cls: type) -> list[Value]:
    """The Value declarations of a class, those of its bases first."""
    found: dict[str, Value] = {}
    for base in reversed(cls.__mro__):
        found |= {name: item for name, item in vars(base).items() if isinstance(item, Value)}
    return list(found.values())


def genn_members(instance: Any, dt: float) -> tuple[tuple[Param, ...], tuple[Var, ...]]:
    """Parameters and variables of model code from an object's declared values.

    A number is a parameter; an array or initializer becomes a read-only variable; state becomes a variable that code
    may change. Values that are None, absent or without a GeNN name are left out.
    """
    params: list[Param] = []
    variables: list[Var] = []
    for declaration in declared_values(type(instance)):
        if declaration.genn_name is None or not declaration.in_code(instance):
            continue
        value = declaration.genn_value(instance, dt)
        if declaration.state:
            variables.append(Var(declaration.genn_name, value))
        elif isinstance(value, numbers.Real):
            params.append(Param(declaration.genn_name, float(value)))
        else:
            variables.append(Var(declaration.genn_name, value, access=VarAccess.READ_ONLY))
    return tuple(params), tuple(variables)


def genn_var_name(instance: object, attribute: str) -> str:
    """The GeNN variable that holds the parameter called `attribute`, as "V" for "v".

    Raises:
        DescriptionError: there is no such parameter, or the GeNN value is a transform of it.
    """
    declaration = getattr(type(instance), attribute, None)
    if not isinstance(declaration, Value) or declaration.genn_name is None:
        known = ", ".join(value.name for value in declared_values(type(instance)))
        raise DescriptionError(f"{type(instance).__name__} has no variable {attribute!r}; it has {known}")
    if declaration.to_genn is not None:
        raise DescriptionError(
            f"{type(instance).__name__}.{attribute}: no GeNN variable holds it directly; "
            f"{declaration.genn_name!r} is a transform of it"
        )
    return declaration.genn_name


def is_number(value: object) -> bool:
    """Whether a checked value is one number, neither array nor initializer."""
    return isinstance(value, numbers.Real)


def is_whole(value: object) -> bool:
    """Whether something is a whole number of a type for such numbers, and no truth value."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def is_initializer(value: object) -> bool:
    """Whether a checked value is drawn at random by the engine."""
    return not is_number(value) and not isinstance(value, np.ndarray)
