"""What compiled networks that are evaluated share: batches in, readouts and metrics out."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, repeat
from typing import Any, final

import numpy as np

from ..callbacks import BatchProgressBar, CallbackList
from ..errors import DataError, UnsupportedError
from ..layer import by_population, underlying_population
from ..population import Population
from ..registry import METRICS
from .compiled_network import CompiledNetwork
from .examples import Data, batches, check_examples, check_num_batches, distribute, timesteps_of_batches
from .spikes import BatchSpikes


@final
@dataclass(frozen=True)
class BatchResult:
    """The readouts of one batch, each of shape (examples,) + shape of the population."""

    index: int
    readouts: Mapping[Population, np.ndarray]


class CompiledEvaluationNetwork(CompiledNetwork):
    """A network that computes readouts of examples; trials do not influence each other.

    Attributes:
        num_examples: examples in the batch whose result was given out last.
    """

    num_examples = 0

    @property
    @abstractmethod
    def timesteps_per_batch(self) -> int:
        """Timesteps that a batch spends in each population."""

    @abstractmethod
    def run_batches(
        self,
        inputs: Iterable[Mapping[Any, Any]],
        outputs: Sequence[Population],
        callbacks: CallbackList,
        timesteps: Iterable[np.ndarray | None] = repeat(None),
    ) -> Iterator[BatchResult]:
        """Run batches one after the other, giving out each result as soon as it is known.

        Args:
            inputs: examples by input population of each batch.
            outputs: populations whose readouts are wanted.
            callbacks: told of batches and timesteps.
            timesteps: those of the examples of each batch; None for as many as the network was compiled for.
        """

    @abstractmethod
    def record(self, population: Population) -> None:
        """Ask for the spikes of a population in the coming run."""

    @abstractmethod
    def spikes(self, population: Population) -> BatchSpikes:
        """Spikes of a population in the batch whose result was given out last."""

    @abstractmethod
    def batch_in(self, population: Population) -> int | None:
        """Index of the batch that a population is working on; None if none."""

    @contextmanager
    def running(self) -> Iterator[None]:
        """The time of a run; callbacks may start a run within another, which leaves that one's batch as it is.

        Raises:
            DescriptionError: the network can only do one at a time.
        """
        yield

    def evaluate(
        self,
        x: Mapping[Any, Any],
        y: Mapping[Any, Any],
        metrics: Any = "sparse_categorical_accuracy",
        callbacks: Iterable[Any] | None = None,
        *,
        timesteps: Any = None,
    ) -> tuple[dict[Any, Any], dict[Any, Any]]:
        """Run all examples and compare with labels.

        Args:
            x: examples by input population or layer.
            y: labels by output population or layer.
            metrics: Metric, name of one, or a dictionary of these by output.
            callbacks: by default a progress bar.
            timesteps: of the trial of each example, where the network was compiled with `variable_timesteps`; None for
                as many as it was compiled for.

        Returns:
            Metrics by output, and what the callbacks recorded by key.

        Raises:
            DataError: examples or labels do not fit the network or each other.
        """
        num_examples = check_examples(x, "input")
        if check_examples(y, "label") != num_examples:
            raise DataError(
                f"Number of inputs and labels must match, got {num_examples} and {len(next(iter(y.values())))}"
            )
        lengths = timesteps_of_batches(self.checked_timesteps(timesteps, num_examples), self.batch_size)
        data = map(Data, batches(x, self.batch_size), batches(y, self.batch_size), lengths)
        return self._evaluate(data, tuple(y), math.ceil(num_examples / self.batch_size), metrics, callbacks)

    def evaluate_batch(
        self,
        x: Mapping[Any, Any],
        y: Mapping[Any, Any],
        metrics: Any = "sparse_categorical_accuracy",
        callbacks: Iterable[Any] = (),
        *,
        timesteps: Any = None,
    ) -> tuple[dict[Any, Any], dict[Any, Any]]:
        """Run one batch and compare with labels; as `evaluate`, with at most batch_size examples."""
        num_examples = check_examples(x, "input")
        if num_examples > self.batch_size:
            raise DataError(f"the batch holds {num_examples} examples, the network runs {self.batch_size} at a time")
        return self.evaluate(x, y, metrics, callbacks, timesteps=timesteps)

    def evaluate_batch_iter(
        self,
        inputs: Any,
        outputs: Any,
        data: Iterable[tuple[Any, ...]],
        num_batches: int | None = None,
        metrics: Any = "sparse_categorical_accuracy",
        callbacks: Iterable[Any] | None = None,
    ) -> tuple[dict[Any, Any], dict[Any, Any]]:
        """Run batches from any iterable and compare with labels.

        Args:
            inputs, outputs: a population or layer, or a sequence of them.
            data: pairs (examples, labels), or (examples, labels, timesteps), of at most batch_size examples; with
                several inputs or outputs each a sequence in their order, or a dictionary.
            num_batches: stop after this many.
            metrics, callbacks: as for `evaluate`.

        Returns:
            As `evaluate`.
        """
        check_num_batches(num_batches)
        input_keys, output_keys = as_tuple(inputs), as_tuple(outputs)
        stream = (
            self.as_data(input_keys, output_keys, batch, f"batch {index}")
            for index, batch in enumerate(islice(data, num_batches))
        )
        return self._evaluate(stream, output_keys, num_batches, metrics, callbacks)

    def predict(
        self, x: Mapping[Any, Any], outputs: Any, callbacks: Iterable[Any] | None = None, *, timesteps: Any = None
    ) -> tuple[dict[Any, np.ndarray], dict[Any, Any]]:
        """Run all examples.

        Args:
            x: examples by input population or layer.
            outputs: a population or layer with a readout, or a sequence of them.
            callbacks: by default a progress bar.
            timesteps: as for `evaluate`.

        Returns:
            Readouts by output, each of shape (examples,) + shape of the population, and what the callbacks recorded.
        """
        num_examples = check_examples(x, "input")
        keys = as_tuple(outputs)
        populations = [underlying_population(key) for key in keys]
        num_batches = math.ceil(num_examples / self.batch_size)
        readouts: dict[Any, list[np.ndarray]] = {key: [] for key in keys}
        lengths = timesteps_of_batches(self.checked_timesteps(timesteps, num_examples), self.batch_size)
        with self.running(), self._callbacks(callbacks, num_batches) as callback_list:
            callback_list.call("on_test_begin")
            for result in self.run_batches(batches(x, self.batch_size), populations, callback_list, lengths):
                for key, population in zip(keys, populations, strict=True):
                    readouts[key].append(result.readouts[population])
                callback_list.call("on_batch_end", result.index, {})
            callback_list.call("on_test_end", {})
            return {key: np.concatenate(parts) for key, parts in readouts.items()}, callback_list.get_data()

    def checked_timesteps(self, timesteps: Any, num_examples: int) -> np.ndarray | None:
        """Timesteps as users give them, one for each of so many examples; None for as many as the network has.

        Raises:
            UnsupportedError: trials of the network are all of one length.
            DataError: they do not fit the examples or the network.
        """
        if timesteps is not None:
            raise UnsupportedError(
                "the trials of this network are all of one length; compile it with variable_timesteps=True, which "
                "EventPropCompiler and InferenceCompiler have, or give no timesteps"
            )
        return None

    def as_data(self, inputs: Sequence[Any], outputs: Sequence[Any], batch: Any, name: str) -> Data:
        """A batch as users give it, for these inputs and outputs.

        Args:
            name: which batch it is, for messages.

        Raises:
            DataError: it is neither a pair nor has timesteps that fit its examples.
        """
        if not isinstance(batch, Sequence) or len(batch) not in (2, 3):
            size = f" of {len(batch)}" if isinstance(batch, Sequence) else ""
            raise DataError(
                f"{name} must be a pair (examples, targets), or (examples, targets, timesteps), got a "
                f"{type(batch).__name__}{size}"
            )
        x, y = distribute(inputs, batch[0], "input"), distribute(outputs, batch[1], "label")
        if len(batch) == 2:
            return Data(x, y)
        return Data(x, y, self.checked_timesteps(batch[2], check_examples(x, "input")))

    def scored(self, population: Population, y: Any, readout: np.ndarray) -> tuple[Any, np.ndarray]:
        """Labels and readouts of an output in the batch that ran last, as metrics compare them."""
        return y, readout

    def _evaluate(
        self,
        data: Iterable[Data],
        outputs: Sequence[Any],
        num_batches: int | None,
        metrics: Any,
        callbacks: Iterable[Any] | None,
    ) -> tuple[dict[Any, Any], dict[Any, Any]]:
        populations = [underlying_population(output) for output in outputs]
        found = METRICS.resolve_each(by_population(metrics), populations)
        by_output = {output: found[population] for output, population in zip(outputs, populations, strict=True)}
        waiting: deque[Data] = deque()

        def inputs() -> Iterator[Mapping[Any, Any]]:
            for batch in data:
                waiting.append(batch)
                yield batch.x

        lengths = (waiting[-1].timesteps for _ in repeat(None))  # of the batch that has just entered

        with self.running(), self._callbacks(callbacks, num_batches) as callback_list:
            callback_list.call("on_test_begin")
            for result in self.run_batches(inputs(), populations, callback_list, lengths):
                labels = waiting.popleft().y
                for output, population in zip(outputs, populations, strict=True):
                    scored = self.scored(population, labels[output], result.readouts[population])
                    by_output[output].update(*scored, self.communicator)
                callback_list.call("on_batch_end", result.index, by_output)
            callback_list.call("on_test_end", by_output)
            return by_output, callback_list.get_data()

    def _callbacks(self, callbacks: Iterable[Any] | None, num_batches: int | None) -> CallbackList:
        self._check_loaded()
        chosen = [BatchProgressBar()] if callbacks is None else callbacks
        return CallbackList(chosen, compiled_network=self, num_batches=num_batches)


def as_tuple(items: Any) -> tuple[Any, ...]:
    """A sequence as a tuple, anything else as the only item of one."""
    return tuple(items) if isinstance(items, Sequence) else (items,)
