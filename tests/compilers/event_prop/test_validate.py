"""`validate` and the validation of `train`: losses and metrics of examples that are not learnt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn.callbacks import BatchProgressBar, Callback, SpikeRecorder
from ml_genn.errors import DataError, DescriptionError, TrainingError
from ml_genn.losses import SparseCategoricalCrossentropy
from ml_genn.optimisers import Adam

from .test_training import compiled, layers, trials, weights_of

PERTURBED = {"hidden_noise": 0.5, "hidden_dropout": 0.3, "input_dropout": 0.3, "reg_lambda_upper": 1e-3}


class Hooks(Callback):
    """Names of the hooks that were called."""

    key = "hooks"

    def __init__(self) -> None:
        self.calls: list[str] = []

    def on_test_begin(self) -> None:
        self.calls.append("test begins")

    def on_epoch_begin(self, epoch: int) -> None:
        self.calls.append(f"epoch {epoch} begins")

    def on_batch_end(self, batch: int, metrics: dict[Any, Any]) -> None:
        self.calls.append(f"batch {batch}")

    def on_epoch_end(self, epoch: int, metrics: dict[Any, Any]) -> None:
        self.calls.append(f"epoch {epoch} ends")

    def on_test_end(self, metrics: dict[Any, Any]) -> None:
        self.calls.append(f"test ends with {len(metrics)} metrics")

    def get_data(self) -> tuple[str, list[str]]:
        return self.key, self.calls


@pytest.mark.parametrize("perturbed", [{}, PERTURBED])
def test_losses_and_metrics_are_those_of_what_is_predicted(perturbed: dict[str, float]) -> None:
    network, source, hidden, output = layers()
    x, y = trials(20)  # three batches, the last of four examples
    with compiled(network, **perturbed) as trained:
        before = weights_of(trained, hidden).tobytes()
        metrics, losses, recorded = trained.validate({source: x}, {output: y}, callbacks=[Hooks()])
        readouts = trained.predict({source: x}, output, callbacks=[])[0][output]
        assert weights_of(trained, hidden).tobytes() == before
        assert trained.history == []
    assert metrics[output].result == np.mean(readouts.argmax(axis=1) == y)
    assert losses[output] == pytest.approx(SparseCategoricalCrossentropy().value(y, readouts), rel=1e-6)  # floats
    calls = ["test begins", "batch 0", "batch 1", "batch 2", "test ends with 1 metrics"]
    assert recorded == {"hooks": calls}


def test_it_is_the_validation_of_training() -> None:
    network, source, _, output = layers()
    x, y = trials(24)
    vx, vy = trials(10, seed=2)
    with compiled(network, optimiser=Adam(2e-2), **PERTURBED) as trained:
        kwargs: Any = {"callbacks": [], "validation_x": {source: vx}, "validation_y": {output: vy}}
        *_, recorded = trained.train({source: x}, {output: y}, 2, validation_callbacks=[Hooks()], **kwargs)
        _, losses, _ = trained.validate({source: vx}, {output: vy}, callbacks=[])
        assert losses == trained.history[-1].validation_loss
    epochs = [call for n in (0, 1) for call in (f"epoch {n} begins", "batch 0", "batch 1", f"epoch {n} ends")]
    assert recorded["hooks"] == ["test begins", *epochs, "test ends with 1 metrics"]


def test_between_epochs_it_does_not_change_a_bit_of_a_training() -> None:
    network, source, hidden, output = layers()
    x, y = trials(16)
    found = []
    for looks in (False, True):
        with compiled(network, **PERTURBED) as trained:
            for epoch in range(2):
                trained.train({source: x}, {output: y}, 1, start_epoch=epoch, callbacks=[])
                if looks:
                    trained.validate({source: x[:5]}, {output: y[:5]}, callbacks=[])
            found.append(weights_of(trained, hidden).tobytes())
    assert found[0] == found[1]


def test_callbacks_record() -> None:
    network, source, hidden, output = layers()
    hidden.population().record_spikes = True
    x, y = trials(10)
    with compiled(network) as trained:
        _, _, recorded = trained.validate({source: x}, {output: y}, callbacks=[SpikeRecorder(hidden, "spikes")])
        expected = trained.predict({source: x}, output, callbacks=[SpikeRecorder(hidden, "spikes")])[1]
    times, _ = recorded["spikes"]
    assert len(times) == 10
    for actual, wanted in zip(times, expected["spikes"][0], strict=True):
        np.testing.assert_array_equal(actual, wanted)


def test_progress_is_shown_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    network, source, _, output = layers()
    x, y = trials(16)
    with compiled(network) as trained:
        trained.validate({source: x}, {output: y})
        shown = capsys.readouterr().err
        assert "2/2" in shown
        assert "SparseCategoricalAccuracy" in shown
        bars: Any = {"callbacks": [], "validation_callbacks": [BatchProgressBar()]}
        trained.train({source: x}, {output: y}, 1, validation_split=0.5, **bars)
    shown = capsys.readouterr().err
    assert "Validation 0" in shown
    assert "0/1" not in shown.splitlines()[0]  # no bar of its own for all epochs


def test_data_that_do_not_fit() -> None:
    network, source, hidden, output = layers()
    x, y = trials(8)
    with compiled(network) as trained:
        with pytest.raises(DataError, match="Number of validation inputs and labels must match, got 8 and 7"):
            trained.validate({source: x}, {output: y[:7]}, callbacks=[])
        with pytest.raises(DescriptionError, match="targets must be given for all outputs"):
            trained.validate({source: x}, {hidden: y}, callbacks=[])
        with pytest.raises(DataError, match="label 3 is out of range: the output has 3 classes"):
            trained.validate({source: x}, {output: np.full(8, 3)}, callbacks=[])


def test_losses_that_are_not_finite() -> None:
    network, source, _, output = layers()
    x, y = trials(8)
    with compiled(network) as trained:
        weights = trained.connection_populations[output.connection()].vars["g"]
        weights.view[...] = np.nan
        weights.push_to_device()
        with pytest.raises(TrainingError, match=r"the validation loss of \S+ is nan in batch 0: weights or inputs"):
            trained.validate({source: x}, {output: y}, callbacks=[])
