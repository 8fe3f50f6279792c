"""Sentences that say what figures show."""

from __future__ import annotations

import dataclasses

import pytest

from ml_genn.reports import Confused, Confusion, Density, Example, Paired, Sample, sentences

from .sample import few_spike_result, rate_result


def test_who_is_right_where() -> None:
    paired = Paired(both=90, only_ann=0, only_snn=0, neither=1, p_value=1.0)
    assert sentences.paired_sentences(paired) == (
        "Both are right on 90 examples, only the ANN on 0, only the SNN on 0, neither on 1.",
    )
    uneven = dataclasses.replace(paired, only_ann=30, only_snn=2, p_value=2.5e-7)
    assert sentences.paired_sentences(uneven)[1] == (
        "Between equally good networks, 32 examples that only one of them gets right would be divided at least as "
        "unevenly with probability below 0.001 (McNemar's exact test)."
    )
    assert "with probability 0.125 " in sentences.paired_sentences(dataclasses.replace(uneven, p_value=0.125))[1]


@pytest.mark.parametrize(
    ("agreement", "shown", "expected"),
    [
        (1.0, 0, "None of the 10,000 examples gets different classes from ANN and SNN."),
        (0.9999, 1, "1 of 10,000 examples gets different classes from ANN and SNN."),
        (0.9997, 3, "3 of 10,000 examples get different classes from ANN and SNN."),
        (
            0.95,
            3,
            "500 of 10,000 examples get different classes from ANN and SNN. 3 of them are shown, by turns those on "
            "which the ANN, the SNN or neither is right.",
        ),
    ],
)
def test_how_many_examples_differ(agreement: float, shown: int, expected: str) -> None:
    few = few_spike_result()
    result = dataclasses.replace(few, agreement=agreement, examples=few.examples[:shown])
    assert sentences.examples_sentence(result) == expected


@pytest.mark.parametrize(
    ("correct", "expected"),
    [
        (10_000, "None of the 10,000 examples is classified wrongly."),
        (9_999, "1 of 10,000 examples is classified wrongly. The first 3 are shown."),
        (9_917, "83 of 10,000 examples are classified wrongly. The first 3 are shown."),
    ],
)
def test_how_many_examples_are_wrong(correct: int, expected: str) -> None:
    few = few_spike_result()
    snn = dataclasses.replace(few.snn, correct=correct)
    assert sentences.examples_sentence(dataclasses.replace(few, snn=snn, ann=None, agreement=None)) == expected


def test_the_most_frequent_mistake() -> None:
    once = Confusion(classes=2, snn=None, frequent=(Confused(label=0, answer=1, snn=1),))
    assert sentences.confusion_sentence(once) == ("2 classes. The most frequent mistake: class 0 is taken for 1, once.")


def test_one_answer() -> None:
    few = few_spike_result()
    later = dataclasses.replace(few, snn=dataclasses.replace(few.snn, timesteps=41))
    assert "after 8 timesteps of every layer and 41 from the first input spike to the answer;" in (
        sentences.answer_sentence(later)
    )
    same = dataclasses.replace(few, snn=dataclasses.replace(few.snn, timesteps=8))
    assert "after 8 timesteps of every layer; there is no accuracy" in sentences.answer_sentence(same)


def test_where_pairs_lie() -> None:
    density = Density(low=0.0, high=2.0, counts=((6, 1), (3, 0)))
    assert sentences.density_sentence("conv", density).replace("\u00a0", " ") == (
        "conv: of 10 pairs of values between 0 and 2, 60.0 % lie in a cell on the identity, 30.0 % above (the spikes "
        "stand for more), 10.0 % below"
    )


def test_the_estimate_says_what_it_leaves_out() -> None:
    note = sentences.energy_note(rate_result()).replace("\u00a0", " ")
    assert "on the spiking side 4.76 M updates of neurons (37,178 of them in 128 timesteps)" in note
    unknown = dataclasses.replace(rate_result(), snn=dataclasses.replace(rate_result().snn, timesteps=None))
    assert "updates of neurons" not in sentences.energy_note(unknown)


def test_an_input_of_a_single_number() -> None:
    sample = Sample(shape=(1,), low=0.0, high=0.0, values=(0,))
    example = Example(position=3, label=1, snn=0, input=sample)
    assert sentences.input_sentence(example) == "Input 3, 1 number between 0 and 0, labelled 1"
