"""Parameters, variables, references and extra global parameters of a group: their arrays and their names in code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from ml_genn.engines.embedded.language.types import UINT32, PointerType
from ml_genn.engines.embedded.plan.description import (
    Address,
    GlobalParameter,
    GroupKind,
    InitialCode,
    InitialValue,
    Members,
    Mode,
    Parameter,
    Reference,
    Variable,
)
from ml_genn.engines.embedded.plan.layout import Elements, Layout, Located
from ml_genn.engines.embedded.plan.names import Namespace, numeric_type, pointer_type
from ml_genn.engines.embedded.plan.plan import (
    Array,
    ArrayInitial,
    Axis,
    Builtin,
    CodeInitial,
    ConstantInitial,
    Element,
    Initial,
    Pointer,
    Value,
)
from ml_genn.errors import DescriptionError, ShapeError


def declare_members(
    layout: Layout,
    kind: GroupKind,
    group: str,
    members: Members,
    elements: Elements,
    rings: Mapping[Address, int] | None = None,
) -> None:
    """Declares the arrays of a group; `rings` gives the number of slots of variables that have more than one."""
    prefix = f"{kind.value}.{group}"
    for parameter in members.parameters:
        _declare_parameter(layout, f"{prefix}.{parameter.name}", parameter)
    for variable in members.variables:
        name = f"{prefix}.{variable.name}"
        type_ = numeric_type(variable.type, f"{group}.{variable.name}", layout.precision)
        count = elements.count if variable.per_element else 1
        address = Address(kind, group, variable.name)
        writable = variable.mode is not Mode.READ
        slots = (rings or {}).get(address, 1)
        batched, summed = variable.batched, variable.summed
        array = layout.declare(name, type_, count, batched=batched, slots=slots, summed=summed, by_example=slots > 1)
        if summed and kind is GroupKind.SYNAPSE:
            _check_sum(array, variable.initial)
        layout.initial[name] = _initial(layout, array, variable, elements)
        layout.place(address, Located(array, variable.per_element, elements, writable))
    for pointer in members.global_parameters:
        array = _declare_global(layout, f"{prefix}.{pointer.name}", pointer)
        layout.place_pointer(Address(kind, group, pointer.name), array)


def add_constants(layout: Layout, names: Namespace, kind: GroupKind, group: str, members: Members) -> None:
    """Makes a group's parameters, extra global parameters and references to such usable by name."""
    for parameter in members.parameters:
        array = layout.arrays[f"{kind.value}.{group}.{parameter.name}"]
        names.add(parameter.name, array.type, Element(array, Axis.SHARED))
    for pointer in members.global_parameters:
        array = layout.pointer(Address(kind, group, pointer.name), group)
        names.add(pointer.name, PointerType(array.type), Pointer(array), writable=True)
    for reference in members.global_references:
        array = layout.pointer(reference.target, f"{group}.{reference.name}")
        declared = pointer_type(reference.type, f"{group}.{reference.name}", layout.precision)
        if declared.element != array.type:
            raise DescriptionError(
                f"{group}.{reference.name} is declared {reference.type} but '{reference.target}' is {array.type}*"
            )
        names.add(reference.name, PointerType(array.type), Pointer(array), writable=True)


def add_variables(
    layout: Layout,
    names: Namespace,
    kind: GroupKind,
    group: str,
    variables: Iterable[Variable],
    axis: Axis = Axis.NEURON,
    *,
    delay: int = 1,
    read_only: bool = False,
) -> None:
    """Makes a group's own variables usable by name; of a ring they are those of the step `delay` steps ago."""
    for variable in variables:
        located = layout.locate(Address(kind, group, variable.name), group)
        if variable.summed:
            names.add_sum(variable.name, located.array)
            continue
        writable = located.writable and not read_only
        names.add(variable.name, located.array.type, located.element(axis, delay), writable=writable)


def add_references(
    layout: Layout,
    names: Namespace,
    group: str,
    references: Iterable[Reference],
    axis: Axis = Axis.NEURON,
    *,
    delay: int = 1,
    read_only: bool = False,
) -> None:
    """Makes references usable by name; of a ring they see the step `delay` steps ago."""
    for reference in references:
        where = f"{group}.{reference.name}"
        located = layout.locate(reference.target, where)
        declared = numeric_type(reference.type, where, layout.precision)
        if declared != located.array.type:
            raise DescriptionError(
                f"{where} is declared {reference.type} but '{reference.target}' is {located.array.type}"
            )
        writable = reference.mode is not Mode.READ and not read_only
        names.add(reference.name, located.array.type, located.element(axis, delay), writable=writable)


def _declare_parameter(layout: Layout, name: str, parameter: Parameter) -> Array:
    """One number in memory, so that generated code does not depend on its value."""
    type_ = numeric_type(parameter.type, name, layout.precision)
    return layout.declare(name, type_, 1, initial=ConstantInitial(parameter.value))


def _declare_global(layout: Layout, name: str, pointer: GlobalParameter) -> Array:
    """What an extra global parameter points to; without elements as long as no values are set."""
    type_ = pointer_type(pointer.type, name, layout.precision).element
    if pointer.values is None:
        return layout.declare(name, type_, 0)
    values = np.asarray(pointer.values).ravel()
    if not values.any():  # nor is memory touched before it is used, which room for the worst case may never be
        return layout.declare(name, type_, len(values))
    return layout.declare(name, type_, len(values), initial=ArrayInitial(values.astype(type_.dtype)))


def _initial(layout: Layout, array: Array, variable: Variable, elements: Elements) -> Initial:
    given = variable.initial
    if given is None:
        return ConstantInitial(0.0)
    if isinstance(given, InitialCode):
        return _code(layout, array, given, elements)
    if isinstance(given, np.ndarray):
        return ArrayInitial(_placed(layout, array, given, elements if variable.per_element else None))
    return ConstantInitial(given)


def _check_sum(array: Array, given: InitialValue) -> None:
    if not array.type.is_float:
        raise DescriptionError(
            f"{array.name}: a sum over the batch needs a float type such as scalar, not {array.type}"
        )
    if given is not None and not (isinstance(given, float) and given == 0.0):
        raise DescriptionError(f"{array.name}: a sum over the batch starts at 0; give 0.0 as its initial value")


def _placed(layout: Layout, array: Array, values: np.ndarray, elements: Elements | None) -> np.ndarray:
    """The user's values as [elements] or [batch][elements], moved to where the array keeps them."""
    listed = 1 if elements is None else elements.listed
    shapes = [(listed,)] + ([(array.copies(layout.model.batch_size), listed)] if array.has_copies else [])
    if values.shape not in shapes:
        expected = " or ".join(str(shape) for shape in shapes)
        raise ShapeError(f"{array.name}: initial values must have shape {expected}, got {values.shape}")
    if elements is None or elements.positions is None:
        return values.astype(array.type.dtype, copy=False)
    placed = np.zeros((*values.shape[:-1], array.elements), array.type.dtype)
    placed[..., elements.positions()] = values
    return placed


def _code(layout: Layout, array: Array, initial: InitialCode, elements: Elements) -> CodeInitial:
    names = Namespace(array.name, layout.precision)
    for parameter in initial.parameters:
        declared = _declare_parameter(layout, f"{array.name}.initial.{parameter.name}", parameter)
        names.add(parameter.name, declared.type, Element(declared, Axis.SHARED))
    for pointer in initial.global_parameters:
        declared = _declare_global(layout, f"{array.name}.initial.{pointer.name}", pointer)
        names.add(pointer.name, PointerType(declared.type), Pointer(declared))
    names.add("value", array.type, Value(Builtin.ACCUMULATOR), writable=True)
    names.add("dt", layout.precision.scalar, Value(Builtin.DT))
    names.add("num_batch", UINT32, Value(Builtin.NUM_BATCH))
    elements.add_names(names)
    code = names.code(initial.code, "var_init_code")
    if code is None:
        raise DescriptionError(f"{array.name}: its initialisation snippet has no var_init_code")
    return CodeInitial(code, layout.streams.number(array.name))
