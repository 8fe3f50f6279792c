"""What compiled networks that are evaluated share: batches in, readouts and metrics out."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, final

import numpy as np

from ..callbacks import BatchProgressBar, CallbackList
from ..errors import DataError
from ..layer import underlying_population
from ..population import Population
from ..registry import METRICS
from .compiled_network import CompiledNetwork
from .examples import batches, check_examples, distribute
from .spikes import BatchSpikes

Data = tuple[dict[Any, Any], dict[Any, Any]]


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
        self, inputs: Iterable[Mapping[Any, Any]], outputs: Sequence[Population], callbacks: CallbackList
    ) -> Iterator[BatchResult]:
        """Run batches one after the other, giving out each result as soon as it is known."""

    @abstractmethod
    def record(self, population: Population) -> None:
        """Ask for the spikes of a population in the coming run."""

    @abstractmethod
    def spikes(self, population: Population) -> BatchSpikes:
        """Spikes of a population in the batch whose result was given out last."""

    @abstractmethod
    def batch_in(self, population: Population) -> int | None:
        """Index of the batch that a population is working on; None if none."""

    def evaluate(
        self,
        x: Mapping[Any, Any],
        y: Mapping[Any, Any],
        metrics: Any = "sparse_categorical_accuracy",
        callbacks: Iterable[Any] | None = None,
    ) -> tuple[dict[Any, Any], dict[Any, Any]]:
        """Run all examples and compare with labels.

        Args:
            x: examples by input population or layer.
            y: labels by output population or layer.
            metrics: Metric, name of one, or a dictionary of these by output.
            callbacks: by default a progress bar.

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
        data = zip(batches(x, self.batch_size), batches(y, self.batch_size), strict=True)
        return self._evaluate(data, tuple(y), math.ceil(num_examples / self.batch_size), metrics, callbacks)

    def evaluate_batch(
        self,
        x: Mapping[Any, Any],
        y: Mapping[Any, Any],
        metrics: Any = "sparse_categorical_accuracy",
        callbacks: Iterable[Any] = (),
    ) -> tuple[dict[Any, Any], dict[Any, Any]]:
        """Run one batch and compare with labels; as `evaluate`, with at most batch_size examples."""
        num_examples = check_examples(x, "input")
        if num_examples > self.batch_size:
            raise DataError(f"the batch holds {num_examples} examples, the network runs {self.batch_size} at a time")
        return self.evaluate(x, y, metrics, callbacks)

    def evaluate_batch_iter(
        self,
        inputs: Any,
        outputs: Any,
        data: Iterable[tuple[Any, Any]],
        num_batches: int | None = None,
        metrics: Any = "sparse_categorical_accuracy",
        callbacks: Iterable[Any] | None = None,
    ) -> tuple[dict[Any, Any], dict[Any, Any]]:
        """Run batches from any iterable and compare with labels.

        Args:
            inputs, outputs: a population or layer, or a sequence of them.
            data: pairs (examples, labels) of at most batch_size examples; with several inputs or outputs each a
                sequence in their order, or a dictionary.
            num_batches: stop after this many.
            metrics, callbacks: as for `evaluate`.

        Returns:
            As `evaluate`.
        """
        input_keys, output_keys = as_tuple(inputs), as_tuple(outputs)
        stream = (
            (distribute(input_keys, x, "input"), distribute(output_keys, y, "label"))
            for x, y in islice(data, num_batches)
        )
        return self._evaluate(stream, output_keys, num_batches, metrics, callbacks)

    def predict(
        self, x: Mapping[Any, Any], outputs: Any, callbacks: Iterable[Any] | None = None
    ) -> tuple[dict[Any, np.ndarray], dict[Any, Any]]:
        """Run all examples.

        Args:
            x: examples by input population or layer.
            outputs: a population or layer with a readout, or a sequence of them.
            callbacks: by default a progress bar.

        Returns:
            Readouts by output, each of shape (examples,) + shape of the population, and what the callbacks recorded.
        """
        num_examples = check_examples(x, "input")
        keys = as_tuple(outputs)
        populations = [underlying_population(key) for key in keys]
        num_batches = math.ceil(num_examples / self.batch_size)
        readouts: dict[Any, list[np.ndarray]] = {key: [] for key in keys}
        with self._callbacks(callbacks, num_batches) as callback_list:
            callback_list.call("on_test_begin")
            for result in self.run_batches(batches(x, self.batch_size), populations, callback_list):
                for key, population in zip(keys, populations, strict=True):
                    readouts[key].append(result.readouts[population])
                callback_list.call("on_batch_end", result.index, {})
            callback_list.call("on_test_end", {})
            return {key: np.concatenate(parts) for key, parts in readouts.items()}, callback_list.get_data()

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
        waiting: list[dict[Any, Any]] = []

        def inputs() -> Iterator[Mapping[Any, Any]]:
            for x, y in data:
                waiting.append(y)
                yield x

        with self._callbacks(callbacks, num_batches) as callback_list:
            callback_list.call("on_test_begin")
            for result in self.run_batches(inputs(), populations, callback_list):
                labels = waiting.pop(0)
                for output, population in zip(outputs, populations, strict=True):
                    by_output[output].update(labels[output], result.readouts[population], self.communicator)
                callback_list.call("on_batch_end", result.index, by_output)
            callback_list.call("on_test_end", by_output)
            return by_output, callback_list.get_data()

    def _callbacks(self, callbacks: Iterable[Any] | None, num_batches: int | None) -> CallbackList:
        self._check_loaded()
        chosen = [BatchProgressBar()] if callbacks is None else callbacks
        return CallbackList(chosen, compiled_network=self, num_batches=num_batches)


def by_population(items: Any) -> Any:
    """A dictionary with populations in place of layers; other things as they are."""
    if not isinstance(items, Mapping):
        return items
    return {underlying_population(key): item for key, item in items.items()}


def as_tuple(items: Any) -> tuple[Any, ...]:
    """A sequence as a tuple, anything else as the only item of one."""
    return tuple(items) if isinstance(items, Sequence) else (items,)
