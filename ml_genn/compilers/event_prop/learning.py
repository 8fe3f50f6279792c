"""From gradients to new weights, once per batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any, final

import numpy as np

from ...access import CustomUpdateVarAccess, VarAccessMode
from ...connection import Connection
from ...model import CustomUpdateModel, Var, VarRef
from ...optimisers import Optimiser
from ..engine_groups import EngineGroups

REDUCE, LEARN = "GradientReduce", "GradientLearn"


@final
class Learning:
    """Adds up the gradients of a batch and lets an optimiser of its own change the weights of each connection.

    Args:
        groups: where to add the custom updates.
        connections: connections with the engine's synapse groups; those that are not trainable stay as they are.
        optimiser: shared by all connections, so that a schedule changes it once.
    """

    def __init__(
        self, groups: EngineGroups, connections: Sequence[tuple[Connection, Any]], optimiser: Optimiser
    ) -> None:
        self._groups = groups
        self._optimiser = optimiser
        self._totals: dict[Connection, Any] = {}
        self._updates: list[Any] = []
        self.learnables: list[Any] = []
        reference = groups.engine.create_wu_var_ref
        for connection, group in connections:
            if not connection.connectivity.trainable:
                continue
            model = sum_over_batch(reference(group, "Gradient"))
            total = groups.add_update(f"{connection.name}{REDUCE}", REDUCE, model)
            rule = optimiser.get_model(reference(total, "Total"), reference(group, "g"), False)
            self._updates.append(groups.add_update(f"{connection.name}{LEARN}", LEARN, rule))
            self._totals[connection] = total
            self.learnables.append(
                SimpleNamespace(owner=connection, name="weight", group=group, variable="g", optimiser=optimiser)
            )

    @property
    def optimisers(self) -> tuple[Optimiser, ...]:
        """Those in use."""
        return (self._optimiser,)

    def reduce(self) -> None:
        """Add up the gradients of the batch, and start new sums."""
        if self._updates:
            self._groups.genn_model.custom_update(REDUCE)

    def learn(self, step: int) -> None:
        """Change the weights against their gradients.

        Args:
            step: number of the batch since the network was loaded.
        """
        for update in self._updates:
            self._optimiser.set_step(update, step)
        if self._updates:
            self._groups.genn_model.custom_update(LEARN)

    def states(self) -> Iterator[tuple[Any, str, Any]]:
        """The engine's variables that hold what optimisers remember, with what they belong to and their names."""
        for item, update in zip(self.learnables, self._updates, strict=True):
            for name in item.optimiser.state:
                yield item, name, update.vars[name]

    def gradients(self) -> Iterator[tuple[Connection, np.ndarray]]:
        """The sums that `reduce` left, each of the shape of the connection's weights."""
        for connection, total in self._totals.items():
            variable = total.vars["Total"]
            variable.pull_from_device()
            shape = connection.connectivity.weight_shape(*connection.ends) or (-1,)
            yield connection, np.array(variable.values).reshape(shape)


def sum_over_batch(gradient_ref: Any) -> CustomUpdateModel:
    """Total is the sum of the gradients of all examples, which are set to zero."""
    return CustomUpdateModel(
        update_code="Total = Gradient;\nGradient = 0.0;",
        vars=(Var("Total", 0.0, access=CustomUpdateVarAccess.REDUCE_BATCH_SUM),),
        var_refs=(VarRef("Gradient", gradient_ref, access=VarAccessMode.READ_WRITE),),
    )
