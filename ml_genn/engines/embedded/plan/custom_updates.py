"""Custom updates: plain ones, broadcasts, and reductions over the batch, the elements, or both."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import final

from ml_genn.engines.embedded.plan.description import (
    REDUCTIONS,
    Address,
    GroupKind,
    Mode,
    Reference,
    Variable,
)
from ml_genn.engines.embedded.plan.description import CustomUpdate as Description
from ml_genn.engines.embedded.plan.layout import Elements, Layout, Located
from ml_genn.engines.embedded.plan.members import add_constants, declare_members
from ml_genn.engines.embedded.plan.names import Namespace, numeric_type
from ml_genn.engines.embedded.plan.plan import (
    Array,
    Axis,
    Builtin,
    CustomUpdate,
    Reduction,
    ReductionOperation,
    Transposition,
    Value,
)
from ml_genn.engines.embedded.plan.rewrite import no_code
from ml_genn.errors import DescriptionError, ShapeError

_OPERATIONS = {Mode.SUM: ReductionOperation.SUM, Mode.MAX: ReductionOperation.MAX}


@final
@dataclass(frozen=True)
class Dimensions:
    """What an update runs over: the union of the dimensions of all it refers to."""

    elements: Elements
    per_element: bool
    batched: bool
    sharded: bool = False


def declare_custom_update(layout: Layout, update: Description) -> Dimensions:
    """Declares the arrays of an update's own variables, of the dimensions that they share with the update."""
    dimensions = _dimensions(layout, update)
    variables = tuple(
        dataclasses.replace(
            variable,
            per_element=variable.per_element and dimensions.per_element,
            batched=variable.batched and dimensions.batched and not dimensions.sharded,
            summed=variable.batched and dimensions.sharded,
        )
        for variable in update.members.variables
    )
    members = dataclasses.replace(update.members, variables=variables)
    declare_members(layout, GroupKind.CUSTOM_UPDATE, update.name, members, dimensions.elements)
    return dimensions


def custom_update(layout: Layout, update: Description, dimensions: Dimensions) -> CustomUpdate:
    """Binds the names of the update code."""
    names = Namespace(update.name, layout.precision)
    add_constants(layout, names, GroupKind.CUSTOM_UPDATE, update.name, update.members)
    reductions: list[Reduction] = []
    broadcast: list[str] = []
    for name, mode, located in _named(layout, update):
        _check_age(update, name, mode, located)
        if mode in REDUCTIONS:
            reductions.append(_reduction(update, name, mode, located, dimensions))
            names.add(name, located.array.type, Value(Builtin.REDUCTION), writable=True)
            continue
        if mode is not Mode.READ:
            _check_whole(layout, update, name, located, dimensions)
        if mode is Mode.BROADCAST:
            broadcast.append(name)
        names.add(name, located.array.type, located.element(Axis.NEURON), writable=mode is not Mode.READ)
    names.add_clock(no_example="the update runs for a sum over the batch" if dimensions.sharded else "")
    dimensions.elements.add_names(names)
    code = names.code(update.update_code, "update_code") or no_code(f"{update.name}.update_code")
    return CustomUpdate(
        name=update.name,
        stream=layout.streams.number(f"custom_update.{update.name}"),
        elements=dimensions.elements.count if dimensions.per_element else 1,
        batched=dimensions.batched,
        code=code,
        reductions=tuple(reductions),
        broadcast=tuple(broadcast),
        transpositions=_transpositions(layout, update),
        sharded=dimensions.sharded,
    )


def _named(layout: Layout, update: Description) -> list[tuple[str, Mode, Located]]:
    found = [
        (variable.name, variable.mode, layout.locate(_own(update, variable), update.name))
        for variable in update.members.variables
    ]
    for reference in update.members.references:
        where = f"{update.name}.{reference.name}"
        located = layout.locate(reference.target, where)
        if numeric_type(reference.type, where, layout.precision) != located.array.type:
            raise DescriptionError(
                f"{where} is declared {reference.type} but '{reference.target}' is {located.array.type}"
            )
        found.append((reference.name, reference.mode, located))
    return found


def _own(update: Description, variable: Variable) -> Address:
    return Address(GroupKind.CUSTOM_UPDATE, update.name, variable.name)


def _dimensions(layout: Layout, update: Description) -> Dimensions:
    references = update.members.references
    if not references:
        raise DescriptionError(f"{update.name}: a custom update must refer to at least one variable (var_refs)")
    targets = [
        (reference, layout.locate(reference.target, f"{update.name}.{reference.name}")) for reference in references
    ]
    for target in targets[1:]:
        _check_alike(update, targets[0], target)
    sharded = _sharded(update, targets)
    return Dimensions(
        targets[0][1].elements,
        per_element=any(located.per_element for _, located in targets),
        batched=sharded or any(located.array.batched for _, located in targets),
        sharded=sharded,
    )


def _sharded(update: Description, targets: list[tuple[Reference, Located]]) -> bool:
    """Whether the update runs for shards of the batch, as it does if it refers to sums over it."""
    sums, batched = ([r.target for r, located in targets if chosen(located.array)] for chosen in (_is_sum, _is_batched))
    if sums and batched:
        raise DescriptionError(
            f"{update.name}: '{sums[0]}' is a sum over the batch and '{batched[0]}' has a value for each example; "
            f"reduce the sum in an update of its own first, and refer to the result"
        )
    return bool(sums)


def _is_sum(array: Array) -> bool:
    return array.summed


def _is_batched(array: Array) -> bool:
    return array.batched


def _check_alike(update: Description, *both: tuple[Reference, Located]) -> None:
    """Two references point to variables with the same elements."""
    first, second = (located.elements for _, located in both)
    names = [f"'{reference.target}'" for reference, _ in both]
    if first.count != second.count:
        raise ShapeError(
            f"{update.name}: all references must point to variables of the same size, but "
            f"{names[0]} has {first.count} elements and {names[1]} has {second.count}"
        )
    if first.synapses != second.synapses:
        owners = [f"synapses of '{of.synapses}'" if of.synapses else "neurons" for of in (first, second)]
        raise DescriptionError(
            f"{update.name}: all references must point to neurons, or to the synapses of one group, but "
            f"{names[0]} belongs to {owners[0]} and {names[1]} to {owners[1]}"
        )


def _transpositions(layout: Layout, update: Description) -> tuple[Transposition, ...]:
    found = []
    for reference in update.members.references:
        if reference.transpose is not None:
            where = f"{update.name}.{reference.name}"
            source, target = (layout.locate(one, where) for one in (reference.target, reference.transpose))
            found.append(_transposition(where, reference, source, target))
    return tuple(found)


def _transposition(where: str, reference: Reference, source: Located, target: Located) -> Transposition:
    matrix, opposite = source.elements.matrix, target.elements.matrix
    both = f"'{reference.target}' and '{reference.transpose}'"
    if matrix is None or opposite is None:
        raise DescriptionError(f"{where}: only variables of dense synapses have a transpose, not {both}")
    if matrix != opposite[::-1] or source.array is target.array:
        raise ShapeError(
            f"{where}: {both} must belong to synapses of opposite directions, but connect {matrix[0]} to {matrix[1]} "
            f"and {opposite[0]} to {opposite[1]} neurons"
        )
    alike = [(one.array.type, one.array.batched, one.array.summed) for one in (source, target)]
    if alike[0] != alike[1]:
        raise DescriptionError(f"{where}: {both} must have the same type and access")
    return Transposition(source.array, target.array, *matrix)


def _reduction(update: Description, name: str, mode: Mode, located: Located, dimensions: Dimensions) -> Reduction:
    over_batch = dimensions.batched and not located.array.has_copies
    over_elements = dimensions.per_element and not located.per_element
    if not (over_batch or over_elements):
        raise DescriptionError(
            f"{update.name}: '{name}' is a reduction but has every dimension of the update, so nothing is reduced"
        )
    return Reduction(name, located.array, _OPERATIONS[mode], over_batch, over_elements)


def _check_age(update: Description, name: str, mode: Mode, located: Located) -> None:
    if located.age and mode is not Mode.READ:
        raise DescriptionError(
            f"{update.name}: '{name}' is the time of the spike before, which can only be read; make it READ_ONLY, "
            "and refer to create_spike_time_var_ref(...) with BROADCAST access to set both"
        )


def _check_whole(layout: Layout, update: Description, name: str, located: Located, dimensions: Dimensions) -> None:
    batched = dimensions.batched and layout.model.batch_size > 1  # of one example there is nothing to share
    if batched > located.array.has_copies or dimensions.per_element > located.per_element:
        raise DescriptionError(
            f"{update.name}: '{name}' is shared between elements or examples and cannot be written; "
            f"make it READ_ONLY or a reduction"
        )
