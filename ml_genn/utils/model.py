"""Descriptions of GeNN models for neurons, synapses, losses and readouts of your own.

`NeuronModel` and `SynapseModel` also take PyGeNN's dictionaries of code, as earlier versions did, and turn them into
the checked descriptions of `ml_genn.model`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, final

from .. import model as checked
from ..access import VarAccess
from ..errors import DescriptionError
from ..model import CustomUpdateModel as CustomUpdateModel
from ..model import ExtraGlobalParam, Param, Var
from ..model import WeightUpdateModel as WeightUpdateModel
from ..values import declared_values, is_number

Values = Mapping[str, Any]

_CODE = ("sim_code", "threshold_condition_code", "reset_code")
_MEMBERS = ("params", "vars", "extra_global_params")


@final
class NeuronModel:
    """A neuron model from a dictionary of GeNN code; what is made is a `ml_genn.model.NeuronModel`.

    Args:
        model: "sim_code", "threshold_condition_code" and "reset_code", strings; "params", "vars" and
            "extra_global_params", lists of (name, type), of "vars" also (name, type, access).
        output_var_name: the variable that readouts read.
        param_vals, var_vals, egp_vals: values by name. A parameter that is no number becomes a variable that code only
            reads.

    Raises:
        DescriptionError: the dictionary has other entries, or something has no value.
    """

    def __new__(
        cls,
        model: Mapping[str, Any],
        output_var_name: str | None = None,
        param_vals: Values | None = None,
        var_vals: Values | None = None,
        egp_vals: Values | None = None,
    ) -> Any:
        _check_entries("NeuronModel", model, (*_CODE, *_MEMBERS))
        params, variables = _members("NeuronModel", model, param_vals or {}, var_vals or {})
        return checked.NeuronModel(
            **{name: model[name] for name in _CODE if model.get(name)},
            params=params,
            vars=variables,
            extra_global_params=tuple(
                ExtraGlobalParam(name, _value("NeuronModel", "egp_vals", egp_vals or {}, name), kind)
                for name, kind, *_ in model.get("extra_global_params", ())
            ),
            output_var_name=output_var_name,
        )

    @staticmethod
    def from_val_descriptors(
        model: Mapping[str, Any],
        output_var_name: str | None,
        inst: object,
        dt: float,
        param_vals: Values | None = None,
        var_vals: Values | None = None,
        egp_vals: Values | None = None,
    ) -> Any:
        """As the constructor, with the values of the parameters that `inst` declares; `dt` is the timestep [ms]."""
        own = _declared(inst, dt)
        return NeuronModel(model, output_var_name, {**(param_vals or {}), **own}, {**(var_vals or {}), **own}, egp_vals)


@final
class SynapseModel:
    """A postsynaptic model from a dictionary of GeNN code; what is made is a `ml_genn.model.SynapseModel`.

    Args:
        model: "sim_code", a string; "params" and "vars", as for NeuronModel.
        param_vals, var_vals: values by name.

    Raises:
        DescriptionError: the dictionary has other entries, or something has no value.
    """

    def __new__(cls, model: Mapping[str, Any], param_vals: Values | None = None, var_vals: Values | None = None) -> Any:
        _check_entries("SynapseModel", model, ("sim_code", "params", "vars"))
        params, variables = _members("SynapseModel", model, param_vals or {}, var_vals or {})
        return checked.SynapseModel(sim_code=model.get("sim_code", ""), params=params, vars=variables)

    @staticmethod
    def from_val_descriptors(
        model: Mapping[str, Any],
        inst: object,
        dt: float,
        param_vals: Values | None = None,
        var_vals: Values | None = None,
    ) -> Any:
        """As the constructor, with the values of the parameters that `inst` declares; `dt` is the timestep [ms]."""
        own = _declared(inst, dt)
        return SynapseModel(model, {**(param_vals or {}), **own}, {**(var_vals or {}), **own})


def _declared(inst: object, dt: float) -> dict[str, Any]:
    """GeNN name -> value of the parameters of an object that have one."""
    values = {item.genn_name: item.genn_value(inst, dt) for item in declared_values(type(inst)) if item.genn_name}
    return {name: value for name, value in values.items() if value is not None}


def _check_entries(kind: str, model: Mapping[str, Any], known: Iterable[str]) -> None:
    unknown = sorted(name for name in set(model) - set(known) if model[name])
    if unknown:
        raise DescriptionError(f"{kind}: the dictionary has {', '.join(unknown)}, expected only {', '.join(known)}")


def _members(
    kind: str, model: Mapping[str, Any], param_vals: Values, var_vals: Values
) -> tuple[tuple[Param, ...], tuple[Var, ...]]:
    """Parameters and variables with their values."""
    params: list[Param] = []
    variables: list[Var] = []
    for name, scalar in ((item, "scalar") if isinstance(item, str) else item for item in model.get("params", ())):
        value = _value(kind, "param_vals", param_vals, name)
        if is_number(value):
            params.append(Param(name, value, scalar))
        else:
            variables.append(Var(name, value, scalar, VarAccess.READ_ONLY))
    for name, *rest in model.get("vars", ()):
        variables.append(Var(name, _value(kind, "var_vals", var_vals, name), *rest))
    return tuple(params), tuple(variables)


def _value(kind: str, argument: str, values: Values, name: str) -> Any:
    if name not in values:
        raise DescriptionError(f"{kind}: {name!r} has no value; give it in {argument}, or declare it in the class")
    return values[name]
