"""Ranges measured on calibration data, and every form in which these may be given."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from ml_genn.errors import DataError, ShapeError
from ml_genn_tf import calibration
from ml_genn_tf.calibration import calibrate
from ml_genn_tf.execute_stages import run_stages
from ml_genn_tf.norm_data import gather

from .nets import NETS, mlp

X = np.arange(12, dtype=np.float32).reshape(4, 3)
Y = np.zeros(4)


@pytest.mark.parametrize("name", NETS)
def test_ranges_are_those_of_the_values(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stages = NETS[name]()
    x = np.random.default_rng(0).normal(size=(9, *stages[stages.inputs[0]].shape)).astype(np.float32)
    monkeypatch.setattr(calibration, "CHUNK_BYTES", 1)  # one example at a time
    result = calibrate(stages, x, source="nine examples")
    values = run_stages(stages, x, keep=stages.index)
    assert (result.examples, result.source) == (9, "nine examples")
    for stage, value in values.items():
        assert result.ranges[stage].low == pytest.approx(value.min(), rel=1e-5)  # sums in chunks of another size
        assert result.ranges[stage].high == pytest.approx(value.max(), rel=1e-5)
    assert result.signed_inputs(stages) == {stages.inputs[0]}


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite(bad: float) -> None:
    x = np.zeros((5, 6))
    x[3, 2] = bad
    with pytest.raises(DataError, match=r"data of input n0 holds NaN or infinite values, first in example 3"):
        calibrate(mlp(), x, source="")


def test_no_examples() -> None:
    with pytest.raises(DataError, match=r"calibration data of input n0 is empty; give at least one example"):
        calibrate(mlp(), np.zeros((0, 6)), source="")


def test_wrong_shape() -> None:
    with pytest.raises(ShapeError, match=r"input n0 needs shape .*6.*got \(5, 7\)"):
        calibrate(mlp(), np.zeros((5, 7)), source="")


class Batches:
    """What a Keras sequence or a tf.data.Dataset looks like: iterable again and again, pairs of a batch."""

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        return iter([(X[:3], Y[:3]), (X[3:], Y[3:])])


ONE_INPUT = {
    "array": X,
    "array in a list": [X],
    "batches": Batches(),
    "batches in a list": [Batches()],
    "list of pairs": [(X[:2], Y[:2]), (X[2:], Y[2:])],
    "one pair in a list": [(X, Y)],
    "iterator of pairs": iter([(X[:2], Y[:2]), (X[2:], Y[2:])]),
    "batches without labels": (X[:1], X[1:]),
    "mapping": {"image": X},
}


@pytest.mark.parametrize("form", ONE_INPUT)
def test_forms_for_one_input(form: str) -> None:
    gathered = gather(ONE_INPUT[form], ["image"])
    np.testing.assert_array_equal(gathered["image"], X)


@pytest.mark.parametrize("data", [[X, 2 * X], [Batches(), 2 * X], {"b": 2 * X, "a": X}])
def test_forms_for_two_inputs(data: object) -> None:
    gathered = gather(data, ["a", "b"])
    np.testing.assert_array_equal(gathered["a"], X)
    np.testing.assert_array_equal(gathered["b"], 2 * X)


def test_one_part_for_two_inputs() -> None:
    with pytest.raises(DataError, match=r"the model has the inputs a, b, the calibration data only one part; give"):
        gather(X, ["a", "b"])


def test_an_input_is_missing() -> None:
    with pytest.raises(DataError, match=r"calibration data lack the inputs b; given: a"):
        gather({"a": X}, ["a", "b"])


@pytest.mark.parametrize("data", [7, "images.npz"])
def test_something_else(data: object) -> None:
    with pytest.raises(DataError, match=rf"calibration data of type {type(data).__name__} are not understood; give an"):
        gather(data, ["image"])


def test_a_used_up_iterator() -> None:
    with pytest.raises(DataError, match=r"hold no examples; an iterator that was used up cannot be read again"):
        gather(iter([]), ["image"])


def test_batches_that_do_not_fit_together() -> None:
    with pytest.raises(DataError, match=r"batches have shapes \(4, 2\), \(4, 3\) that do not fit together"):
        gather(iter([X, X[:, :2]]), ["image"])
