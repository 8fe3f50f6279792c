"""Readouts that may look at a part of the trial only."""

from __future__ import annotations

import math

from ..errors import DescriptionError
from ..model import NeuronModel, Param
from ..values import Value
from .readout import Readout


class WindowReadout(Readout):
    """A summary of the timesteps n with window_start <= n dt < window_end.

    Args:
        window_start: begin of the window [ms]; None for that of the trial.
        window_end: end of the window [ms]; None for that of the trial.

    Raises:
        DescriptionError: the window is empty.
    """

    window_start = Value(unit="ms", constant=True, finite=True, low=0, optional=True)
    window_end = Value(unit="ms", constant=True, finite=True, low=0, low_open=True, optional=True)

    def __init__(self, window_start: float | None = None, window_end: float | None = None) -> None:
        self.window_start = window_start
        self.window_end = window_end
        if window_start is not None and window_end is not None and window_start >= window_end:
            raise DescriptionError(
                f"{type(self).__name__}: a window must begin before it ends, got {window_start} to {window_end} ms"
            )

    def steps(self, example_timesteps: int, dt: float) -> range:
        """The timesteps of a trial that are in the window, which may be none."""
        first = 0 if self.window_start is None else _step(self.window_start, dt)
        end = example_timesteps if self.window_end is None else min(example_timesteps, _step(self.window_end, dt))
        return range(first, max(first, end))

    def window(self, example_timesteps: int, dt: float) -> range:
        """The timesteps in the window.

        Args:
            example_timesteps: timesteps per trial.
            dt: timestep [ms].

        Raises:
            DescriptionError: there are none in a trial.
        """
        found = self.steps(example_timesteps, dt)
        if not found:
            limit = "its end" if self.window_end is None else f"{self.window_end:g} ms"
            raise DescriptionError(
                f"{type(self).__name__}: no timestep of a trial of {example_timesteps * dt:g} ms lies in the window "
                f"from {self.window_start or 0:g} to {limit}"
            )
        return found

    def within(self, model: NeuronModel, code: str, example_timesteps: int, dt: float) -> tuple[NeuronModel, str]:
        """The model with what `code` needs in order to run in the window only, and such code."""
        window = self.window(example_timesteps, dt)
        if len(window) == example_timesteps:
            return model, code
        # half a step away from the times themselves, which are rounded
        begin, end = ((step - 0.5) * dt for step in (window.start, window.stop))
        extended = model.with_param(Param("WindowBegin", begin)).with_param(Param("WindowEnd", end))
        return extended, f"if (t > WindowBegin && t < WindowEnd) {{\n    {code}\n}}"


def _step(time: float, dt: float) -> int:
    """The first timestep at or after a time."""
    return math.ceil(time / dt - 1e-6)
