"""Base class of optimisers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from ..access import CustomUpdateVarAccess, VarAccessMode
from ..errors import DescriptionError
from ..model import CustomUpdateModel, Param, Var, VarRef


class Optimiser(ABC):
    """A rule that changes a variable, such as the weights of a connection, against its gradient once per batch.

    All numbers that the rule uses are dynamic parameters that `set_step` sets, so that attributes may be changed
    between batches and nothing is built again.

    Attributes:
        state: variables of the rule, one number per element, zero at the beginning.
    """

    state: ClassVar[tuple[str, ...]]

    def __iter__(self) -> Iterator[Any]:
        """The pair (optimiser, custom updates) that earlier versions listed: `for o, _ in compiled.optimisers`."""
        return iter((self, ()))

    @property
    @abstractmethod
    def update_code(self) -> str:
        """Code that changes Variable by means of Gradient, the variables of `state` and the names of `params`."""

    @abstractmethod
    def params(self, step: int) -> dict[str, float]:
        """What the code reads in batch number `step`, counted from 0."""

    def get_model(
        self, gradient_ref: Any, var_ref: Any, zero_gradient: bool, clamp_var: tuple[float, float] | None = None
    ) -> CustomUpdateModel:
        """The custom update that runs once per batch.

        Args:
            gradient_ref, var_ref: the engine's references to the gradient and to the variable.
            zero_gradient: set the gradient to zero afterwards.
            clamp_var: lowest and highest value of the variable.

        Raises:
            DescriptionError: `clamp_var` is no interval.
        """
        code = [self.update_code]
        bounds: tuple[Param, ...] = ()
        if clamp_var is not None:
            code.append("Variable = fmax(VariableLow, fmin(VariableHigh, Variable));")
            bounds = _bounds(clamp_var)
        if zero_gradient:
            code.append("Gradient = 0.0;")
        access = VarAccessMode.READ_WRITE if zero_gradient else VarAccessMode.READ_ONLY
        return CustomUpdateModel(
            update_code="\n".join(code),
            params=(*(Param(name, value, dynamic=True) for name, value in self.params(0).items()), *bounds),
            vars=tuple(Var(name, 0.0, access=CustomUpdateVarAccess.READ_WRITE) for name in self.state),
            var_refs=(
                VarRef("Gradient", gradient_ref, access=access),
                VarRef("Variable", var_ref, access=VarAccessMode.READ_WRITE),
            ),
        )

    def set_step(self, genn_cu: Any, step: int) -> None:
        """Set the numbers for batch number `step`, counted from 0 over the whole training.

        Args:
            genn_cu: the engine's custom update, made from the model.
            step: number of the batch.
        """
        for name, value in self.params(step).items():
            genn_cu.set_dynamic_param_value(name, value)


def _bounds(clamp_var: tuple[float, float]) -> tuple[Param, ...]:
    values = np.asarray(clamp_var, np.float64)
    if values.shape != (2,) or not np.isfinite(values).all() or values[0] > values[1]:
        raise DescriptionError(f"clamp_var must be the lowest and the highest value, finite numbers, got {clamp_var!r}")
    return Param("VariableLow", float(values[0])), Param("VariableHigh", float(values[1]))
