"""Training and evaluation on examples of different lengths: they go with their examples wherever these go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, InputLayer, Layer, Network, Population, SequentialNetwork
from ml_genn.callbacks import Checkpoint
from ml_genn.compilers import EventPropCompiler, FewSpikeCompiler
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense
from ml_genn.errors import DataError, DescriptionError, TrainingError, UnsupportedError
from ml_genn.losses import FirstSpikeCrossentropy, MeanSquareError
from ml_genn.neurons import FewSpikeRelu, FewSpikeReluInput, LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ml_genn.optimisers import Adam
from ml_genn.runtime.training_data import order_of
from ml_genn.serialisers import Numpy
from ml_genn.synapses import Exponential
from tests.compilers.event_prop.test_training import TIMESTEPS, layers, trials, weights_of

COUNT, SEED = 20, 5
LENGTHS = np.random.default_rng(2).integers(8, TIMESTEPS + 1, COUNT)


class Classifier:
    """A network with data.

    Args:
        kwargs: arguments of the compiler.
    """

    def __init__(self, **kwargs: Any) -> None:
        network, self.source, self.hidden, self.output = layers()
        self.x, self.y = trials(COUNT)
        arguments = {
            "losses": "sparse_categorical_crossentropy",
            "optimiser": Adam(0.02),
            "batch_size": 8,
            "rng_seed": SEED,
            "num_threads": 1,
            "variable_timesteps": True,
            **kwargs,
        }
        self.compiled = EventPropCompiler(TIMESTEPS, **arguments).compile(network)

    def data(self, where: slice = slice(None)) -> tuple[dict[Any, Any], dict[Any, Any]]:
        return {self.source: self.x[where]}, {self.output: self.y[where]}

    def weights(self) -> np.ndarray:
        return weights_of(self.compiled, self.hidden)


def test_lengths_are_shuffled_with_their_examples() -> None:
    net = Classifier()
    with net.compiled as compiled:
        compiled.train(*net.data(), 2, callbacks=[], timesteps=LENGTHS)
        weights = net.weights()

    def batches(epoch: int) -> Any:
        order = order_of(COUNT, SEED, epoch, shuffle=True)
        for start in range(0, COUNT, 8):
            chosen = order[start : start + 8]
            yield [net.x[i] for i in chosen], net.y[chosen], LENGTHS[chosen]

    with net.compiled as compiled:
        compiled.train_batch_iter(net.source, net.output, batches, 2, callbacks=[])
        np.testing.assert_array_equal(net.weights(), weights)
    with net.compiled as compiled:
        compiled.train(*net.data(), 2, callbacks=[], timesteps=LENGTHS[::-1])
        assert not np.array_equal(net.weights(), weights)


def test_validation_has_the_lengths_of_its_examples() -> None:
    net = Classifier(optimiser=None)
    kept = slice(15, None)
    with net.compiled as compiled:
        compiled.train(*net.data(), 1, callbacks=[], validation_callbacks=[], validation_split=0.25, timesteps=LENGTHS)
        split = compiled.history[-1]
    x, y = net.data(slice(None, 15))
    validation = dict(zip(("validation_x", "validation_y"), net.data(kept), strict=True))
    with net.compiled as compiled:
        arguments = {"callbacks": [], "validation_callbacks": [], **validation}
        compiled.train(x, y, 1, timesteps=LENGTHS[:15], validation_timesteps=LENGTHS[kept], **arguments)
        given = compiled.history[-1]
        compiled.train(x, y, 1, timesteps=LENGTHS[:15], **arguments)
        full = compiled.history[-1]
    assert given.validation_loss == split.validation_loss
    assert given.validation_metrics == split.validation_metrics
    assert given.loss == split.loss
    assert full.validation_loss != split.validation_loss


def test_evaluation_and_prediction_agree() -> None:
    net = Classifier()
    x, y = net.data()
    with net.compiled as compiled:
        readouts, _ = compiled.predict(x, net.output, callbacks=[], timesteps=LENGTHS)
        accuracy = np.mean(readouts[net.output].argmax(axis=1) == net.y)
        metrics, _ = compiled.evaluate(x, y, callbacks=[], timesteps=LENGTHS)
        assert metrics[net.output].result == accuracy
        batches = [(net.x[i : i + 8], net.y[i : i + 8], LENGTHS[i : i + 8]) for i in (0, 8, 16)]
        metrics, _ = compiled.evaluate_batch_iter(net.source, net.output, batches, callbacks=[])
        assert metrics[net.output].result == accuracy
        one, _ = compiled.evaluate_batch(*net.data(slice(0, 8)), timesteps=LENGTHS[:8])
        assert one[net.output].result == np.mean(readouts[net.output][:8].argmax(axis=1) == net.y[:8])


def test_networks_learn_from_examples_of_different_lengths() -> None:
    net = Classifier(optimiser=Adam(0.1))
    with net.compiled as compiled:
        compiled.train(*net.data(), 15, callbacks=[], timesteps=np.maximum(LENGTHS, 20))
        assert compiled.history[-1].loss[net.output] < 0.5 * compiled.history[0].loss[net.output]


def test_training_goes_on_from_a_checkpoint(tmp_path: Path) -> None:
    net, kept = Classifier(input_dropout=0.1, hidden_noise=0.05), Numpy(tmp_path)
    x, y = net.data()
    with net.compiled as compiled:
        compiled.train(x, y, 3, callbacks=[], timesteps=LENGTHS)
        weights, losses = net.weights(), compiled.history[-1].loss
    with net.compiled as compiled:
        compiled.train(x, y, 1, callbacks=[Checkpoint(kept, batch_interval=2)], timesteps=LENGTHS)
    with net.compiled as compiled:
        start = compiled.resume(kept)
        compiled.train(x, y, 3 - start, start_epoch=start, callbacks=[], timesteps=LENGTHS)
        np.testing.assert_array_equal(net.weights(), weights)
        assert compiled.history[-1].loss == losses


class Regression:
    """Outputs that shall follow series: lists of arrays of as many timesteps as their trials have."""

    def __init__(self) -> None:
        self.network = SequentialNetwork(default_params)
        with self.network:
            self.source = InputLayer(SpikeInput(), 12)
            Layer(Dense(0.5), LeakyIntegrateFire(), 10, Exponential(5.0))
            self.output = Layer(Dense(0.1), LeakyIntegrate(readout="var"), 2, Exponential(5.0))
        rng = np.random.default_rng(1)
        self.targets = [rng.normal(0.0, 1.0, (length, 2)) for length in LENGTHS[:4]]
        self.x = {self.source: trials(4)[0]}
        compiler = EventPropCompiler(TIMESTEPS, MeanSquareError(), batch_size=3, variable_timesteps=True)
        self.compiled = compiler.compile(self.network)


def test_series_may_be_as_long_as_their_trials() -> None:
    net = Regression()
    padded = np.full((4, TIMESTEPS, 2), 7.0)
    for row, target in zip(padded, net.targets, strict=True):
        row[: len(target)] = target
    found = []
    for targets in (net.targets, padded):
        with net.compiled as compiled:
            arguments = {"metrics": "mean_square_error", "callbacks": [], "timesteps": LENGTHS[:4]}
            readouts, _ = compiled.predict(net.x, net.output, callbacks=[], timesteps=LENGTHS[:4])
            metrics, _ = compiled.evaluate(net.x, {net.output: targets}, **arguments)
            compiled.train(net.x, {net.output: targets}, 1, shuffle=False, **arguments)
            found.append((metrics[net.output].result, compiled.history[-1].loss[net.output]))
    assert found[0] == found[1]
    errors = [readouts[net.output][i][: len(target)] - target for i, target in enumerate(net.targets)]
    assert found[0][0] == pytest.approx(np.mean(np.concatenate(errors) ** 2), rel=1e-12)


def test_a_series_that_is_shorter_than_its_trial_is_refused() -> None:
    net = Regression()
    with net.compiled as compiled:
        wanted = (
            rf"the target of example 1 of a batch has the shape \({LENGTHS[1] - 2}, 2\), its trial has {LENGTHS[1]}"
        )
        targets = [net.targets[0], net.targets[1][:-2], *net.targets[2:]]
        with pytest.raises(DataError, match=wanted):
            compiled.train(net.x, {net.output: targets}, 1, callbacks=[], shuffle=False, timesteps=LENGTHS[:4])


def first_spikes(**kwargs: Any) -> tuple[Any, dict[Any, Any], Any]:
    """A network whose outputs are silent, to be trained by first spikes."""
    network = SequentialNetwork(default_params)
    with network:
        source = InputLayer(SpikeInput(), 12)
        output = Layer(Dense(0.001), LeakyIntegrateFire(readout="first_spike_time"), 3, Exponential(5.0))
    compiler = EventPropCompiler(TIMESTEPS, FirstSpikeCrossentropy(**kwargs), batch_size=4, variable_timesteps=True)
    return compiler.compile(network), {source: trials(4)[0]}, output


def test_errors_of_a_part_of_a_batch_say_which() -> None:
    network, x, output = first_spikes(missing_label="error")
    where = "counted among the examples of the batch whose trials have 9 timesteps"
    with network as compiled:
        with pytest.raises(TrainingError, match=f"the label of example 0 of the batch, did not spike.*{where}"):
            compiled.gradients(x, {output: np.zeros(4, int)}, timesteps=[9, 20, 20, 9])
        batch = (*x.values(), np.array([0, 1, 2, 5]), [9, 20, 20, 9])
        with pytest.raises(DataError, match=rf"label 5 is out of range.*\(example 1\) \({where}"):
            compiled.train_batch_iter(tuple(x), output, [batch], 1, callbacks=[])


def test_lengths_that_do_not_fit_are_refused() -> None:
    net = Classifier()
    x, y = net.data(slice(0, 4))
    with net.compiled as compiled:
        for wrong, message in (
            ([9, 9, 9], "Number of inputs and timesteps must match, got 4 and 3"),
            (
                [9, 9, -1, 9],
                "timesteps must be from 0 to the 30 .* compiled for, example 2 has -1; cut it, or compile for",
            ),
            ([9, 31, 9, 9], "timesteps must be from 0 to the 30 .* compiled for, example 1 has 31"),
            ([9.0, 9.5, 9.0, 9.0], r"must be whole numbers, one per example, got dtype float64 and shape \(4,\)"),
            ([[9], [9], [9], [9]], r"must be whole numbers, one per example, got dtype int64 and shape \(4, 1\)"),
        ):
            with pytest.raises(DataError, match=message):
                compiled.gradients(x, y, timesteps=wrong)
            with pytest.raises(DataError, match=message):
                compiled.train(x, y, 1, timesteps=wrong, callbacks=[])
            with pytest.raises(DataError, match=message):
                compiled.predict(x, net.output, timesteps=wrong, callbacks=[])
            with pytest.raises(DataError, match=message):
                compiled.evaluate(x, y, timesteps=wrong, callbacks=[])
            with pytest.raises(DataError, match=message):
                batches = [(net.x[:4], net.y[:4], wrong)]
                compiled.train_batch_iter(net.source, net.output, batches, 1, callbacks=[])
        with pytest.raises(DataError, match="Number of inputs and timesteps must match, got 4 and 2"):
            compiled.train(x, y, 1, validation_x=x, validation_y=y, validation_timesteps=[9, 9], callbacks=[])
        with pytest.raises(
            DescriptionError, match="validation_timesteps are those of validation_x, which is not given"
        ):
            compiled.train(x, y, 1, validation_timesteps=[9, 9], callbacks=[])


def test_batches_are_pairs_or_have_lengths() -> None:
    net = Classifier()
    wanted = r" must be a pair \(examples, targets\), or \(examples, targets, timesteps\), got a "
    with net.compiled as compiled:
        with pytest.raises(DataError, match=f"batch 0 of epoch 0{wanted}tuple of 1"):
            compiled.train_batch_iter(net.source, net.output, [(net.x[:4],)], 1, callbacks=[])
        with pytest.raises(DataError, match=f"batch 0{wanted}dict"):
            compiled.evaluate_batch_iter(net.source, net.output, [{"x": net.x[:4]}], callbacks=[])


def test_networks_with_trials_of_one_length_refuse_others() -> None:
    wanted = "trials of this network are all of one length; compile it with variable_timesteps=True, which Event"
    net = Classifier(variable_timesteps=False)
    x, y = net.data(slice(0, 4))
    with net.compiled as compiled, pytest.raises(UnsupportedError, match=wanted):
        compiled.train(x, y, 1, timesteps=[9, 9, 9, 9], callbacks=[])
    with Network() as network:
        source = Population(FewSpikeReluInput(k=4, alpha=1.0), 2)
        output = Population(FewSpikeRelu(k=4, alpha=1.0, readout="var"), 2)
        Connection(source, output, Dense(1.0))
    with FewSpikeCompiler(k=4).compile(network) as compiled, pytest.raises(UnsupportedError, match=wanted):
        compiled.predict({source: np.ones((2, 2))}, output, timesteps=[1, 2], callbacks=[])
    with pytest.raises(DescriptionError, match=r"EventPropCompiler\.variable_timesteps must be True or False, got 3"):
        EventPropCompiler(30, "sparse_categorical_crossentropy", variable_timesteps=3)
