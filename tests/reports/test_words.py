"""Numbers and sentences."""

from __future__ import annotations

import dataclasses

import pytest

from ml_genn.reports import Accuracy, Histogram, words

from .sample import few_spike_result


@pytest.mark.parametrize(
    ("function", "value", "expected"),
    [
        (words.percent, 0.99175, "99.17 %"),
        (words.fraction_percent, 0.0, "0 %"),
        (words.fraction_percent, 0.0004, "<0.1 %"),
        (words.fraction_percent, 0.4121, "41.2 %"),
        (words.error_percent, None, "–"),
        (words.error_percent, 1.1e-9, "<0.001 %"),
        (words.error_percent, 0.0, "0 %"),
        (words.error_percent, 0.001234, "0.12 %"),
        (words.points, -0.0001, "−0.01"),
        (words.points, 0.0049, "+0.49"),
        (words.points, 0.00001, "±0.00"),
        (words.whole, 1_359_872.4, "1,359,872"),
        (words.whole, 0.0123, "0.0123"),
        (words.compact, 1_359_872, "1.36 M"),
        (words.compact, 16_632, "16.6 k"),
        (words.compact, 9_999, "9,999"),
        (words.compact, 999_960, "1.00 M"),
        (words.compact, 2.5e9, "2.50 G"),
        (words.significant, 3.1e-7, "3.1 × 10⁻⁷"),
        (words.significant, 0.2174, "0.217"),
        (words.significant, None, "–"),
        (words.energy, 1405.3, "1.41 µJ"),
        (words.energy, 0.25, "250 pJ"),
        (words.energy, 0.0, "0 pJ"),
        (words.energy, 3.2e6, "3.20 mJ"),
        (words.seconds, 0.0042, "4.2 ms"),
        (words.seconds, 11.31, "11.3 s"),
        (words.seconds, 150.4, "2 min 30 s"),
        (words.seconds, 119.9, "2 min 0 s"),
        (words.shape, (28, 28, 1), "28 × 28 × 1"),
        (words.option, True, "yes"),
        (words.option, 8, "8"),
        (words.option, 1, "1"),
        (words.option, 0, "0"),
        (words.option, None, "none"),
        (words.option, "nearest", "nearest"),
    ],
)
def test_numbers(function: object, value: object, expected: str) -> None:
    assert function(value).replace("\u00a0", " ") == expected  # type: ignore[operator]


@pytest.mark.parametrize(
    ("correct", "expected"),
    [
        (9918, "exactly as many as the model it came from"),
        (9917, "1 example (0.01 points) fewer than the model it came from"),
        (9900, "18 examples (0.18 points) fewer than"),
        (9920, "2 examples (0.02 points) more than"),
    ],
)
def test_cost_in_accuracy(correct: int, expected: str) -> None:
    snn = Accuracy.of(correct, 10_000, seconds=1.0, timesteps=8)
    assert expected in words.accuracy_sentence(dataclasses.replace(few_spike_result(), snn=snn))


def test_one_layer_is_singular() -> None:
    few = few_spike_result()
    result = dataclasses.replace(few, layers=few.layers[:1])
    assert "784 neurons in 1 layer, under" in words.conversion_sentence(result)


def test_calibration() -> None:
    assert words.calibration_sentence(None) == "No calibration data were used."
    assert "2,000 examples, none of them evaluated: first 2,000 training" in words.calibration_sentence(
        few_spike_result().calibration
    )


def test_histogram_in_words() -> None:
    sentence = words.histogram_sentence(Histogram(low=0.0, high=8.0, counts=(60, 30, 10, 0))).replace("\u00a0", " ")
    assert (
        sentence == "60.0 % of the neurons spike less than 2 times per example on average, the busiest up to 6 times."
    )
    assert words.histogram_sentence(Histogram(low=0.0, high=8.0, counts=(0, 0))) == "No neurons."


def test_gates() -> None:
    gates = few_spike_result().gates
    sentence = words.gates_sentence(gates).replace("\u00a0", " ")
    assert sentence.startswith("After each of 2 steps that must not change what the model computes")
    assert sentence.endswith("all equal, the largest difference is 3.1 × 10⁻⁷.")
    failed = dataclasses.replace(gates[1], passed=False)
    assert words.gates_sentence((gates[0], failed)) == (
        "Of 2 steps that must not change what the model computes, merge_pooling did."
    )
