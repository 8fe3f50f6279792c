"""What a loss of a trial is, and where it enters the backward pass."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .net import Array
from .trace import Trace


@dataclass(frozen=True)
class Pulse:
    """The loss depends on the voltage of an output at one time.

    Args:
        segment, since: when: a segment, and the time since its begin.
        output: which output.
        amount: derivative of the loss with respect to the voltage.
        event: the event that this time moves with; None if it is fixed or dV/dt is 0.
        rate: dV/dt.
    """

    segment: int
    since: float
    output: int
    amount: float
    event: int | None = None
    rate: float = 0.0


@dataclass(frozen=True)
class Sources:
    """The loss of a trial, F(integral of a density of time and voltages, voltages at some times, spike times).

    Args:
        value: the loss.
        density: dF/d(integral) times the density, a function of times (n,) and voltages (n, outputs); None for none.
        pull: its derivative with respect to the voltages, (n, outputs).
        pulses: voltages at single times.
        spikes: derivatives with respect to the times of spikes, by index among `Trace.spikes`.
    """

    value: float
    density: Callable[[Array, Array], Array] | None = None
    pull: Callable[[Array, Array], Array] | None = None
    pulses: list[Pulse] = field(default_factory=list)
    spikes: dict[int, float] = field(default_factory=dict)


class Loss(ABC):
    """A loss of one trial."""

    @abstractmethod
    def sources(self, trace: Trace, target: Any) -> Sources:
        """Its value and derivatives.

        Args:
            trace: the trial.
            target: what the outputs should do.
        """

    def value(self, trace: Trace, target: Any) -> float:
        """The loss."""
        return self.sources(trace, target).value


def crossentropy(scores: Array, label: int) -> tuple[Array, Array]:
    """-log softmax(scores)[label] and its derivatives, along the last axis."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    error = np.exp(logs)
    error[..., label] -= 1.0
    return np.asarray(-logs[..., label]), error
