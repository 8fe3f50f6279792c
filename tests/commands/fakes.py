"""A conversion that takes no time: what `ml_genn_tf.convert` promises, without Keras and without an engine."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ml_genn.atomic import write_text_atomic
from ml_genn.reports import Accuracy, ModelInfo, Progress, Result
from tests.reports.sample import few_spike_result


@dataclass
class FakeModel:
    """As much of a Keras model as the command looks at."""

    input_shape: tuple[int | None, ...] = (None, 8, 8, 1)
    output_shape: tuple[int | None, ...] = (None, 10)


@dataclass
class FakeEarlyExit:
    """Says what it was asked for."""

    text: str

    def sentence(self) -> str:
        return self.text


@dataclass
class FakeConversion:
    """Remembers what it was called with; classifies all but three examples correctly."""

    arguments: dict[str, Any]
    fails_with: BaseException | None = None

    def evaluate(self, x: Any, y: Any, *, progress: Progress, diagnosed: int | None = 256) -> Result:
        self.arguments["diagnosed"] = diagnosed
        if self.fails_with is not None:
            raise self.fails_with
        progress("simulation", len(y), len(y))
        snn = Accuracy.of(len(y) - 3, len(y), seconds=1.0, timesteps=8)
        return dataclasses.replace(
            few_spike_result(), model=ModelInfo(name="?", source="?", parameters=6090), snn=snn, warnings=()
        )

    def early_exit(self, x: Any, y: Any, *, tolerance: float) -> FakeEarlyExit:
        return FakeEarlyExit(f"Early exit: {tolerance} of {len(y)}")

    def save(self, path: Path, *, result: Result) -> None:
        write_text_atomic(path, "a network")


@dataclass
class FakeConverter:
    """Stands for `ml_genn_tf.convert`."""

    fails_with: BaseException | None = None
    calls: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, model: Any, *, calibration: np.ndarray | None, **options: Any) -> FakeConversion:
        self.calls.append({"model": model, "calibration": calibration, **options})
        return FakeConversion(options, self.fails_with)
