"""Examples that the two networks answer differently, to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from .. import figures, sentences, words
from ..page import Section
from ..result import Example, Result

FEW_NUMBERS = 16
"""So many numbers are printed; more are drawn."""


@final
@dataclass(frozen=True)
class Answer:
    """What one of the networks said, and whether it was right."""

    name: str
    key: str
    answer: int
    right: bool


@final
@dataclass(frozen=True)
class Card:
    """One example: its input in one of three forms, its label and the answers."""

    title: str
    label: int
    answers: tuple[Answer, ...]
    picture: figures.Picture | None
    trace: figures.Trace | None
    numbers: str
    description: str


def examples(result: Result) -> Section | None:
    """The strip of examples; None where the result knows nothing of single examples."""
    if result.confusion is None:
        return None
    return Section(
        name="examples",
        title="Where they disagree" if result.ann else "Where it is wrong",
        view={
            "sentence": sentences.examples_sentence(result),
            "cards": tuple(_card(example) for example in result.examples),
        },
    )


def _card(example: Example) -> Card:
    answers = [] if example.ann is None else [Answer("ANN", "ann", example.ann, example.ann == example.label)]
    answers.append(Answer("SNN", "snn", example.snn, example.snn == example.label))
    picture = figures.picture(example.input) if example.input else None
    trace = figures.trace(example.input) if example.input else None
    printed = trace is not None and len(trace.numbers) <= FEW_NUMBERS
    return Card(
        title=f"Example {example.position:,}",
        label=example.label,
        answers=tuple(answers),
        picture=picture,
        trace=None if printed else trace,
        numbers=", ".join(words.significant(value, 2) for value in trace.numbers) if trace and printed else "",
        description=sentences.input_sentence(example),
    )
