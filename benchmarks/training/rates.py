"""CPU time of a batch of the recurrent network by how often its hidden neurons spike.

    python -m benchmarks.training.rates [--write]

The job is "shd" of `benchmarks/training/jobs.py`, one thread; larger weights of inputs make hidden neurons spike more
often.
"""

from __future__ import annotations

from benchmarks.engine.harness import PAGE, arguments, cells, finish, header, take_turns
from benchmarks.training.jobs import JOBS
from benchmarks.training.ours import Trained
from benchmarks.training.speed import LIMITS, a_batch

SCALES = (0.64, 0.7, 0.8, 1.0, 1.6, 2.2, 3.15)
"""Factors of the weights of inputs."""


def curve() -> list[tuple[float, float]]:
    """Spikes of a hidden neuron, and CPU milliseconds of a batch."""
    points = []
    for scale in SCALES:
        with Trained(JOBS["shd"], scale=scale) as ours:
            time = take_turns({"": a_batch(ours.epoch)}, 5)[""]
            points.append((ours.hidden_spikes(), 1e3 * time.cpu))
            print(cells(*points[-1]), flush=True)
    return points


def plot(points: list[tuple[float, float]]) -> None:
    """Draws the curve, beside the page."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "rates"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(5.5, 3.6), layout="constrained")
    axes.plot(*zip(*points, strict=True), "o-", color="tab:blue")
    axes.axhline(1e3 * LIMITS["shd"], color="0.6", linestyle="--", linewidth=1)
    axes.annotate("bar at 15 to 20 spikes", (0, 1e3 * LIMITS["shd"]), (2, -12), textcoords="offset points", color="0.4")
    axes.set(xlabel="spikes of a hidden neuron in a trial", ylabel="CPU time of a batch [ms]", ylim=(0, None))
    axes.grid(True, alpha=0.3)
    figure.savefig(PAGE.parent / "images" / "training_rates.svg", metadata={"Date": None})


def main() -> None:
    """Measure, print, and write the section."""
    points = curve()
    table = header("spikes of a hidden neuron", "CPU ms a batch")
    table += [cells(f"{spikes:.1f}", f"{milliseconds:.3g}") for spikes, milliseconds in points]
    if arguments().parse_args().write:
        plot(points)
        table += ["", "![CPU time of a batch over the number of spikes](images/training_rates.svg)"]
    finish("training-rates", "Training by how often hidden neurons spike", table, [], "training.rates")


if __name__ == "__main__":
    main()
