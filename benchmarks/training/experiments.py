"""Results of experiments as docs/training-results.md states them: each run leaves its curve, the curves make the table.

A run takes one thread and leaves `results/NAME_NUMBER.json` with loss, accuracy and spikes of each epoch. Without
NUMBERs all runs of a result are made.

    python benchmarks/training/experiments.py RESULT [--data PLACE] [--table] [NUMBER ...]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import numpy as np

from ml_genn.experiments import Training, find_experiment
from ml_genn.experiments.records import LOG
from ml_genn.reports.training_log import Epoch, read_log

RESULTS = Path(__file__).parent / "results"


@final
@dataclass(frozen=True, kw_only=True)
class Row:
    """A result: runs of an experiment that differ in one number.

    Args:
        experiment: its name.
        given: parameters that are not at their defaults.
        numbered: parameters that depend on the number, which is added to the value here.
        numbers: the numbers.
        bar: mean test accuracy that is to be reached [%].
    """

    experiment: str
    given: Mapping[str, Any] = field(default_factory=dict)
    numbered: Mapping[str, int] = field(default_factory=lambda: {"model_seed": 0})
    numbers: Sequence[int] = (1, 2, 3)
    bar: float = 0.0


MNIST = {"n_train": 60000, "n_validate": 0, "n_epochs": 12, "eta_decay": 0.85, "loss_type": "sum"}

ROWS = {
    "yin_yang": Row(
        experiment="yin-yang",
        given={
            "n_epochs": 14,
            "n_test": 10000,
            "eta": 0.01,
            "eta_decay": 0.77,
            "adam_beta2": 0.99,
            "average": 0.998,
            "input_hidden_mean": 2.0,
            "input_hidden_std": 3.0,
            "hidden_output_mean": 0.2,
            "hidden_output_std": 0.3,
        },
        numbered={"model_seed": 0, "train_data_seed": 123, "test_data_seed": 456},
        numbers=(1, 2, 3, 4, 5),
        bar=97.8,
    ),
    "latency_mnist_max": Row(
        experiment="latency-mnist",
        given={**MNIST, "loss_type": "max", "num_hidden": 350, "n_epochs": 16, "eta_decay": 0.86},
        bar=97.4,
    ),
    "latency_mnist_sum": Row(experiment="latency-mnist", given={**MNIST, "num_hidden": 128}, bar=96.5),
    "latency_fashion_mnist_sum": Row(
        experiment="latency-mnist",
        given={**MNIST, "num_hidden": 256, "n_epochs": 24, "eta_decay": 0.9},
        bar=86.0,
    ),
    "spoken_digits": Row(experiment="spoken-digits", given={"n_epochs": 21}, bar=95.0),
    "spoken_digits_without": Row(
        experiment="spoken-digits",
        given={"n_epochs": 8, "eta_decay": 0.8},
        numbered={"held_out": 0},
        numbers=range(6),
    ),
    "braille": Row(experiment="braille", numbered={"fold": 0}, numbers=range(5), bar=80.0),
}


def curve(epoch: Epoch) -> dict[str, float]:
    """What is kept of an epoch."""
    hidden = next(iter(epoch.populations.values()))
    found = {
        "loss": round(next(iter(epoch.loss.values())), 5),
        "training accuracy, %": round(100 * next(iter(epoch.metrics.values())), 2),
        "spikes of a hidden neuron": round(hidden.rate, 2),
        "silent neurons": hidden.silent,
    }
    lost = epoch.lost_label_spikes
    return {**found, "lost label spikes": next(iter(lost.values()))} if lost else found


def run(row: Row, number: int, data: str | None) -> dict[str, Any]:
    """What one run comes to."""
    given = {**row.given, **{name: offset + number for name, offset in row.numbered.items()}}
    where = {} if data is None else {"data": data}
    training = Training(find_experiment(row.experiment), {**given, **where}, num_threads=1)
    with tempfile.TemporaryDirectory() as folder:
        result = training.run(Path(folder) / "run", command="benchmarks/training/experiments.py")
        curves = [curve(epoch) for epoch in read_log(Path(folder) / "run" / LOG).epochs]
    return {
        "parameters": given,
        "columns": list(curves[0]),
        "epochs": [list(numbers.values()) for numbers in curves],
        "test_accuracy": round(100 * result.test.accuracy, 2),
        "test_examples": result.test.examples,
        "cpu_seconds": round(result.cpu_seconds, 1),
    }


def table(name: str, row: Row) -> float:
    """Print the results there are; their mean accuracy."""
    print(f"| {' = '.join(row.numbered)} | test accuracy | last epoch | CPU time |\n|---|---|---|---|")
    accuracies = []
    for number in row.numbers:
        path = RESULTS / f"{name}_{number}.json"
        if path.exists():
            found = json.loads(path.read_text(encoding="utf-8"))
            accuracies.append(found["test_accuracy"])
            last = ", ".join(
                f"{key} {value:g}" for key, value in zip(found["columns"], found["epochs"][-1], strict=True)
            )
            print(f"| {number} | {accuracies[-1]:.2f} % | {last} | {found['cpu_seconds']:.0f} s |")
    print(f"| mean, standard deviation | {np.mean(accuracies):.2f} % ± {np.std(accuracies):.2f} | | |")
    return float(np.mean(accuracies))


def main() -> None:
    """Run what is asked for, and say whether the bar is met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("result", choices=ROWS)
    parser.add_argument("numbers", nargs="*", type=int, metavar="NUMBER")
    parser.add_argument("--data", help="the experiment's parameter of this name")
    parser.add_argument("--table", action="store_true", help="run nothing")
    chosen = parser.parse_intermixed_args()  # numbers may follow options
    row = ROWS[chosen.result]
    for number in () if chosen.table else chosen.numbers or row.numbers:
        text = json.dumps(run(row, number, chosen.data)) + "\n"
        (RESULTS / f"{chosen.result}_{number}.json").write_text(text, encoding="utf-8")
    if table(chosen.result, row) < row.bar:
        raise SystemExit(f"the mean accuracy is below {row.bar} %")


if __name__ == "__main__":
    main()
