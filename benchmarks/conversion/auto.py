"""The search for method and setting on real models: what the choice loses on test data, and what the search takes.

Everything is chosen on calibration data, the first 2,000 training images; test images are looked at once, at the end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from common import SEED, Bar, Job, data_folder, finish_table, moonflower, resnet8
from few_bits import fashion

import ml_genn_tf
from ml_genn.data import load_data
from ml_genn.reports import Result

TOLERANCE = 0.5
MOST_TIME = 10.0
HOLDING = 4, 5
"""At least so many of so many models keep the tolerance on test data."""

HEADER = (
    "| model | chosen | lost on calibration, at most | model's accuracy | lost on test data | agreement | synops "
    "| ANN MACs | candidates | search / one conversion, CPU time |\n|---|---|---|---|---|---|---|---|---|---|"
)
RUN_OPTIONS = ("signed",)
"""What a result lists among a method's options, but `convert` finds out itself."""


def lenet1() -> Job:
    """LeNet-1 of DeepXplore; all 10,000 MNIST test images, calibrated on training images."""
    folder = data_folder()
    training = load_data(f"{folder / 'mnist'}:train", expected_shape=(28, 28, 1))
    test = load_data(str(folder / "mnist"), expected_shape=(28, 28, 1))
    (model,) = (folder / "keras_models" / "mnist_deepxplore_model1").glob("*.keras")
    return Job("mnist_deepxplore_model1, MNIST", model, training.x[:2000], test.x, test.y)


JOBS: tuple[Callable[[], Job], ...] = (
    moonflower,
    lenet1,
    resnet8,
    lambda: fashion("vgg"),
    lambda: fashion("resnet"),
    lambda: fashion("mobilenet"),
)


def cpu_seconds(work: Callable[[], Any]) -> tuple[Any, float]:
    """What the work returns, and the time of all processors."""
    began = time.process_time()
    return work(), time.process_time() - began


def search(job: Job) -> tuple[Result, float]:
    """The chosen network on test data, and the time of the search in conversions with the same setting."""
    model = ml_genn_tf.load_model(job.model)
    convert: dict[str, Any] = {"calibration": job.calibration, "seed": SEED}
    ml_genn_tf.convert(model, **{**convert, "calibration": job.calibration[:64]})  # TensorFlow's own beginning
    conversion, searching = cpu_seconds(lambda: ml_genn_tf.auto_convert(model, tolerance=TOLERANCE, **convert))
    chosen = {name: value for name, value in conversion.search.choice.options.items() if name not in RUN_OPTIONS}
    method = conversion.search.choice.method
    _, converting = cpu_seconds(lambda: ml_genn_tf.convert(model, method=method, **convert, **chosen))
    print(f"{job.name}: {conversion.search.choice.setting}, {searching:.1f} s of {converting:.1f} s", flush=True)
    return conversion.evaluate(job.x, job.y, diagnosed=0), searching / converting


def row(job: Job, result: Result, ratio: float) -> str:
    """One line of the table."""
    assert result.ann is not None
    assert result.agreement is not None
    assert result.search is not None
    choice = result.search.choice
    cells = (
        job.name,
        f"{choice.method}, {choice.setting}",
        f"{100 * choice.lost_at_most:.2f} points",
        f"{100 * result.ann.accuracy:.2f} %",
        f"{lost(result):.2f} points",
        f"{100 * result.agreement:.2f} %",
        f"{result.totals.synops / 1e6:.2f} M",
        f"{result.totals.ann_macs / 1e6:.2f} M",
        str(len(result.search.runs)),
        f"{ratio:.1f}",
    )
    return "| " + " | ".join(cells) + " |"


def lost(result: Result) -> float:
    """Points of accuracy lost on test data."""
    assert result.ann is not None
    return 100 * (result.ann.accuracy - result.snn.accuracy)


def bars(found: Mapping[str, tuple[Result, float]]) -> list[Bar]:
    """Tolerance and time."""
    kept = sum(lost(result) <= TOLERANCE for result, _ in found.values())
    longest = max(ratio for _, ratio in found.values())
    needed, of = HOLDING
    return [
        Bar(
            f"at most {TOLERANCE} points lost on test data by {needed} of {of} models: {kept} of {len(found)}",
            kept * of >= needed * len(found),
        ),
        Bar(f"at most {MOST_TIME:g} times the time of one conversion: {longest:.1f} at most", longest <= MOST_TIME),
    ]


def main() -> None:
    """One row for each model."""
    found, rows = {}, []
    for load in JOBS:
        job = load()
        found[job.name] = search(job)
        rows.append(row(job, *found[job.name]))
    text = (
        "`ml_genn_tf.auto_convert(model, calibration=..., tolerance=0.5)`. One conversion: `ml_genn_tf.convert` with "
        "the chosen options and the same calibration images, without any evaluation."
    )
    finish_table("auto", "Method and setting chosen automatically", [HEADER, *rows], bars(found), text)


if __name__ == "__main__":
    main()
