"""The code of one neuron after another, and the loops around it: in passes (passes.py) or in lanes (lanes.py)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.elements import Variable
from ml_genn.engines.embedded.cpu.emit.expressions import Names
from ml_genn.engines.embedded.plan.plan import Code


class Body(ABC):
    """Collects the code of one neuron, then writes the loops around it; neurons are numbered `gen_i`."""

    @property
    @abstractmethod
    def inner(self) -> Buffer:
        """Where lines for one neuron go."""

    @abstractmethod
    def variable(self, name: str) -> str:
        """C text of a variable that each neuron has."""

    @abstractmethod
    def program(self, code: Code, names: Names) -> None:
        """Adds a code string."""

    @abstractmethod
    def where(self, flag: str, flags: str, lines: Buffer, *, apart: bool) -> None:
        """Adds lines for the neurons whose `flag`, an element of `flags`, is set; `apart`: a branch that few take."""

    @abstractmethod
    def write(self, variables: Sequence[Variable], out: Buffer) -> None:
        """Writes all of it for neurons `gen_first` to `gen_first + gen_count`."""
