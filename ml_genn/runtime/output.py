"""Outputs of networks that learn: what a loss sees of them, and how its derivative reaches their neurons."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from ..errors import DataError, TrainingError
from ..neurons.input import fill_batch
from ..population import Population
from .examples import named, taken
from .trial_lengths import TrialLengths

ERROR = "Error"
"""Variable of output neurons: the derivative of the loss with respect to the readout, for each example."""
SERIES = "Series"
"""Array of outputs with losses of series, [timestep][example][neuron]: V, then the derivative with respect to it."""


@final
@dataclass(frozen=True)
class Part:
    """Examples of a batch whose trials are of one length.

    Args:
        rows: their indices.
        timesteps: timesteps of their trials.
        share: their share in the examples of the batch.
        loss: the loss of such trials.
        y_true, seen: targets, and what the loss sees.
    """

    rows: np.ndarray
    timesteps: int
    share: float
    loss: Any
    y_true: Any
    seen: np.ndarray

    @contextmanager
    def named(self) -> Iterator[None]:
        """Say in errors of the loss, which count examples, that they count these."""
        try:
            yield
        except (DataError, TrainingError) as error:
            where = f"counted among the examples of the batch whose trials have {self.timesteps} timesteps"
            raise type(error)(f"{error} ({where})") from error


@final
class Output:
    """An output population's part in training.

    Args:
        population: the population.
        group: the engine's group of it.
        loss: the loss.
        gradient: its derivative with respect to what it sees, a function of the loss of trials of one length, of
            targets and of what it sees.
        batch_size: examples per batch.
        timesteps, dt: timesteps per trial and their length [ms].
        lengths: tells how many timesteps the trials of a batch have; None where all have as many.

    Attributes:
        loss: the loss of trials of full length.
    """

    def __init__(
        self,
        population: Population,
        group: Any,
        loss: Any,
        gradient: Callable[[Any, Any, np.ndarray], np.ndarray],
        batch_size: int,
        *,
        timesteps: int,
        dt: float,
        lengths: TrialLengths | None = None,
    ) -> None:
        self.loss = loss.for_trial(timesteps * dt)
        self._given = loss
        self._population = population
        self._shape = population.known_shape
        self._group = group
        self._gradient = gradient
        self._batch_size = batch_size
        self._dt = dt
        self._lengths = lengths
        self._kept: np.ndarray | None = None

    def begin(self) -> None:
        """A trial begins."""
        self._kept = None

    def check(self, y_true: Any) -> None:
        """Check the targets of all examples of a training.

        Raises:
            DataError: the population can have no such targets.
        """
        with named(self._population):
            self.loss.check_targets(y_true, self._shape)

    def value(self, y_true: Any, readouts: np.ndarray) -> float:
        """The loss of the batch that ran last.

        Raises:
            DataError: targets do not fit the population.
        """
        seen = self._seen(readouts)
        with named(self._population):
            if self._is_of_one_length:
                return float(self.loss.value(y_true, seen))
            total = 0.0
            for part in self._parts(y_true, seen):
                with part.named():
                    total += part.share * part.loss.value(part.y_true, part.seen)
        return float(total)

    def send_gradient(self, y_true: Any, readouts: np.ndarray) -> None:
        """Tell the neurons the derivative of the loss of the batch that ran last."""
        seen = self._seen(readouts)
        gradient = fill_batch(self._derivative(y_true, seen), self._batch_size, *self._axes())
        if self.loss.reads_series:
            self._kept = seen  # which the derivative takes the place of
            array, values = self._group.extra_global_params[SERIES], gradient.swapaxes(0, 1)
        else:
            array, values = self._group.vars[ERROR], gradient
        array.view[:] = values.reshape(array.view.shape)
        array.push_to_device()

    def series(self) -> np.ndarray:
        """V of the batch that ran last, of shape (batch size, timesteps) + shape of the population.

        Where the trial of an example is over it is NaN.
        """
        if self._kept is not None:
            return fill_batch(self._kept.copy(), self._batch_size, *self._axes())
        array = self._group.extra_global_params[SERIES]
        array.pull_from_device()
        found = np.array(array.view).reshape(-1, self._batch_size, *self._shape).swapaxes(0, 1)
        for example, timesteps in enumerate(() if self._timesteps is None else self._timesteps):
            found[example, timesteps:] = np.nan
        return found

    def scored(self, y_true: Any, readouts: np.ndarray) -> tuple[Any, np.ndarray]:
        """Targets and readouts of the batch that ran last, as metrics compare them.

        Of series of several lengths these are all timesteps of all trials, one after the other.
        """
        if self._timesteps is None or not self.loss.targets_series:
            return y_true, readouts
        with named(self._population):
            targets = [self._target(y_true, row, int(count)) for row, count in enumerate(self._timesteps)]
        seen = [readouts[row, :count] for row, count in enumerate(self._timesteps)]
        return np.concatenate(targets), np.concatenate(seen)

    @property
    def _timesteps(self) -> np.ndarray | None:
        return None if self._lengths is None else self._lengths.timesteps

    @property
    def _is_of_one_length(self) -> bool:
        """Whether the loss is that of all examples of the batch alike."""
        return self._timesteps is None or (self.loss is self._given and not self.loss.reads_series)

    def _parts(self, y_true: Any, seen: np.ndarray) -> Iterator[Part]:
        """The examples by lengths; without those of no timesteps, of which such losses know nothing."""
        lengths = np.zeros(0, int) if self._timesteps is None else self._timesteps
        for count in map(int, np.unique(lengths[lengths > 0])):
            rows = np.flatnonzero(lengths == count)
            series = seen[rows, :count] if self.loss.reads_series else seen[rows]
            if self.loss.targets_series:
                targets: Any = np.stack([self._target(y_true, int(row), count) for row in rows])
            else:
                targets = taken(y_true, rows)
            loss = self._given.for_trial(count * self._dt)
            yield Part(rows, count, len(rows) / len(seen), loss, targets, series)

    def _target(self, y_true: Any, row: int, timesteps: int) -> np.ndarray:
        """The part of a series that is as long as a trial.

        Raises:
            DataError: there is less.
        """
        found = np.asarray(y_true[row])
        if found.shape[:1] < (timesteps,) or found.shape[1:] != self._shape:
            raise DataError(
                f"the target of example {row} of a batch has the shape {found.shape}, its trial has "
                f"{timesteps} timesteps; it needs a shape of at least {(timesteps, *self._shape)}"
            )
        return found[:timesteps]

    def _derivative(self, y_true: Any, seen: np.ndarray) -> np.ndarray:
        """dL/d(what the loss sees) of the batch."""
        if self._is_of_one_length:
            return self._gradient(self.loss, y_true, seen)
        found = np.zeros(seen.shape)
        for part in self._parts(y_true, seen):
            with part.named():
                gradient = part.share * self._gradient(part.loss, part.y_true, part.seen)
            if self.loss.reads_series:
                found[part.rows, : part.timesteps] = gradient
            else:
                found[part.rows] = gradient
        return found

    def _seen(self, readouts: np.ndarray) -> np.ndarray:
        if self.loss.reads_series and not self.loss.targets_series:
            return self.series()[: len(readouts)]
        return readouts

    def _axes(self) -> tuple[Any, ...]:
        if not self.loss.reads_series:
            return (self._shape,)
        size = self._batch_size * int(np.prod(self._shape))
        return self._shape, (self._group.extra_global_params[SERIES].view.size // size,)
