"""Restoring variables to their initial values between trials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np

from ..access import CustomUpdateVarAccess, VarAccessMode
from ..model import CustomUpdateModel, Param, Var, VarRef
from ..population import Population
from ..values import is_initializer, is_number
from .engine_groups import EngineGroups

GROUP = "Reset"


@final
class Resets:
    """Restores all variables that neurons change; those drawn at random to the values drawn when loading.

    Args:
        groups: where to add the custom updates.
        neuron_groups: the engine's neuron groups.
        variables: what to restore of each population.
    """

    def __init__(
        self,
        groups: EngineGroups,
        neuron_groups: Mapping[Population, Any],
        variables: Mapping[Population, tuple[Var, ...]],
    ) -> None:
        self._groups = groups
        self._drawn = [
            neuron_groups[population].vars[var.name]
            for population, items in variables.items()
            for var in items
            if is_initializer(var.value)
        ]
        self._saved: list[np.ndarray] = []
        self._has_updates = False
        for population, items in variables.items():
            given = tuple(var for var in items if not is_initializer(var.value))
            if given:
                model = _reset_model(given)
                groups.add_custom_update(population, GROUP, neuron_groups[population], model)
                self._has_updates = True

    def on_load(self) -> None:
        """Remember the values that were drawn."""
        for variable in self._drawn:
            variable.pull_from_device()
        self._saved = [np.array(variable.view) for variable in self._drawn]

    def run(self) -> None:
        """Restore the initial values."""
        if self._has_updates:
            self._groups.genn_model.custom_update(GROUP)
        for variable, values in zip(self._drawn, self._saved, strict=True):
            variable.view[:] = values
            variable.push_to_device()


def _reset_model(variables: tuple[Var, ...]) -> CustomUpdateModel:
    numbers = [var for var in variables if is_number(var.value)]
    arrays = [var for var in variables if not is_number(var.value)]
    return CustomUpdateModel(
        update_code="\n".join(f"{var.name} = {var.name}Initial;" for var in variables),
        params=tuple(Param(f"{var.name}Initial", var.value, var.type) for var in numbers),
        vars=tuple(
            Var(f"{var.name}Initial", var.value, var.type, CustomUpdateVarAccess.READ_ONLY_SHARED) for var in arrays
        ),
        var_refs=tuple(VarRef(var.name, var.name, var.type, VarAccessMode.READ_WRITE) for var in variables),
    )
