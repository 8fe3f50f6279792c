"""Yin-Yang points by first spikes: accuracy of 10,000 fresh points over five seeds, epoch by epoch.

Each seed has initial weights, training points and test points of its own. A run takes one thread and leaves
`results/yin_yang_SEED.json`; what is in the folder makes the table.

    python benchmarks/training/yin_yang.py [SEED ...]
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from ml_genn.callbacks import Callback
from ml_genn.experiments import Training, find_experiment

RESULTS = Path(__file__).parent / "results"
SEEDS = range(1, 6)
SETTINGS = {
    "n_epochs": 5,
    "n_test": 10000,
    "trial_ms": 38.0,
    "eta_decay": 0.42,
    "adam_beta2": 0.99,
    "bump": 20.0,
}
"""What is not at its default."""
ACCURACY = 97.8


class Curve(Callback):
    """Loss, accuracy and lost label spikes of each epoch."""

    def __init__(self) -> None:
        self.rows: list[list[float]] = []

    def set_params(self, data: dict[str, Any], *, compiled_network: Any, **kwargs: Any) -> None:
        self.network = compiled_network

    def on_epoch_end(self, epoch: int, metrics: dict[Any, Any]) -> None:
        last = self.network.history[-1]
        loss, accuracy, lost = (next(iter(part.values())) for part in (last.loss, last.metrics, last.lost_label_spikes))
        self.rows.append([round(loss, 5), round(100 * accuracy, 2), lost])


def run(seed: int, **given: Any) -> dict[str, Any]:
    """What one seed comes to."""
    seeds = {"model_seed": seed, "train_data_seed": 123 + seed, "test_data_seed": 456 + seed}
    training = Training(find_experiment("yin-yang"), {**SETTINGS, **seeds, **given}, num_threads=1)
    curve = Curve()
    with tempfile.TemporaryDirectory() as folder:
        result = training.run(Path(folder) / "run", command="benchmarks/training/yin_yang.py", callbacks=[curve])
    return {
        "parameters": {**SETTINGS, **seeds, **given},
        "columns": ["loss", "training accuracy, %", "lost label spikes"],
        "epochs": curve.rows,
        "test_accuracy": round(100 * result.test.accuracy, 2),
        "cpu_seconds": round(result.cpu_seconds, 1),
    }


def table() -> float:
    """Print the results there are; their mean accuracy."""
    print("| seed | test accuracy | lost labels in the last epoch | CPU time of the training |\n|---|---|---|---|")
    found = [(seed, RESULTS / f"yin_yang_{seed}.json") for seed in SEEDS]
    accuracies = []
    for seed, path in found:
        if path.exists():
            result = json.loads(path.read_text(encoding="utf-8"))
            accuracies.append(result["test_accuracy"])
            lost, seconds = result["epochs"][-1][2], result["cpu_seconds"]
            print(f"| {seed} | {accuracies[-1]:.2f} % | {lost} of 32000 | {seconds:.0f} s |")
    print(f"| mean, standard deviation | {np.mean(accuracies):.2f} % | {np.std(accuracies):.2f} | |")
    return float(np.mean(accuracies))


def main(seeds: list[str]) -> None:
    """Run the seeds, by default all, and say whether the bar is met."""
    RESULTS.mkdir(exist_ok=True)
    for seed in map(int, seeds or SEEDS):
        (RESULTS / f"yin_yang_{seed}.json").write_text(json.dumps(run(seed)) + "\n", encoding="utf-8")
    if table() < ACCURACY:
        raise SystemExit(f"the mean accuracy is below {ACCURACY} %")


if __name__ == "__main__":
    main(sys.argv[1:])
