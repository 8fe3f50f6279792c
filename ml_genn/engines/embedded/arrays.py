"""Variables and extra global parameters as a user sees them: live views of the engine's memory in PyGeNN's shapes.

Host and device are one here: `push_to_device` and `pull_from_device` only check that the model is loaded.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import ArrayLike

from ml_genn.engines.embedded.plan.plan import Array, Clock
from ml_genn.engines.embedded.snippets import VarInit, VarValue
from ml_genn.errors import DescriptionError, ShapeError, UnsupportedError


@final
@dataclass(frozen=True, eq=False)
class Memory:
    """Where the numbers of one array lie while a model is loaded: [slots][batch or 1][elements]."""

    array: Array
    numbers: np.ndarray
    clock: Clock

    @property
    def newest(self) -> int:
        """The slot that the last step wrote."""
        return (self.clock.ring - 1) % self.array.slots

    def view(self) -> np.ndarray:
        """All slots, in PyGeNN's order of axes: (batch, slots, elements) without the axes of size one."""
        return self._shaped(np.swapaxes(self.numbers, 0, 1) if self.array.slots > 1 else self.numbers[0])

    def current(self) -> np.ndarray:
        """The newest slot."""
        return self._shaped(self.numbers[self.newest])

    def _shaped(self, numbers: np.ndarray) -> np.ndarray:
        return numbers if self.numbers.shape[1] > 1 else numbers[0]


class LiveArray(ABC):
    """An array that exists as memory while its model is loaded.

    `label` is the name of the plan's array; `changed` is called when the model has to be planned anew.
    """

    __slots__ = ("_changed", "_memory", "label", "name", "type")

    def __init__(self, name: str, type_: str, label: str, changed: Callable[[], None]) -> None:
        self.name = name
        self.type = type_
        self.label = label
        self._changed = changed
        self._memory: Memory | None = None

    def attach(self, memory: Memory | None) -> None:
        """Binds the array to the memory of a loaded model, or frees it."""
        self._memory = memory

    @property
    def ready(self) -> bool:
        """Whether enough is known to load the array."""
        return True

    @property
    def memory(self) -> Memory:
        """The memory behind the array."""
        if self._memory is None:
            raise DescriptionError(f"{self.label}: load the model before using its arrays")
        return self._memory

    @property
    @abstractmethod
    def view(self) -> np.ndarray:
        """Live view of the numbers."""

    @property
    def values(self) -> np.ndarray:
        """A copy of the numbers; assigning writes them, the same to each example if they have no axis for it."""
        return self.view.copy()

    @values.setter
    def values(self, values: ArrayLike) -> None:
        write(self.view, values, self.label)

    def push_to_device(self) -> None:
        """Does nothing: views are the engine's own memory."""
        _ = self.memory

    def pull_from_device(self) -> None:
        """Does nothing: views are the engine's own memory."""
        _ = self.memory


class StateArray(LiveArray):
    """A variable, which has initial values.

    Attributes:
        extra_global_params: Arrays, by name, that the snippet which initialises the variable indexes.
    """

    __slots__ = ("extra_global_params", "init_values")

    def __init__(self, name: str, type_: str, label: str, changed: Callable[[], None], init_values: VarValue) -> None:
        super().__init__(name, type_, label, changed)
        self.set_init_values(init_values)

    def set_init_values(self, values: VarValue) -> None:
        """Sets what the variable starts from the next load: a number, an array or `init_var(...)`."""
        self.init_values = values
        indexed = values.snippet.extra_global_params if isinstance(values, VarInit) else ()
        self.extra_global_params = {
            egp.name: ExtraGlobalParameter(egp.name, egp.type, f"{self.label}.initial.{egp.name}", self._changed)
            for egp in indexed
        }
        self._changed()

    @property
    @abstractmethod
    def current_view(self) -> np.ndarray:
        """Live view of what the last step wrote."""

    @abstractmethod
    def places(self) -> np.ndarray:
        """Where in its array each element that a user counts lies."""

    @property
    def current_values(self) -> np.ndarray:
        """A copy of what the last step wrote."""
        return self.current_view.copy()


@final
class Variable(StateArray):
    """A variable of neurons: (elements,), or (batch, elements) where examples have values of their own.

    One that synapses read with an axonal delay has an axis of delay slots before the elements.
    """

    __slots__ = ()

    @property
    def view(self) -> np.ndarray:
        """Live view of all delay slots."""
        return self.memory.view()

    @property
    def current_view(self) -> np.ndarray:
        """Live view of what the last step wrote."""
        return self.memory.current()

    def places(self) -> np.ndarray:
        """One after the other."""
        return np.arange(self.memory.array.elements)


@final
class SynapseVariable(StateArray):
    """A variable of synapses: dense [pre * num_post + post], of a kernel its entries, sparse ones row by row.

    For sparse connectivity `rows` gives the places of the existing synapses.
    """

    __slots__ = ("_rows",)

    def __init__(
        self,
        name: str,
        type_: str,
        label: str,
        changed: Callable[[], None],
        init_values: VarValue,
        *,
        rows: Callable[[], np.ndarray] | None = None,
    ) -> None:
        super().__init__(name, type_, label, changed, init_values)
        self._rows = rows

    @property
    def view(self) -> np.ndarray:
        """Live view; sparse connectivity has none, since its rows are padded."""
        if self._rows is not None:
            raise UnsupportedError(f"{self.label}: a variable of sparse connectivity has no view; use values")
        return self.memory.view()

    @property
    def current_view(self) -> np.ndarray:
        """The same as `view`."""
        return self.view

    @property
    def values(self) -> np.ndarray:
        """A copy of the numbers; for sparse connectivity in ascending order of (pre, post)."""
        whole = self.memory.view()
        return whole.copy() if self._rows is None else whole[..., self._rows()]

    @values.setter
    def values(self, values: ArrayLike) -> None:
        if self._rows is None:
            write(self.memory.view(), values, self.label)
        else:
            packed = self.values
            write(packed, values, self.label)
            self.memory.view()[..., self._rows()] = packed

    @property
    def current_values(self) -> np.ndarray:
        """The same as `values`."""
        return self.values

    def places(self) -> np.ndarray:
        """In the order of `values`."""
        return np.arange(self.memory.array.elements) if self._rows is None else self._rows()


@final
class ExtraGlobalParameter(LiveArray):
    """An array of any length; its values must be set before the model is loaded."""

    __slots__ = ("init_values",)

    def __init__(self, name: str, type_: str, label: str, changed: Callable[[], None]) -> None:
        super().__init__(name, type_, label, changed)
        self.init_values: np.ndarray | None = None

    def set_init_values(self, values: ArrayLike | None) -> None:
        """Sets length and values for the next time the model is loaded."""
        if values is None:
            self.init_values = None
        else:
            given = np.asarray(values)
            if given.ndim == 0:
                raise DescriptionError(f"{self.label}: an extra global parameter needs an array, got {values!r}")
            self.init_values = given.ravel()
        self._changed()

    @property
    def ready(self) -> bool:
        """Whether values, and with them the length, are set."""
        return self.init_values is not None

    @property
    def view(self) -> np.ndarray:
        """Live view, (length,)."""
        return self.memory.view()


@final
class BuiltInArray(LiveArray):
    """An array that the engine itself declares, such as the input of a synapse group: (batch, elements)."""

    __slots__ = ()

    @property
    def view(self) -> np.ndarray:
        """Live view."""
        numbers: np.ndarray = self.memory.numbers[0]
        return numbers


def chosen_places(variable: StateArray, elements: ArrayLike | None) -> np.ndarray:
    """Places, to record, of some of a variable's elements, or of all."""
    if variable.memory.array.summed:
        raise UnsupportedError(f"{variable.label}: a sum over the batch cannot be recorded; look at it between steps")
    places = variable.places().astype(np.int64)
    if elements is None:
        return places
    chosen = np.atleast_1d(np.asarray(elements))
    if chosen.ndim != 1 or (chosen.size and chosen.dtype.kind not in "iu"):
        raise DescriptionError(f"{variable.label}: elements must be a list of integers, got {elements!r}")
    outside = chosen[(chosen < 0) | (chosen >= len(places))]
    if len(outside):
        raise DescriptionError(f"{variable.label}: there is no element {outside[0]}; they are 0 to {len(places) - 1}")
    return places[chosen.astype(np.int64)]


def write(view: np.ndarray, values: ArrayLike, label: str) -> None:
    """Copies values into a view, repeating them over the batch if they have no axis for it."""
    given = np.asarray(values)
    try:
        view[...] = given
    except ValueError:
        raise ShapeError(f"{label}: values must have shape {view.shape}, got {given.shape}") from None
