"""What a model declares - parameters, variables, references, extra global parameters - and reading it.

PyGeNN's users write them as names or tuples: `"C"`, `("num", "int")`, `("V", "scalar", VarAccess.READ_WRITE)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from typing import ParamSpec, TypeVar, final

from ml_genn.access import CustomUpdateVarAccess, VarAccess, VarAccessMode
from ml_genn.engines.embedded.language import RESERVED_WORDS
from ml_genn.engines.embedded.language.errors import nearest
from ml_genn.errors import DescriptionError

Access = TypeVar("Access", VarAccess, CustomUpdateVarAccess, VarAccessMode)
Call = ParamSpec("Call")
Result = TypeVar("Result")

Values = Mapping[str, float]
"""Parameter values by name."""

DerivedFunction = Callable[[Values, float], float]
"""Parameter values and dt to the value of a derived parameter."""

Declared = Iterable[str | Sequence[object]] | None
"""What a user may pass for any list of declarations."""


@final
@dataclass(frozen=True)
class Param:
    """A number given once for a whole group."""

    name: str
    type: str = "scalar"


@final
@dataclass(frozen=True)
class DerivedParam:
    """A number computed from the parameters and dt when the model is built."""

    name: str
    function: DerivedFunction
    type: str = "scalar"


@final
@dataclass(frozen=True)
class Var:
    """State; its access says who may write it and which dimensions it has."""

    name: str
    type: str
    access: VarAccess = VarAccess.READ_WRITE


@final
@dataclass(frozen=True)
class CustomUpdateVar:
    """State of a custom update."""

    name: str
    type: str
    access: CustomUpdateVarAccess = CustomUpdateVarAccess.READ_WRITE


@final
@dataclass(frozen=True)
class VarRef:
    """A name for a variable of another group."""

    name: str
    type: str
    access: VarAccessMode = VarAccessMode.READ_WRITE


@final
@dataclass(frozen=True)
class ExtraGlobalParam:
    """An array of any length, shared by all elements; the type is that of the pointer to it."""

    name: str
    type: str


@final
@dataclass(frozen=True)
class InputVar:
    """An input besides Isyn and the value it has before anything is added."""

    name: str
    type: str
    initial: float


def read_params(model: str, given: Declared) -> tuple[Param, ...]:
    """`"C"` or `("num", "int")`."""
    return tuple(Param(*_texts(model, "params", item, 1, 2)) for item in _items(given))


def read_derived(model: str, given: Declared) -> tuple[DerivedParam, ...]:
    """`("ExpTC", lambda pars, dt: ...)`, optionally with a type."""
    found = []
    for item in _items(given):
        if isinstance(item, str) or not 2 <= len(item) <= 3 or not callable(item[1]):
            raise _bad(model, "derived_params", item, "(name, function of parameters and dt) or (name, function, type)")
        found.append(DerivedParam(str(item[0]), item[1], *[str(part) for part in item[2:]]))
    return tuple(found)


def read_vars(model: str, given: Declared, keyword: str = "vars") -> tuple[Var, ...]:
    """`("V", "scalar")` or `("V", "scalar", VarAccess.READ_ONLY)`."""
    return tuple(
        Var(name, type_, _access(VarAccess, VarAccess.READ_WRITE, model, keyword, access))
        for name, type_, access in _triples(model, keyword, given)
    )


def read_custom_update_vars(model: str, given: Declared) -> tuple[CustomUpdateVar, ...]:
    """`("v", "scalar")` or `("v", "scalar", CustomUpdateVarAccess.REDUCE_BATCH_SUM)`."""
    default = CustomUpdateVarAccess.READ_WRITE
    return tuple(
        CustomUpdateVar(name, type_, _access(CustomUpdateVarAccess, default, model, "vars", access))
        for name, type_, access in _triples(model, "vars", given)
    )


def read_refs(model: str, keyword: str, given: Declared) -> tuple[VarRef, ...]:
    """`("V", "scalar")` or `("V", "scalar", VarAccessMode.READ_ONLY)`."""
    return tuple(
        VarRef(name, type_, _access(VarAccessMode, VarAccessMode.READ_WRITE, model, keyword, access))
        for name, type_, access in _triples(model, keyword, given)
    )


def read_globals(model: str, keyword: str, given: Declared) -> tuple[ExtraGlobalParam, ...]:
    """`("spikeTimes", "scalar*")`."""
    return tuple(ExtraGlobalParam(*_texts(model, keyword, item, 2, 2)) for item in _items(given))


def read_inputs(model: str, given: Declared) -> tuple[InputVar, ...]:
    """`("Isyn2", "scalar", 1.0)`."""
    found = []
    for item in _items(given):
        if isinstance(item, str) or len(item) != 3 or not isinstance(item[2], int | float):
            raise _bad(model, "additional_input_vars", item, "(name, type, initial value)")
        found.append(InputVar(str(item[0]), str(item[1]), float(item[2])))
    return tuple(found)


def keywords_checked(function: Callable[Call, Result]) -> Callable[Call, Result]:
    """Makes an unknown keyword an error that names the nearest known ones."""
    known = tuple(signature(function).parameters)
    name = function.__qualname__.removesuffix(".__init__")

    @wraps(function)
    def checked(*args: Call.args, **kwargs: Call.kwargs) -> Result:
        refuse_unknown(f"{name}: keyword", kwargs, known)
        return function(*args, **kwargs)

    return checked


def check_names(model: str, declared: Iterable[str]) -> None:
    """Every name is an identifier and declared once."""
    seen: set[str] = set()
    for name in declared:
        if not (name.isidentifier() and name.isascii()) or name in RESERVED_WORDS:
            raise DescriptionError(f"model '{model}': '{name}' is not a name that code can use")
        if name in seen:
            raise DescriptionError(f"model '{model}': '{name}' is declared twice; rename one of the two")
        seen.add(name)


def refuse_sums(model: str, variables: Iterable[Var]) -> None:
    """Raises for a sum over the batch where there are no synapses to add to it."""
    for variable in variables:
        if variable.access is VarAccess.REDUCE_BATCH_SUM:
            raise DescriptionError(
                f"model '{model}': '{variable.name}' cannot be REDUCE_BATCH_SUM, which is for the vars of weight "
                f"update models; make it READ_WRITE and reduce it in a custom update"
            )


def refuse_unknown(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raises for the first given name that is not known, with the nearest known ones."""
    names = list(known)
    for name in given:
        if name not in names:
            close = nearest(name, names)
            meant = " or ".join(f"'{candidate}'" for candidate in close)
            hint = f"did you mean {meant}?" if close else f"known are {', '.join(sorted(names)) or 'none'}"
            raise DescriptionError(f"{what} '{name}' is not known ({hint})")


def _items(given: Declared) -> list[str | Sequence[object]]:
    return [] if given is None else list(given)


def _texts(model: str, keyword: str, item: str | Sequence[object], fewest: int, most: int) -> list[str]:
    parts = [item] if isinstance(item, str) else list(item)
    if not fewest <= len(parts) <= most or not all(isinstance(part, str) for part in parts):
        shape = "name or (name, type)" if fewest == 1 else "(name, type)"
        raise _bad(model, keyword, item, shape)
    return [str(part) for part in parts]


def _triples(model: str, keyword: str, given: Declared) -> list[tuple[str, str, object]]:
    found: list[tuple[str, str, object]] = []
    for item in _items(given):
        if isinstance(item, str) or not 2 <= len(item) <= 3:
            raise _bad(model, keyword, item, "(name, type) or (name, type, access)")
        found.append((str(item[0]), str(item[1]), item[2] if len(item) == 3 else None))
    return found


def _access(kind: type[Access], default: Access, model: str, keyword: str, given: object) -> Access:
    if given is None:
        return default
    try:
        return kind(int(given))  # type: ignore[call-overload]
    except (TypeError, ValueError):
        raise DescriptionError(
            f"model '{model}': {keyword} needs an access of {kind.__name__}, not {given!r}"
        ) from None


def _bad(model: str, keyword: str, item: object, shape: str) -> DescriptionError:
    return DescriptionError(f"model '{model}': {keyword} must hold {shape}, not {item!r}")
