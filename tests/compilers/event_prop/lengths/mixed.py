"""A batch of trials of different lengths, and each of its examples alone, compiled for its own length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ml_genn.callbacks import SpikeRecorder
from tests.compilers.event_prop.exactness.described import Described
from tests.compilers.event_prop.exactness.rows import LABELS, Row, network
from tests.compilers.event_prop.exactness.trials import drawn

DT = 0.8  # [ms]
LENGTHS = np.array([60, 41, 23, 41])  # the first is that of the compiler; spikes are drawn in its first 45 timesteps


@dataclass(frozen=True)
class Outcome:
    """What a batch came to: derivatives by name, what is read from outputs, the loss, spikes of hidden neurons."""

    gradients: dict[str, np.ndarray]
    readouts: np.ndarray
    loss: float
    counts: np.ndarray


class Trials:
    """A network of the table, compiled for some timesteps, with the table's examples.

    Args:
        row: the row of the table.
        timesteps: what the network is compiled for.
        batch_size: examples per batch.
        constants: learn all constants too.
        kwargs: arguments of the compiler.
    """

    def __init__(self, row: Row, timesteps: int, batch_size: int, *, constants: bool = False, **kwargs: Any) -> None:
        self.row, self.timesteps = row, timesteps
        self.described = Described(replace(network(row), duration=timesteps * DT), DT, row.task.readout)
        self.source, self.output = (self.described.populations[name] for name in ("input", "output"))
        learnt = {"optimisers": self.described.constants()} if constants else {}
        self.compiled = self.described.compile(row.task.loss, batch_size=batch_size, **learnt, **kwargs)

    def data(self, examples: Sequence[int]) -> tuple[dict[Any, Any], dict[Any, Any]]:
        """Inputs and targets of examples."""
        y = self.row.task.targets([LABELS[i] for i in examples], DT)
        x = [self.described.spikes(drawn(1 + i)) for i in examples]
        return {self.source: x}, {self.output: y[:, : self.timesteps] if self.row.task.series else y}

    def run(self, examples: Sequence[int], **timesteps: Any) -> Outcome:
        """What the compiled and loaded network makes of examples; its weights change."""
        x, y = self.data(examples)
        found = self.compiled.gradients(x, y, **timesteps)
        readouts, _ = self.compiled.predict(x, self.output, callbacks=[], **timesteps)
        metric = "mean_square_error" if self.row.task.series else "sparse_categorical_accuracy"
        spikes = SpikeRecorder(self.described.populations["hidden"], "counts", record_counts=True)
        arguments = {"shuffle": False, "metrics": metric, "callbacks": [spikes], **timesteps}
        _, recorded = self.compiled.train(x, y, 1, **arguments)
        counts = np.array(recorded["counts"])
        named = {"/".join(map(str, key if isinstance(key, tuple) else (key,))): value for key, value in found.items()}
        return Outcome(named, readouts[self.output], self.compiled.history[-1].loss[self.output], counts)


def alone(row: Row, **kwargs: Any) -> list[Outcome]:
    """Each example as the only one of a batch in a network that is compiled for its length."""
    networks = {length: Trials(row, length, 1, **kwargs) for length in map(int, np.unique(LENGTHS))}
    found = []
    for example, length in enumerate(LENGTHS):
        with networks[length].compiled:
            found.append(networks[length].run([example]))
    return found


def together(row: Row, **kwargs: Any) -> Outcome:
    """All of them as one batch."""
    trials = Trials(row, int(LENGTHS[0]), len(LENGTHS), variable_timesteps=True, **kwargs)
    with trials.compiled:
        return trials.run(range(len(LENGTHS)), timesteps=LENGTHS)
