"""A model with its values inside a group: what the plan calls the members of the group's code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, final

import numpy as np

from ml_genn.access import VarAccess, VarAccessDim, VarAccessMode, get_var_access_dim, get_var_access_mode
from ml_genn.engines.embedded.arrays import ExtraGlobalParameter, LiveArray, StateArray, Variable
from ml_genn.engines.embedded.declarations import (
    CustomUpdateVar,
    DerivedParam,
    ExtraGlobalParam,
    Param,
    Var,
    VarRef,
    refuse_unknown,
)
from ml_genn.engines.embedded.plan.description import (
    Address,
    GlobalParameter,
    GlobalReference,
    GroupKind,
    InitialCode,
    InitialValue,
    Members,
    Mode,
    Parameter,
    Reference,
    Transposing,
)
from ml_genn.engines.embedded.plan.description import Variable as VariableDescription
from ml_genn.engines.embedded.snippets import VarInit, VarValue
from ml_genn.errors import DescriptionError

_MODES = {
    VarAccessMode.READ_ONLY: Mode.READ,
    VarAccessMode.READ_WRITE: Mode.WRITE,
    VarAccessMode.BROADCAST: Mode.BROADCAST,
    VarAccessMode.REDUCE_SUM: Mode.SUM,
    VarAccessMode.REDUCE_MAX: Mode.MAX,
}


class ModelOfPart(Protocol):
    """What every model of a part declares."""

    @property
    def params(self) -> tuple[Param, ...]:
        """Parameters."""

    @property
    def derived_params(self) -> tuple[DerivedParam, ...]:
        """Parameters computed from the others."""

    @property
    def vars(self) -> Sequence[Var | CustomUpdateVar]:
        """Variables."""

    @property
    def extra_global_params(self) -> tuple[ExtraGlobalParam, ...]:
        """Extra global parameters."""


@final
class Part:
    """Parameters, variables and extra global parameters of one model in one group.

    `where` is what messages call it; `changed` is called when the model has to be planned anew.
    """

    def __init__(
        self,
        where: str,
        owner: tuple[GroupKind, str],
        model: ModelOfPart,
        params: Mapping[str, float],
        vars: Mapping[str, VarValue],
        changed: Callable[[], None],
        make_variable: Callable[[str, str, str, Callable[[], None], VarValue], StateArray] = Variable,
    ) -> None:
        self.where = where
        self.model = model
        self.prefix = f"{owner[0].value}.{owner[1]}"
        self.params = checked_params(where, model.params, params)
        check_keys(where, "variable", [var.name for var in model.vars], vars)
        self.vars = {
            var.name: make_variable(var.name, var.type, f"{self.prefix}.{var.name}", changed, vars[var.name])
            for var in model.vars
        }
        self.extra_global_params = {
            egp.name: ExtraGlobalParameter(egp.name, egp.type, f"{self.prefix}.{egp.name}", changed)
            for egp in model.extra_global_params
        }
        self.dynamic: set[str] = set()

    def arrays(self) -> Iterator[LiveArray]:
        """All arrays that have memory once the model is loaded."""
        for variable in self.vars.values():
            yield variable
            yield from variable.extra_global_params.values()
        yield from self.extra_global_params.values()

    def set_param_dynamic(self, name: str, dynamic: bool) -> None:
        """Declares that a parameter will be changed while the model is loaded."""
        refuse_unknown(f"{self.where}: parameter", (name,), self.params)
        (self.dynamic.add if dynamic else self.dynamic.discard)(name)

    def members(
        self,
        dt: float,
        references: tuple[Reference, ...] = (),
        global_references: tuple[GlobalReference, ...] = (),
    ) -> Members:
        """What the code of the part may name."""
        return Members(
            parameter_values(self.model.params, self.model.derived_params, self.params, dt),
            self.variables(dt),
            references,
            tuple(GlobalParameter(egp.name, egp.type, egp.init_values) for egp in self.extra_global_params.values()),
            global_references,
        )

    def variables(self, dt: float) -> tuple[VariableDescription, ...]:
        """The variables alone."""
        return tuple(self._variable(var, dt) for var in self.model.vars)

    def _variable(self, var: Var | CustomUpdateVar, dt: float) -> VariableDescription:
        dims = get_var_access_dim(var.access)
        return VariableDescription(
            var.name,
            var.type,
            _initial_value(self.vars[var.name], f"{self.where}.{var.name}", dt),
            _MODES[get_var_access_mode(var.access)],
            per_element=VarAccessDim.ELEMENT in dims,
            batched=VarAccessDim.BATCH in dims,
            summed=var.access is VarAccess.REDUCE_BATCH_SUM,
        )


def references(
    where: str, declared: Iterable[VarRef], given: Mapping[str, Address | str], kind: GroupKind, group: str
) -> tuple[Reference, ...]:
    """Resolves references to variables of one group, for which a plain name is enough."""
    refs = tuple(declared)
    check_keys(where, "variable reference", [ref.name for ref in refs], given)
    found = []
    for ref in refs:
        target = given[ref.name]
        address = Address(kind, group, target) if isinstance(target, str) else target
        if not isinstance(address, Address) or (address.kind, address.group) != (kind, group):
            raise DescriptionError(
                f"{where}: variable reference '{ref.name}' must point to a variable of the {kind.value} '{group}', "
                f"got {target!s}"
            )
        found.append(Reference(ref.name, ref.type, _MODES[ref.access], address))
    return tuple(found)


def update_references(
    where: str, declared: Iterable[VarRef], given: Mapping[str, Address | Transposing]
) -> tuple[Reference, ...]:
    """Resolves the references of a custom update, which may point to variables of any group."""
    refs = tuple(declared)
    check_keys(where, "variable reference", [ref.name for ref in refs], given)
    found = []
    for ref in refs:
        match given[ref.name]:
            case Transposing(target, into):
                found.append(Reference(ref.name, ref.type, _MODES[ref.access], target, into))
            case Address() as target:
                found.append(Reference(ref.name, ref.type, _MODES[ref.access], target))
            case other:
                raise DescriptionError(
                    f"{where}: variable reference '{ref.name}' needs what a create_*_ref function returns, "
                    f"got {other!r}"
                )
    return tuple(found)


def global_references(
    where: str, declared: Iterable[ExtraGlobalParam], given: Mapping[str, Address]
) -> tuple[GlobalReference, ...]:
    """Resolves references to extra global parameters."""
    refs = tuple(declared)
    check_keys(where, "extra global parameter reference", [ref.name for ref in refs], given)
    return tuple(GlobalReference(ref.name, ref.type, given[ref.name]) for ref in refs)


def check_keys(where: str, what: str, expected: Sequence[str], given: Iterable[str]) -> None:
    """Exactly the expected names must be given."""
    refuse_unknown(f"{where}: {what}", given, expected)
    present = set(given)
    missing = [name for name in expected if name not in present]
    if missing:
        raise DescriptionError(f"{where}: no value given for {what} {', '.join(repr(name) for name in missing)}")


def checked_params(
    where: str, declared: Iterable[Param], given: Mapping[str, float], optional: Iterable[Param] = ()
) -> dict[str, float]:
    """Values of all declared parameters, as numbers."""
    allowed = [param.name for param in optional]
    check_keys(
        where, "parameter", [param.name for param in declared] + [name for name in allowed if name in given], given
    )
    for name, value in given.items():
        if not isinstance(value, int | float | np.number | np.bool_):
            raise DescriptionError(f"{where}: parameter '{name}' must be a number, not {value!r}")
    return dict(given)


def parameter_values(
    params: Iterable[Param], derived: Iterable[DerivedParam], values: Mapping[str, float], dt: float
) -> tuple[Parameter, ...]:
    """Parameters and derived parameters with their values."""
    own = [Parameter(param.name, param.type, float(values[param.name])) for param in params]
    return (*own, *(Parameter(one.name, one.type, float(one.function(values, dt))) for one in derived))


def _initial_value(variable: StateArray, where: str, dt: float) -> InitialValue:
    given = variable.init_values
    if given is None:
        return None
    if isinstance(given, VarInit):
        snippet = given.snippet
        values = checked_params(f"{where} ({snippet.name})", snippet.params, given.params)
        pointers = (
            GlobalParameter(egp.name, egp.type, egp.init_values) for egp in variable.extra_global_params.values()
        )
        parameters = parameter_values(snippet.params, snippet.derived_params, values, dt)
        return InitialCode(snippet.var_init_code, parameters, tuple(pointers))
    numbers = np.asarray(given)
    if numbers.dtype.kind not in "biuf":
        raise DescriptionError(f"{where}: initial values must be numbers, not {given!r}")
    return float(numbers) if numbers.ndim == 0 else numbers
