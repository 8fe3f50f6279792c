"""What the epochs of a training came to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from ..errors import TrainingError
from ..layer import by_population
from ..population import Population
from ..registry import METRICS
from .activity import PopulationActivity


@final
@dataclass(frozen=True)
class EpochResult:
    """What one epoch came to, by output as the user named it.

    Attributes:
        epoch: its number.
        loss: mean loss of the examples, each with the weights that its batch met.
        metrics: results of the metrics.
        lost_label_spikes: of outputs with losses of first spikes, in how many examples the neuron of the label did not
            spike, so that no exact gradient reached it.
        validation_loss, validation_metrics: those of the validation data after the epoch; None without such data.
        examples: how many were learnt.
        activity: what each population with thresholds did in training, see PopulationActivity.
        seconds, cpu_seconds: wall time of the training of this epoch, and time of all processors.
        parts: wall time of parts of it by their names in the stopwatch: "input", "simulation" (forward), "backward".
    """

    epoch: int
    loss: Mapping[Any, float]
    metrics: Mapping[Any, Any]
    lost_label_spikes: Mapping[Any, int]
    validation_loss: Mapping[Any, float] | None = None
    validation_metrics: Mapping[Any, Any] | None = None
    examples: int = 0
    activity: Mapping[Population, PopulationActivity] = field(default_factory=dict)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    parts: Mapping[str, float] = field(default_factory=dict)


@final
class LossMean:
    """Mean losses over the examples of an epoch, by output.

    Args:
        epoch: number of the epoch, for messages; None outside of training.
        kind: "validation " or nothing, for messages.
    """

    def __init__(self, epoch: int | None, kind: str = "") -> None:
        self._epoch = epoch
        self._kind = kind
        self._sums: dict[Any, float] = {}
        self._examples: dict[Any, int] = {}

    def add(self, output: Any, value: float, num_examples: int, batch: int) -> None:
        """Take in the mean loss of a batch.

        Raises:
            TrainingError: it is not finite.
        """
        if not np.isfinite(value):
            where = f"batch {batch}" if self._epoch is None else f"epoch {self._epoch}, batch {batch}"
            raise TrainingError(
                f"the {self._kind}loss of {output} is {value} in {where}: weights or inputs have grown "
                "out of range; lower the learning rate, or look for extreme values in the data"
            )
        self._sums[output] = self._sums.get(output, 0.0) + value * num_examples
        self._examples[output] = self._examples.get(output, 0) + num_examples

    @property
    def means(self) -> dict[Any, float]:
        """Mean loss of each output."""
        return {output: total / self._examples[output] for output, total in self._sums.items()}

    def state(self) -> dict[str, np.ndarray]:
        """Numbers to go on from, by name."""
        return {f"loss {output}": np.array([total, self._examples[output]]) for output, total in self._sums.items()}

    def restore(self, state: Mapping[str, np.ndarray], outputs: Iterable[Any]) -> None:
        """Go on from what `state` gave."""
        for output in outputs:
            total, examples = state[f"loss {output}"]
            self._sums[output], self._examples[output] = float(total), int(examples)


@final
class LostLabelSpikes:
    """Counts examples of an epoch in which the neuron of the label did not spike, by output."""

    def __init__(self) -> None:
        self.counts: dict[Any, int] = {}

    def add(self, output: Any, count: int | None) -> None:
        """Take in the count of a batch; None for outputs that have none."""
        if count is not None:
            self.counts[output] = self.counts.get(output, 0) + count

    def state(self) -> dict[str, np.ndarray]:
        """Numbers to go on from, by name."""
        return {f"lost {output}": np.array(count) for output, count in self.counts.items()}

    def restore(self, state: Mapping[str, np.ndarray], outputs: Iterable[Any]) -> None:
        """Go on from what `state` gave."""
        self.counts = {output: int(state[f"lost {output}"]) for output in outputs if f"lost {output}" in state}


def metrics_of(given: Any, outputs: Mapping[Any, Population]) -> dict[Any, Any]:
    """Metrics by output.

    Args:
        given: Metric, name of one, or a dictionary of these by output.
        outputs: output populations by output as the user named it.
    """
    found = METRICS.resolve_each(by_population(given), outputs.values())
    return {output: found[population] for output, population in outputs.items()}


def results(metrics: Mapping[Any, Any]) -> dict[Any, Any]:
    """The present results of metrics."""
    return {output: metric.result for output, metric in metrics.items()}
