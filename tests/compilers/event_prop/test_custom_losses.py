"""`loss_gradient`: losses of users, with gradients as exact as those of the library."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pytest

from ml_genn.compilers import Trainable, loss_gradient
from ml_genn.compilers.event_prop.loss_sources import LOSS_SOURCES, READOUT_GRADIENTS
from ml_genn.errors import DataError, DescriptionError, TrainingError, UnsupportedError
from ml_genn.losses import FirstSpikeCrossentropy, LabelLoss, Loss
from ml_genn.model import NeuronModel
from ml_genn.neurons import LeakyIntegrateFire
from ml_genn.optimisers import SGD, Adam, AdamW
from ml_genn.readouts import AvgVar, FirstSpikeTime, MaxVar, SpikeCount, SumVar, Var

from .test_training import compiled, layers, trials


class Square(Loss):
    """(z - y)^2 / 2, added up over outputs and averaged over examples."""

    def value(self, y_true: Any, y_pred: np.ndarray) -> float:
        return float(np.sum((y_pred - np.asarray(y_true)) ** 2) / 2 / len(y_pred))

    def check_targets(self, y_true: Any, shape: tuple[int, ...]) -> None:
        if np.shape(y_true)[-1:] != shape:
            raise DataError(f"targets of shape {np.shape(y_true)}")


class SquareSeries(Square):
    reads_series: ClassVar[bool] = True
    targets_series: ClassVar[bool] = True


class Late(LabelLoss):
    """-V_y at the end of the trial."""

    reads_series: ClassVar[bool] = True

    def value(self, y_true: Any, y_pred: np.ndarray) -> float:
        return float(-y_pred[np.arange(len(y_pred)), -1, y_true].mean())


class Endless(Loss):
    """A loss whose derivative is no number."""

    def value(self, y_true: Any, y_pred: np.ndarray) -> float:
        return 1.0


def square_gradient(loss: Loss, y_true: Any, y_pred: np.ndarray) -> np.ndarray:
    return (y_pred - np.asarray(y_true)) / len(y_pred)


def late_gradient(loss: Late, y_true: Any, y_pred: np.ndarray) -> np.ndarray:
    gradient = np.zeros(y_pred.shape)
    gradient[np.arange(len(y_pred)), -1, y_true] = -1 / len(y_pred)
    return gradient


@pytest.fixture(autouse=True)
def rules_as_before() -> Iterator[None]:
    """What a test registers is gone after it."""
    kept = [(rules, dict(rules._rules)) for rules in (LOSS_SOURCES, READOUT_GRADIENTS)]
    yield
    for rules, known in kept:
        rules._rules.clear()
        rules._rules.update(known)


def check_output_weights(loss: Loss, readout: str, targets: Any) -> None:
    """The gradient of some weights is that of central differences of the loss, which is smooth in them."""
    network, source, _, output = layers(readout)
    x, _ = trials(8)
    connection = output.connection()
    with compiled(network, losses=loss, precision="double") as trained:
        group = trained.connection_populations[connection].vars["g"]
        exact = trained.gradients({source: x}, {output: targets})[connection]

        def loss_with(pre: int, post: int, change: float) -> float:
            group.view.reshape(20, 3)[pre, post] += change
            group.push_to_device()
            metric = "mean_square_error"
            if np.ndim(targets) == 1:
                metric = "sparse_categorical_accuracy"
            value = trained.validate({source: x}, {output: targets}, metrics=metric, callbacks=[])[1][output]
            group.view.reshape(20, 3)[pre, post] -= change
            group.push_to_device()
            return float(value)

        for pre, post in ((0, 0), (7, 1), (19, 2)):
            difference = (loss_with(pre, post, 1e-4) - loss_with(pre, post, -1e-4)) / 2e-4
            assert exact[pre, post] == pytest.approx(difference, rel=1e-5, abs=1e-9)  # squares of 1e-4
    assert exact.any()


VALUES = np.random.default_rng(1).normal(size=(8, 3))


@pytest.mark.parametrize("readout", ["avg_var", "avg_var_exp_weight", "sum_var", "max_var"])
def test_readouts(readout: str) -> None:
    loss_gradient(Square)(square_gradient)
    check_output_weights(Square(), readout, VALUES)


def test_series() -> None:
    loss_gradient(SquareSeries)(square_gradient)
    check_output_weights(SquareSeries(), "var", np.random.default_rng(1).normal(size=(8, 30, 3)))


@pytest.mark.parametrize("readout", ["var", "avg_var"])
def test_voltages_with_labels(readout: str) -> None:
    loss_gradient(Late)(late_gradient)
    check_output_weights(Late(), readout, np.arange(8) % 3)


def test_first_spikes_as_the_library_has_them() -> None:
    """A copy of a loss of the library, by its own derivative, has the gradients of that loss."""

    class Copy(LabelLoss):
        inner = FirstSpikeCrossentropy(1.0, 0.01, trial_ms=30.0)

        def value(self, y_true: Any, y_pred: np.ndarray) -> float:
            return self.inner.value(y_true, y_pred)

    @loss_gradient(Copy, readouts=[FirstSpikeTime])
    def copied(loss: Copy, y_true: Any, y_pred: np.ndarray) -> np.ndarray:
        return READOUT_GRADIENTS[(FirstSpikeCrossentropy,)](loss.inner, y_true, y_pred)

    network, source, hidden, output = layers()
    output.population().neuron = LeakyIntegrateFire(readout="first_spike_time")
    x, y = trials(8)
    found = []
    for loss in (Copy(), Copy.inner):
        with compiled(network, losses=loss) as trained:
            found.append(trained.gradients({source: x}, {output: y})[hidden.connection()])
    np.testing.assert_array_equal(*found)
    assert found[0].any()


def test_the_rule_of_the_closest_class() -> None:
    class Doubled(Square):
        def value(self, y_true: Any, y_pred: np.ndarray) -> float:
            return 2.0 * super().value(y_true, y_pred)

    loss_gradient(Square)(square_gradient)
    loss_gradient(Doubled)(lambda loss, y_true, y_pred: 2.0 * square_gradient(loss, y_true, y_pred))
    check_output_weights(Doubled(), "avg_var", VALUES)


def test_readouts_that_were_not_asked_for() -> None:
    loss_gradient(Square, readouts=[SumVar, MaxVar])(square_gradient)
    network, *_ = layers("avg_var")
    with pytest.raises(UnsupportedError, match=r"outputs of Square with AvgVar; it can .*Square with MaxVar, SumVar"):
        compiled(network, losses=Square())


@pytest.mark.parametrize(
    ("loss", "readouts", "message"),
    [
        (Square(), None, "loss_gradient takes a class derived from Loss, got <.*Square object"),
        (int, None, "loss_gradient takes a class derived from Loss, got <class 'int'>"),
        (Square, [SpikeCount], r"Square: no loss of this kind can be learnt from SpikeCount; one can from .*AvgVar"),
        (Square, ["avg_var"], "Square: no loss of this kind can be learnt from avg_var; one can"),
        (SquareSeries, [AvgVar], "SquareSeries: no loss of this kind can be learnt from AvgVar; one can from Var$"),
        (Square, [Var], "Square: no loss of this kind can be learnt from Var; one can from"),
    ],
)
def test_refused(loss: Any, readouts: Any, message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        loss_gradient(loss, readouts)


def test_derivatives_of_another_shape() -> None:
    loss_gradient(Square)(lambda loss, y_true, y_pred: square_gradient(loss, y_true, y_pred).sum(axis=1))
    network, source, _, output = layers()
    message = r"the derivative of Square must have the shape of the predictions, \(8, 3\), got \(8,\)"
    with compiled(network, losses=Square()) as trained, pytest.raises(DescriptionError, match=message):
        trained.gradients({source: trials(8)[0]}, {output: VALUES})


def test_targets_are_checked_with_the_name_of_the_output() -> None:
    loss_gradient(Square)(square_gradient)
    network, source, _, output = layers()
    with compiled(network, losses=Square()) as trained, pytest.raises(DataError, match=r"Pop\d+: targets of shape \(8"):
        trained.train({source: trials(8)[0]}, {output: VALUES[:, :2]}, 1, callbacks=[])


def test_targets_in_code_of_neurons() -> None:
    """No custom loss has to bring them there to be learnt."""
    for use in (
        lambda: Square().add_to_neuron(NeuronModel(), (3,), 1, 10),
        lambda: Square().set_target(None, VALUES, (3,), 8, 10),
    ):
        with pytest.raises(UnsupportedError, match="Square does not bring its targets into code of neurons"):
            use()


@pytest.mark.parametrize("optimiser", [Adam(0.1), AdamW(0.1), SGD(0.1)], ids=lambda one: type(one).__name__)
def test_bounds_do_not_hide_gradients_that_are_no_numbers(optimiser: Any) -> None:
    """What is no number is put back to a bound; the memory of the optimiser tells."""
    loss_gradient(Endless)(lambda loss, y_true, y_pred: np.full(y_pred.shape, np.nan))
    network, source, hidden, output = layers()
    x, y = trials(8)
    learnt = {hidden: {"tau_mem": Trainable(optimiser, low=5.0, high=50.0)}}
    text = r"20 numbers of hidden\.tau_mem\.\w+ are not finite after epoch 0: gradients have grown out of range"
    trained = compiled(network, losses=Endless(), optimiser=None, optimisers=learnt)
    with trained, pytest.raises(TrainingError, match=text):
        trained.train({source: x}, {output: y}, 1, callbacks=[])
