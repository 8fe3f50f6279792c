"""What is said about the answers of two networks follows from the answers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix

from ml_genn.reports.answers import MOST_EXAMPLES, MOST_FREQUENT, confusion, mcnemar, paired, telling_examples

LABELS = np.array([0, 0, 1, 1, 2, 2, 2])
ANN = np.array([0, 1, 1, 1, 2, 0, 1])
SNN = np.array([0, 0, 1, 2, 1, 1, 1])


def test_matrices_equal_sklearn() -> None:
    generator = np.random.default_rng(1)
    labels, snn, ann = generator.integers(0, 7, (3, 500))
    found = confusion(labels, snn, ann, 7)
    np.testing.assert_array_equal(found.snn, confusion_matrix(labels, snn))
    np.testing.assert_array_equal(found.ann, confusion_matrix(labels, ann))
    assert len(found.frequent) == MOST_FREQUENT
    matrix = confusion_matrix(labels, snn) * (1 - np.eye(7, dtype=int))
    assert [item.snn for item in found.frequent] == sorted(matrix.reshape(-1), reverse=True)[:MOST_FREQUENT]
    for item in found.frequent:
        assert item.snn == matrix[item.label, item.answer]
        assert item.ann == confusion_matrix(labels, ann)[item.label, item.answer]


def test_many_classes_keep_no_matrix() -> None:
    found = confusion(np.array([5, 900, 900]), np.array([6, 900, 5]), None, 1000)
    assert (found.snn, found.ann) == (None, None)
    assert [(item.label, item.answer, item.snn, item.ann) for item in found.frequent] == [
        (5, 6, 1, None),
        (900, 5, 1, None),
    ]


def test_who_is_right_where() -> None:
    found = paired(LABELS, SNN, ANN)
    assert (found.both, found.only_ann, found.only_snn, found.neither) == (2, 2, 1, 2)
    assert found.p_value == 1.0


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 0), (3, 9), (9, 3), (40, 12), (600, 700), (0, 2000)])
def test_mcnemar_equals_scipy(first: int, second: int) -> None:
    expected = binomtest(first, first + second).pvalue if first + second else 1.0
    assert mcnemar(first, second) == pytest.approx(expected, rel=1e-9)  # exact integers against scipy's beta function


def test_examples_with_different_answers_each_kind_in_turn() -> None:
    x = np.arange(7.0 * 4).reshape(7, 2, 2)
    found = telling_examples(x, LABELS, SNN, ANN)
    assert [(item.position, item.label, item.ann, item.snn) for item in found] == [
        (3, 1, 1, 2),
        (4, 2, 2, 1),
        (1, 0, 1, 0),
        (5, 2, 0, 1),
    ]
    assert [item.input.shape for item in found if item.input] == [(2, 2)] * 4
    labels, zeros, ones = np.zeros(90, int), np.zeros(90, int), np.ones(90, int)
    snn = np.where(np.arange(90) < 80, ones, zeros)
    ann = np.where(np.arange(90) < 80, zeros, 2)
    positions = [item.position for item in telling_examples(np.zeros((90, 3)), labels, snn, ann)]
    assert positions == [0, 1, 2, 3, 4, 5, 80, 81, 82, 83, 84, 85]
    assert len(positions) == MOST_EXAMPLES


def test_without_an_ann_the_mistakes() -> None:
    found = telling_examples(np.zeros((7, 3)), LABELS, SNN, None)
    assert [(item.position, item.ann) for item in found] == [(3, None), (4, None), (5, None), (6, None)]


def test_no_differences() -> None:
    assert telling_examples(np.zeros((7, 8, 8, 1)), LABELS, SNN, SNN) == ()
