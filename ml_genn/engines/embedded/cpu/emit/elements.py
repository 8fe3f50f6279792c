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

DRAWS = "gen_draws"
"""C type of a stream of random numbers, of which each draw takes the next."""


@final
@dataclass(frozen=True)
class Variable:
    """A variable that each element has while its code runs.

    Args:
        type: its C type.
        name: its C name.
        start: C text of its value before the code.
        end: where it is kept after the code; None if nowhere.
        written: whether the code may change it.
    """

    type: NumericType | str
    name: str
    start: str
    end: str | None = None
    written: bool = True


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

    def variables(self) -> list[Variable]:
        """All locals."""
        found = [Variable(DRAWS, name, self._first_draw(stream)) for stream, name in self._draws.items()]
        variables = list(self._variables.values())
        starts = [self._start(variable) for variable in variables]
        ends = [self._end(variable) for variable in variables]
        for variable, start, end in zip(variables, starts, ends, strict=True):
            found.append(Variable(variable.array.type, variable.local, start, end, variable.written))
        return found

    def declare(self, out: Buffer) -> None:
        """Lines that declare all locals."""
        out.lines(f"{variable.type} {variable.name};" for variable in self.variables())

    def load(self, out: Buffer) -> None:
        """Lines before the code, which give all locals their values."""
        out.lines(f"{self._place(variable.name)} = {variable.start};" for variable in self.variables())

    def store(self, out: Buffer) -> None:
        """Lines after the code."""
        ends = ((variable.end, variable.name) for variable in self.variables() if variable.end is not None)
        out.lines(f"{end} = {self._place(name)};" for end, name in ends)

    def _first_draw(self, stream: int) -> str:
        return self._kernel.draws("stream", stream, self._index, self._example)

    def _start(self, variable: _Variable) -> str:
        in_place = variable.written and (variable.array.slots == 1 or variable.delay == self._store_delay)
        pointer = self._kernel.pointer(variable.hint, variable.array, delay=variable.delay, written=in_place)
        return f"{pointer}[{variable.index}]"

    def _end(self, variable: _Variable) -> str | None:
        if not variable.written:
            return None
        pointer = self._kernel.pointer(variable.hint, variable.array, delay=self._store_delay, written=True)
        return f"{pointer}[{variable.index}]"
