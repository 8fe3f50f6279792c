"""How often both networks are right, and whether they are right on the same examples."""

from __future__ import annotations

from .. import figures, sentences, words
from ..facts import Fact
from ..page import Section
from ..result import Accuracy, Result


def accuracy(result: Result) -> Section:
    """Accuracies, agreement, intervals, and the paired comparison."""
    return Section(
        name="accuracy",
        title="Accuracy",
        view={
            "facts": _facts(result),
            "figure": figures.interval_figure(result),
            "examples": f"{result.snn.examples:,}",
            "paired": sentences.paired_sentences(result.paired) if result.paired else (),
            "once": sentences.answer_sentence(result) if len(result.accuracy_by_timestep) == 1 else "",
        },
    )


def _facts(result: Result) -> tuple[Fact, ...]:
    facts = []
    if result.ann is not None:
        facts.append(Fact("Original network (ANN)", words.percent(result.ann.accuracy), _details(result.ann), "ann"))
    facts.append(Fact("Spiking network (SNN)", words.percent(result.snn.accuracy), _details(result.snn), "snn"))
    if result.agreement is not None:
        details = ["of the examples get the same class from both"]
        if result.ann is not None:
            change = words.points(result.snn.accuracy - result.ann.accuracy)
            details.append(f"accuracy changes by {change} points")
        facts.append(Fact("Agreement", words.percent(result.agreement), tuple(details)))
    return tuple(facts)


def _details(accuracy: Accuracy) -> tuple[str, str]:
    return (
        f"{accuracy.correct:,} of {accuracy.examples:,}",
        f"95 % interval {words.interval(accuracy.confidence_95)}",
    )
