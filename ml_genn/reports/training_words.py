"""What a training came to, and what stands in its way, in sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping

from . import words
from .training_log import Epoch, TrainingLog

SILENT, CLAMPED, LOST = 0.25, 0.1, 0.05
"""Shares of neurons, spikes and examples above which a reader is warned."""


def value(name: str, number: float) -> str:
    """The result of a metric, in percent if it is a share of examples."""
    return words.percent(number) if is_share(name) else words.significant(number, 4)


def title(name: str) -> str:
    """The name of a metric in words, with that of the output that may follow it: "MeanSquareError of a"."""
    metric, *output = name.split(" ", 1)
    found = re.findall("TopK|[A-Z][a-z0-9]*|[^A-Z]+", metric.replace("Sparse", "").replace("Categorical", ""))
    return " ".join([" ".join(found).replace("TopK", "Top-k").capitalize() or metric, *output])


def is_share(name: str) -> bool:
    """Whether the metric of this name is a share of examples."""
    return "Accuracy" in name


def summary(log: TrainingLog) -> str:
    """How far it came, in two or three sentences."""
    first, last = log.epochs[0], log.epochs[-1]
    runs = "" if log.runs == 1 else f" in {words.plural(log.runs, 'run')}"
    sentences = [f"{words.plural(len(log.epochs), 'epoch')} of {words.plural(last.examples, 'example')}{runs}."]
    for output, loss in last.loss.items():
        of = "" if len(last.loss) == 1 else f" of {output}"
        before = words.significant(first.loss.get(output))
        sentences.append(f"The training loss{of} went from {before} to {words.significant(loss)}.")
    sentences += [_metric(log, name) for name in last.validation_metrics or last.metrics]
    return " ".join(sentences)


def _metric(log: TrainingLog, name: str) -> str:
    last = log.epochs[-1]
    if name not in last.validation_metrics:
        return f"{title(name)} of the last epoch is {value(name, last.metrics[name])} in training."
    text = f"{title(name)} of the last epoch is {value(name, last.validation_metrics[name])} in validation"
    known = [epoch for epoch in log.epochs if name in epoch.validation_metrics]
    best = max(known, key=lambda epoch: epoch.validation_metrics[name])
    if not is_share(name) or best.epoch == last.epoch:
        return f"{text}."
    return f"{text}; the best, of epoch {best.epoch}, {value(name, best.validation_metrics[name])}."


def warnings(log: TrainingLog) -> tuple[str, ...]:
    """What stood in the way of learning in the last epoch, and what would help."""
    last = log.epochs[-1]
    found = []
    for name, population in last.populations.items():
        if population.silent > SILENT * population.neurons:
            found.append(
                f"{words.fraction_percent(population.silent / population.neurons)} of the neurons of {name} never "
                "spiked in the last epoch, so that nothing reaches or leaves them: larger initial weights or "
                "SilentNeuronLift wake them."
            )
        if population.clamped > CLAMPED * max(population.spikes, 1):
            found.append(
                f"{words.fraction_percent(population.clamped / population.spikes)} of the spikes of {name} had a "
                "smaller slope than min_slope, and their gradients are only as large as that allows: stronger input "
                "or a smaller timestep makes thresholds be crossed more steeply."
            )
    for output, count in last.lost_label_spikes.items():
        if count > LOST * last.examples:
            found.append(
                f"In {words.fraction_percent(count / last.examples)} of the examples the neuron of {output} that "
                "stands for the label did not spike: larger weights into it, or a stronger term for missing spikes, "
                "bring it back."
            )
    if not all(epoch.loss for epoch in log.epochs):
        found.append("Some epochs have no finite loss.")
    return tuple(found)


def shares(epoch: Epoch) -> Mapping[str, tuple[float, float]]:
    """Silent neurons and clamped slopes of each population, in percent."""
    return {
        name: (100 * item.silent / item.neurons, 100 * item.clamped / max(item.spikes, 1))
        for name, item in epoch.populations.items()
    }
