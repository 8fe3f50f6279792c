"""The numbers that training changes: what is learnt, and what optimisers remember of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, final

import numpy as np

from ..errors import DataError, TrainingError
from .writing import flat_values

Arrays = dict[str, np.ndarray]


@final
class LearntValues:
    """Reads and writes them as the engine holds them, by names made of owner, parameter and variable.

    Args:
        learning: what is learnt, with `learnables`, `states` and `spread`.
    """

    def __init__(self, learning: Any) -> None:
        self._learning = learning

    def read(self, *, with_memory: bool = True) -> Arrays:
        """Copies of the present numbers; without the memory of optimisers only what is learnt."""
        return _read(self._variables(with_memory=with_memory))

    def write(self, values: Mapping[str, np.ndarray], where: str = "what is put back") -> None:
        """Put numbers back that `read` gave; all of them or, in error, none.

        Args:
            values: what is learnt, with or without the memory of optimisers.
            where: where they come from, for messages.

        Raises:
            DataError: they are those of another network.
        """
        own = self._variables(with_memory=True)
        _check(own, self._variables(with_memory=False), values, where)
        self._check_shared(values, where)
        for name, numbers in values.items():
            own[name].values = numbers
            own[name].push_to_device()
        self._learning.spread()

    def _check_shared(self, values: Mapping[str, np.ndarray], where: str) -> None:
        for item in self._learning.learnables:
            name = _name(item)
            if item.neurons_share and np.ptp(values[name]) > 0.0:
                raise DataError(
                    f"{where} has different numbers of {name}, which neurons share here; compile the network without "
                    "shared=True, or put one number back"
                )

    def constants(self) -> dict[tuple[str, str], np.ndarray]:
        """Copies of the constants of neurons and synapses, flat, by owner and by the name that users know."""
        found = {}
        for item in self._learning.learnables:
            if item.is_constant:
                found[str(item.owner), item.name] = flat_values(item.group.vars[item.variable])
        return found

    def check_finite(self, epoch: int) -> None:
        """Check that all that is learnt is finite: neurons whose weights are not are silent, and the loss may not tell.

        Of what has bounds so is the memory of its optimiser: it is put back to one of them even where its gradient is
        no number.

        Raises:
            TrainingError: something is not.
        """
        hidden = (state for state in self._learning.states() if state[0].clamp is not None)
        for name, numbers in _read(self._variables(with_memory=False) | _memory(hidden)).items():
            wrong = np.size(numbers) - np.count_nonzero(np.isfinite(numbers))
            if wrong:
                raise TrainingError(
                    f"{wrong} numbers of {name} are not finite after epoch {epoch}: gradients have grown out of range; "
                    "lower the learning rate, or raise min_slope"
                )

    def optimisers(self) -> tuple[dict[str, Any], ...]:
        """Class and parameters of each optimiser."""
        return tuple(
            {"class": type(optimiser).__name__, **_parameters(optimiser)} for optimiser in self._learning.optimisers
        )

    def check_optimisers(self, states: Sequence[Mapping[str, Any]], where: str) -> None:
        """Check that optimisers are of the classes that they had.

        Raises:
            DataError: they are of others.
        """
        own = [type(optimiser).__name__ for optimiser in self._learning.optimisers]
        given = [str(state["class"]) for state in states]
        if own != given:
            raise DataError(
                f"{where} was written with the optimisers {', '.join(given)}, this network has {', '.join(own)}; "
                "compile it with the same"
            )

    def restore_optimisers(self, states: Sequence[Mapping[str, Any]]) -> None:
        """Give optimisers the parameters that they had."""
        for optimiser, state in zip(self._learning.optimisers, states, strict=True):
            for name in _parameters(optimiser).keys() & state.keys():
                setattr(optimiser, name, state[name])

    def _variables(self, *, with_memory: bool) -> dict[str, Any]:
        found = {_name(item): item.holder.vars[item.variable] for item in self._learning.learnables}
        return found | _memory(self._learning.states()) if with_memory else found


def _name(item: Any) -> str:
    return f"{item.owner.name}.{item.name}"


def _memory(states: Iterable[tuple[Any, str, Any]]) -> dict[str, Any]:
    return {f"{_name(item)}.{name}": variable for item, name, variable in states}


def _read(variables: Mapping[str, Any]) -> Arrays:
    found = {}
    for name, variable in variables.items():
        variable.pull_from_device()
        found[name] = np.array(variable.values)
    return found


def _check(own: Mapping[str, Any], learnt: Iterable[str], values: Mapping[str, np.ndarray], where: str) -> None:
    strange = [f"it holds {name}" for name in values if name not in own]
    missing = [f"it lacks {name}" for name in learnt if name not in values]
    if strange or missing:
        known = ", ".join(learnt) or "nothing"
        raise DataError(f"{where} is that of another network: {(strange + missing)[0]}; this one learns {known}")
    for name, numbers in values.items():
        shape = own[name].values.shape
        if np.shape(numbers) != shape:
            raise DataError(
                f"{where} is that of another network: {name} has the shape {np.shape(numbers)} there, {shape} here"
            )


def _parameters(optimiser: Any) -> dict[str, Any]:
    return {
        name: value
        for name, value in vars(optimiser).items()
        if isinstance(value, bool | int | float) and not name.startswith("_")
    }
