"""From gradients to new parameters, once per batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, final

import numpy as np

from ...access import CustomUpdateVarAccess, VarAccessMode
from ...connection import Connection
from ...model import CustomUpdateModel, Var, VarRef
from ...optimisers import Optimiser
from ...population import Population
from ..engine_groups import EngineGroups
from .shared_weights import SharedWeights

REDUCE, SHARE, LEARN = "GradientReduce", "GradientShare", "GradientLearn"
UNBOUNDED = float(np.finfo(np.float32).max)
"""In place of infinity, which not every engine takes as the value of a parameter."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Learnable:
    """A parameter that is learnt: where the engine holds it and its gradient, and what changes it.

    Args:
        owner: the connection or population whose parameter it is.
        name: what its owner calls it, as "weight" or "tau_mem".
        group: the engine's group.
        variable, gradient: names of the group's variables with the parameter, one number for all examples, and with its
            gradient, to which all examples add or each to its own.
        reference: the engine's function that makes references to these, as create_wu_var_ref.
        shape: of the parameter, for `gradients`.
        optimiser: the rule; where several learnables share one, a schedule changes it for all of them.
        low, high: bounds that the parameter is put back to after each update.
        neurons_share: neurons share the parameter: all that they hold of it is one number, which learns from the sum of
            their gradients.
        is_constant: it is a constant of neurons or of a synapse, which checkpoints hold by `name`.
        shared: of weights that synapses share, of which `group` holds one for each synapse; else None.
    """

    owner: Connection | Population
    name: str
    group: Any
    variable: str
    gradient: str
    reference: Callable[[Any, str], Any]
    shape: tuple[int, ...]
    optimiser: Optimiser
    low: float = -inf
    high: float = inf
    neurons_share: bool = False
    is_constant: bool = False
    shared: SharedWeights | None = None

    @property
    def key(self) -> Any:
        """What it is called where gradients are given: the connection for weights, else (owner, name)."""
        return self.owner if self.name == "weight" else (self.owner, self.name)

    @property
    def holder(self) -> Any:
        """The engine's group with the parameter itself."""
        return self.group if self.shared is None else self.shared.store

    @property
    def clamp(self) -> tuple[float, float] | None:
        """The bounds as optimisers take them."""
        if (self.low, self.high) == (-inf, inf):
            return None
        return max(self.low, -UNBOUNDED), min(self.high, UNBOUNDED)


@final
class Learning:
    """Adds up the gradients of a batch and lets each parameter's optimiser change it.

    Args:
        groups: where to add the custom updates.
        learnables: what is learnt.

    Attributes:
        learnables: what is learnt.
    """

    def __init__(self, groups: EngineGroups, learnables: Sequence[Learnable]) -> None:
        self._groups = groups
        self.learnables = tuple(learnables)
        self._totals: list[Any] = []
        self._updates: list[Any] = []
        self._unfinished = False
        for item in self.learnables:
            prefix = f"{item.owner.name}{'' if item.name == 'weight' else item.name}"
            model = sum_over_batch(item.reference(item.group, item.gradient))
            total = groups.add_update(f"{prefix}{REDUCE}", REDUCE, model)
            if item.neurons_share:
                model = sum_over_neurons(item.reference(total, "Total"))
                total = groups.add_update(f"{prefix}{SHARE}", SHARE, model)
            rule = item.optimiser.get_model(*self._references(item, total), False, item.clamp)
            self._updates.append(groups.add_update(f"{prefix}{LEARN}", LEARN, rule))
            self._totals.append(total)

    @property
    def optimisers(self) -> tuple[Optimiser, ...]:
        """Those in use, each once."""
        return tuple({id(item.optimiser): item.optimiser for item in self.learnables}.values())

    def begin(self) -> None:
        """A backward phase begins: what one that was interrupted has left is no part of its gradients."""
        if self._unfinished:
            self.reduce()
        self._unfinished = True

    def reduce(self) -> None:
        """Add up the gradients of the batch, and start new sums."""
        if self._updates:
            self._groups.genn_model.custom_update(REDUCE)
        if any(item.neurons_share for item in self.learnables):
            self._groups.genn_model.custom_update(SHARE)
        for item, total in zip(self.learnables, self._totals, strict=True):
            if item.shared is not None:
                item.shared.collect(total.vars["Total"])
        self._unfinished = False

    def learn(self, step: int) -> None:
        """Change what is learnt against its gradients.

        Args:
            step: number of the batch since the network was loaded.
        """
        for item, update in zip(self.learnables, self._updates, strict=True):
            item.optimiser.set_step(update, step)
        if self._updates:
            self._groups.genn_model.custom_update(LEARN)
        self.spread()

    def spread(self) -> None:
        """Give synapses that share weights what was learnt, or put back."""
        for item in self.learnables:
            if item.shared is not None:
                item.shared.spread()

    def gradients(self) -> Iterator[tuple[Any, np.ndarray]]:
        """The sums that `reduce` left, by key and of the shape of what is learnt: () for what neurons share."""
        for item, total in zip(self.learnables, self._totals, strict=True):
            variable = total.vars["Total"] if item.shared is None else item.shared.store.vars["Gradient"]
            variable.pull_from_device()
            yield item.key, np.array(variable.values).reshape(() if item.neurons_share else item.shape)

    def states(self) -> Iterator[tuple[Learnable, str, Any]]:
        """The engine's variables that hold what optimisers remember, with what they belong to and their names."""
        for item, update in zip(self.learnables, self._updates, strict=True):
            for name in item.optimiser.state:
                yield item, name, update.vars[name]

    def _references(self, item: Learnable, total: Any) -> tuple[Any, Any]:
        """The engine's references to the gradient of the batch and to what is learnt."""
        if item.shared is None:
            return item.reference(total, "Total"), item.reference(item.group, item.variable)
        refer = self._groups.engine.create_var_ref
        return refer(item.shared.store, "Gradient"), refer(item.shared.store, "g")


def sum_over_batch(gradient_ref: Any) -> CustomUpdateModel:
    """Total is the sum of the gradients of all examples, which are set to zero."""
    return CustomUpdateModel(
        update_code="Total = Gradient;\nGradient = 0.0;",
        vars=(Var("Total", 0.0, access=CustomUpdateVarAccess.REDUCE_BATCH_SUM),),
        var_refs=(VarRef("Gradient", gradient_ref, access=VarAccessMode.READ_WRITE),),
    )


def sum_over_neurons(gradient_ref: Any) -> CustomUpdateModel:
    """Total is the sum of the gradients of all neurons, from the first to the last."""
    return CustomUpdateModel(
        update_code="Total = Gradient;",
        vars=(Var("Total", 0.0, access=CustomUpdateVarAccess.REDUCE_NEURON_SUM),),
        var_refs=(VarRef("Gradient", gradient_ref),),
    )
