"""The variables of one element (neuron, weight ...) held in locals from its first line of code to its last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.kernel import Kernel
from ml_genn.engines.embedded.language.types import NumericType
from ml_genn.engines.embedded.plan.plan import Array, Axis, Element
from ml_genn.errors import InternalCompilerError


@final
@dataclass
class _Variable:
    hint: str
    local: str
    index: str
    array: Array
    delay: int
    written: bool = False


@final
class Elements:
    """Gives each array that the code touches one local, loaded before and, if written, stored after the code.

    Whatever names the code strings of one kernel have for an array, they share its local. `index` is C text of the
    running element, which also keys random draws; `axes` that of the other running indices; `place` makes the C text of
    a local from its name.
    """

    def __init__(
        self,
        kernel: Kernel,
        index: str,
        example: str,
        *,
        store_delay: int = 0,
        place: Callable[[str], str] = str,
        axes: Mapping[Axis, str] | None = None,
    ) -> None:
        self._kernel, self._index, self._example = kernel, index, example
        self._store_delay, self._place = store_delay, place
        self._axes = {Axis.SHARED: "0", Axis.NEURON: index} if axes is None else {Axis.SHARED: "0", **axes}
        self._variables: dict[tuple[str, int, Axis], _Variable] = {}
        self._draws: dict[int, str] = {}

    def element(self, hint: str, binding: Element, written: bool) -> str:
        """The local of an array's element."""
        if binding.axis not in self._axes:
            raise InternalCompilerError(f"'{hint}' runs over {binding.axis} here; this is a bug in ml_genn")
        array, delay = binding.array, binding.delay if binding.array.slots > 1 else 0
        key = (array.name, delay, binding.axis)
        if key not in self._variables:
            local = self._kernel.unique("gen_v_", hint, key)
            self._variables[key] = _Variable(hint, local, self._axes[binding.axis], array, delay)
        self._variables[key].written |= written
        return self._place(self._variables[key].local)

    def draws(self, stream: int) -> Callable[[], str]:
        """The draws of a stream, made only if the code asks for them."""
        return lambda: self._place(self._draws.setdefault(stream, f"gen_draws{len(self._draws)}"))

    def variables(self) -> list[tuple[NumericType | str, str]]:
        """Type and name of all locals."""
        draws: list[tuple[NumericType | str, str]] = [("gen_draws", name) for name in self._draws.values()]
        return [*draws, *((variable.array.type, variable.local) for variable in self._variables.values())]

    def load(self, out: Buffer) -> None:
        """Lines before the code, which give all locals their values."""
        for stream, name in self._draws.items():
            first = self._kernel.draws("stream", stream, self._index, self._example)
            out.line(f"{self._place(name)} = {first};")
        for variable in self._variables.values():
            in_place = variable.written and (variable.array.slots == 1 or variable.delay == self._store_delay)
            pointer = self._kernel.pointer(variable.hint, variable.array, delay=variable.delay, written=in_place)
            out.line(f"{self._place(variable.local)} = {pointer}[{variable.index}];")

    def store(self, out: Buffer) -> None:
        """Lines after the code."""
        for variable in self._variables.values():
            if variable.written:
                pointer = self._kernel.pointer(variable.hint, variable.array, delay=self._store_delay, written=True)
                out.line(f"{pointer}[{variable.index}] = {self._place(variable.local)};")
