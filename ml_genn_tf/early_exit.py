"""Early exit: an example's answer is taken as soon as its margin is large and stable, not after all timesteps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ml_genn import Population
from ml_genn.callbacks import Callback, CallbackList
from ml_genn.runtime.examples import batches
from ml_genn.runtime.output_trace import chosen_classes

from .ir import Array

CANDIDATES = 256
"""Margins that are tried."""


@final
@dataclass(frozen=True, eq=False)
class Answers:
    """Of each example after each timestep the chosen class and its margin, both (examples, timesteps).

    The margin after t steps is (largest - second largest output) / t, in units of the model's logits.
    """

    classes: NDArray[np.int64]
    margins: Array

    def exits(self, margin: float) -> NDArray[np.int64]:
        """Index of the first timestep at which the class is that of the step before and its margin reaches `margin`.

        The last timestep where there is none.
        """
        stable = np.zeros(self.classes.shape, bool)
        stable[:, 1:] = self.classes[:, 1:] == self.classes[:, :-1]
        leave = stable & (self.margins >= margin)
        leave[:, -1] = True
        return np.asarray(leave.argmax(axis=1), np.int64)

    def at(self, exits: NDArray[np.int64]) -> NDArray[np.int64]:
        """The class of each example at its exit."""
        return np.asarray(self.classes[np.arange(len(exits)), exits], np.int64)


@final
@dataclass(frozen=True)
class EarlyExit:
    """What early exit does on labelled examples.

    Attributes:
        margin: the margin at which answers are taken, chosen on calibration data.
        mean_timesteps: mean number of timesteps until an answer, of `timesteps`.
        accuracy: fraction of right answers; `agreement`: of those that all timesteps give.
    """

    margin: float
    mean_timesteps: float
    timesteps: int
    accuracy: float
    agreement: float

    def sentence(self) -> str:
        """The same in words."""
        accuracy, agreement = 100 * self.accuracy, 100 * self.agreement
        return (
            f"Early exit: with answers taken at a stable margin of {self.margin:.3g}, chosen on calibration data, the "
            f"mean T is {self.mean_timesteps:.2f} of {self.timesteps} timesteps, the accuracy {accuracy:.2f} % and "
            f"{agreement:.2f} % of the answers are those of all timesteps."
        )


def choose_margin(answers: Answers, tolerance: float) -> float:
    """The margin with the earliest exits of those that change at most `tolerance` of the answers.

    Infinity where there is none: then every example runs to the end.
    Source: the confidence threshold of Y. Li et al., NeurIPS 2023, "SEENN: towards temporal spiking early exit neural
    networks", here on margins and chosen on calibration data.
    """
    last = answers.classes[:, -1]
    best, earliest = float("inf"), float(answers.classes.shape[1])
    for margin in np.unique(np.quantile(answers.margins, np.linspace(0, 1, CANDIDATES))):
        exits = answers.exits(float(margin))
        if np.mean(answers.at(exits) != last) <= tolerance and exits.mean() + 1 < earliest:
            best, earliest = float(margin), float(exits.mean() + 1)
    return best


def exit_early(calibration: Answers, answers: Answers, labels: NDArray[np.int64], tolerance: float) -> EarlyExit:
    """Early exit at the margin that the calibration examples choose."""
    margin = choose_margin(calibration, tolerance)
    exits = answers.exits(margin)
    given = answers.at(exits)
    return EarlyExit(
        margin=margin,
        mean_timesteps=float(exits.mean() + 1),
        timesteps=int(answers.classes.shape[1]),
        accuracy=float(np.mean(given == labels)),
        agreement=float(np.mean(given == answers.classes[:, -1])),
    )


def answers_over_time(compiled: Any, inputs: Mapping[Population, Array], output: Population, timesteps: int) -> Answers:
    """Runs all examples through a compiled network of one output, looking at it after every timestep."""
    trace = _AnswerTrace(output, timesteps)
    with compiled, CallbackList([trace], compiled_network=compiled) as callbacks:
        for _ in compiled.run_batches(batches(inputs, compiled.batch_size), [output], callbacks):
            pass
    classes, margins = (np.concatenate(parts) for parts in zip(*trace.batches(), strict=True))
    return Answers(classes, margins)


def margins(values: Array) -> Array:
    """By how much the largest output of each example exceeds the second; a single output its boundary of 0."""
    flat = values.reshape(len(values), -1)
    if flat.shape[1] == 1:
        return np.abs(flat[:, 0])
    largest = np.partition(flat, -2, axis=1)[:, -2:]
    return np.asarray(largest[:, 1] - largest[:, 0])


@final
class _AnswerTrace(Callback):
    """Reads an output after every timestep in which it works."""

    def __init__(self, output: Population, timesteps: int) -> None:
        self.output = output
        self.timesteps = timesteps
        self._found: list[tuple[NDArray[np.int64], Array]] = []

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        self._network = compiled_network
        self._depth = compiled_network.depths.get(self.output, 0)

    def on_timestep_end(self, timestep: int) -> None:
        steps = timestep + 1 - self._depth
        if steps < 1:
            return
        values = self._network.get_readout(self.output)[: self._network.num_examples]
        self._found.append((chosen_classes(values), margins(values) / steps))

    def batches(self) -> list[tuple[NDArray[np.int64], Array]]:
        """Classes and margins of each batch, (examples, timesteps)."""
        chunks = [self._found[at : at + self.timesteps] for at in range(0, len(self._found), self.timesteps)]
        return [
            (np.stack([classes for classes, _ in chunk], axis=1), np.stack([margins for _, margins in chunk], axis=1))
            for chunk in chunks
        ]
