"""Training: what `train` does with data, callbacks, metrics and optimisers, and that networks learn."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, InputLayer, Layer, Network, Population, SequentialNetwork
from ml_genn.callbacks import Callback, Checkpoint, OptimiserParamSchedule, SpikeRecorder, VarRecorder
from ml_genn.compilers import EventPropCompiler, InferenceCompiler
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense
from ml_genn.errors import DataError, DescriptionError, TrainingError
from ml_genn.initializers import Normal
from ml_genn.losses import SparseCategoricalCrossentropy
from ml_genn.metrics import SparseCategoricalAccuracy
from ml_genn.neurons import BernoulliInput, LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ml_genn.optimisers import SGD, Adam
from ml_genn.serialisers import Numpy
from ml_genn.synapses import Exponential
from ml_genn.utils.data import preprocess_spikes

TIMESTEPS = 30
CLASSES = 3


def trials(count: int, seed: int = 1) -> tuple[list[Any], np.ndarray]:
    """Latency-coded examples: each class has the inputs in another order; times jitter."""
    rng = np.random.default_rng(seed)
    orders = [np.random.default_rng(10 + label).permutation(12) for label in range(CLASSES)]
    labels = np.arange(count) % CLASSES
    times = [np.clip(orders[label] + rng.normal(0.0, 0.5, 12), 0.0, None) for label in labels]
    return [preprocess_spikes(one, np.arange(12), 12) for one in times], labels


def layers(readout: str = "avg_var", **kwargs: Any) -> Any:
    network = SequentialNetwork(default_params)
    with network:
        source = InputLayer(SpikeInput(), 12)
        hidden = Layer(Dense(Normal(1.0, 0.7)), LeakyIntegrateFire(**kwargs), 20, Exponential(5.0), name="hidden")
        output = Layer(Dense(Normal(0.0, 0.5)), LeakyIntegrate(readout=readout), CLASSES, Exponential(5.0))
    return network, source, hidden, output


def compiled(network: Any, **kwargs: Any) -> Any:
    arguments = {
        "losses": "sparse_categorical_crossentropy",
        "batch_size": 8,
        "rng_seed": 5,
        "num_threads": 1,
        **kwargs,
    }
    return EventPropCompiler(TIMESTEPS, **arguments).compile(network)


def weights_of(trained: Any, connection: Any) -> np.ndarray:
    return np.array(trained.connection_populations[connection].vars["g"].view).ravel()


@pytest.mark.parametrize("readout", ["avg_var", "avg_var_exp_weight", "sum_var", "max_var"])
def test_networks_learn(readout: str) -> None:
    network, source, _, output = layers(readout)
    x, y = trials(40)
    optimiser = Adam(5e-3 if readout == "sum_var" else 3e-2)  # a sum is TIMESTEPS times a mean
    with compiled(network, optimiser=optimiser) as trained:
        before = trained.evaluate({source: x}, {output: y}, callbacks=[])[0][output].result
        metrics, _ = trained.train({source: x}, {output: y}, 25, callbacks=[])
        after = trained.evaluate({source: x}, {output: y}, callbacks=[])[0][output].result
        losses = [epoch.loss[output] for epoch in trained.history]
    assert before < 0.6
    assert after > 0.85
    assert metrics[output].result > 0.8
    assert losses[-1] < 0.8 * losses[0]
    assert [epoch.epoch for epoch in trained.history] == list(range(25))


def test_a_step_of_sgd_is_alpha_times_the_gradient() -> None:
    network, source, hidden, output = layers()
    x, y = trials(8)
    with compiled(network, optimiser=SGD(0.5), precision="double") as trained:
        connections = [layer.connection() for layer in (hidden, output)]
        gradients = trained.gradients({source: x}, {output: y})
        before = [weights_of(trained, connection) for connection in connections]
        trained.train({source: x}, {output: y}, 1, callbacks=[], shuffle=False)
        for connection, old in zip(connections, before, strict=True):
            change = weights_of(trained, connection) - old
            np.testing.assert_allclose(
                change, -0.5 * gradients[connection].ravel(), rtol=1e-9, atol=1e-15
            )  # of old + change
            assert change.any()


def test_every_batch_is_learnt_once_with_the_weights_it_met() -> None:
    """Two batches of one epoch are what two epochs of one batch each come to."""
    x, y = trials(16)
    network, source, hidden, output = layers()
    found = []
    for parts in ([slice(None)], [slice(0, 8), slice(8, 16)]):
        with compiled(network) as trained:
            for part in parts:
                trained.train({source: x[part]}, {output: y[part]}, 1, callbacks=[], shuffle=False)
            found.append(weights_of(trained, hidden))
    np.testing.assert_array_equal(found[0], found[1])


@pytest.mark.parametrize("threads", [2, 7])
def test_threads_do_not_change_a_bit_of_a_training(threads: int) -> None:
    network, source, hidden, output = layers()
    x, y = trials(20)
    found = []
    for number in (1, threads):
        with compiled(network, num_threads=number) as trained:
            trained.train({source: x}, {output: y}, 2, callbacks=[])
            found.append(weights_of(trained, hidden).tobytes())
    assert found[0] == found[1]


def test_order_of_examples_follows_seed_and_epoch() -> None:
    network, source, hidden, output = layers()
    x, y = trials(20)

    def trained_weights(seed: int = 5, **kwargs: Any) -> bytes:
        with compiled(network, rng_seed=seed) as trained:
            trained.train({source: x}, {output: y}, 1, callbacks=[], **kwargs)
            return weights_of(trained, hidden).tobytes()

    assert trained_weights() == trained_weights()
    assert trained_weights() != trained_weights(start_epoch=1)
    assert trained_weights() != trained_weights(shuffle=False)


def test_trained_weights_give_the_inference_compiler_the_same_readouts(tmp_path: Path) -> None:
    network, source, _, output = layers()
    x, y = trials(20)
    with compiled(network) as trained:
        trained.train({source: x}, {output: y}, 2, callbacks=[Checkpoint(Numpy(tmp_path))])
        expected = trained.predict({source: x}, output, callbacks=[])[0][output]
    network.load((1,), Numpy(tmp_path))
    with InferenceCompiler(TIMESTEPS, batch_size=8).compile(network) as inference:
        actual = inference.predict({source: x}, output, callbacks=[])[0][output]
    np.testing.assert_array_equal(actual, expected)


def test_a_weight_given_as_one_number_is_learnt_and_saved(tmp_path: Path) -> None:
    with Network(default_params) as network:
        source = Population(SpikeInput(), 12)
        output = Population(LeakyIntegrate(readout="avg_var"), CLASSES)
        connection = Connection(source, output, Dense(0.5), Exponential(5.0))
    x, y = trials(9)
    with compiled(network) as trained:
        trained.train({source: x}, {output: y}, 1, callbacks=[])
        trained.save((0,), Numpy(tmp_path))
        weights = weights_of(trained, connection)
    assert np.unique(weights).size > 1
    network.load((0,), Numpy(tmp_path))
    np.testing.assert_array_equal(np.ravel(connection.connectivity.weight), weights.ravel())


def test_validation() -> None:
    network, source, _, output = layers()
    x, y = trials(40)
    vx, vy = trials(10, seed=2)
    with compiled(network, optimiser=Adam(2e-2)) as trained:
        found = trained.train(
            {source: x},
            {output: y},
            3,
            callbacks=[],
            validation_callbacks=[],
            validation_x={source: vx},
            validation_y={output: vy},
        )
        accuracy = trained.evaluate({source: vx}, {output: vy}, callbacks=[])[0][output].result
        readouts = trained.predict({source: vx}, output, callbacks=[])[0][output]
    assert len(found) == 4
    assert found[1][output].result == accuracy == trained.history[-1].validation_metrics[output]
    expected = SparseCategoricalCrossentropy().value(vy, readouts)
    assert trained.history[-1].validation_loss[output] == pytest.approx(expected, rel=1e-12)  # means of means


def test_validation_split_takes_the_last_examples() -> None:
    network, source, hidden, output = layers()
    x, y = trials(20)
    weights = []
    for data, split in (((x[:15], y[:15]), 0.0), ((x, y), 0.25)):
        with compiled(network) as trained:
            arguments = {"callbacks": [], "validation_callbacks": [], "validation_split": split}
            trained.train({source: data[0]}, {output: data[1]}, 2, **arguments)
            weights.append(weights_of(trained, hidden))
    np.testing.assert_array_equal(weights[0], weights[1])
    assert len(trained.history[0].validation_metrics) == 1


@pytest.mark.parametrize("as_function", [False, True])
def test_batches_of_any_source(as_function: bool) -> None:
    network, source, hidden, output = layers()
    x, y = trials(20)
    pairs = [(x[start : start + 8], y[start : start + 8]) for start in (0, 8, 16)]
    data: Any = (lambda epoch: iter(pairs)) if as_function else pairs
    weights = []
    with compiled(network) as trained:
        metrics, recorded = trained.train_batch_iter(source, output, data, 2, callbacks=[])
        weights.append(weights_of(trained, hidden))
    with compiled(network) as trained:
        trained.train({source: x}, {output: y}, 2, shuffle=False, callbacks=[])
        weights.append(weights_of(trained, hidden))
    np.testing.assert_array_equal(weights[0], weights[1])
    assert 0.0 <= metrics[output].result <= 1.0
    assert recorded == {}


def test_a_generator_lasts_one_epoch() -> None:
    network, source, _, output = layers()
    x, y = trials(8)
    with compiled(network) as trained, pytest.raises(DataError, match="epoch 1 has no batches; data must give some"):
        trained.train_batch_iter(source, output, iter([(x, y)]), 2, callbacks=[])


class Log(Callback):
    """Notes all hooks."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def on_train_begin(self) -> None:
        self.seen.append("train")

    def on_epoch_begin(self, epoch: int) -> None:
        self.seen.append(("epoch", epoch))

    def on_batch_begin(self, batch: int) -> None:
        self.seen.append(("batch", batch))

    def on_batch_end(self, batch: int, metrics: dict[Any, Any]) -> None:
        self.seen.append(("end", batch, type(next(iter(metrics.values())))))

    def on_epoch_end(self, epoch: int, metrics: dict[Any, Any]) -> None:
        self.seen.append(("epoch end", epoch))

    def on_train_end(self, metrics: dict[Any, Any]) -> None:
        self.seen.append("train end")

    def get_data(self) -> tuple[Any, Any]:
        return "log", self.seen


def test_callbacks() -> None:
    network, source, _, output = layers()
    x, y = trials(10)
    with compiled(network) as trained:
        _, recorded = trained.train({source: x}, {output: y}, 1, start_epoch=4, callbacks=[Log()])
    batches = [item for batch in (0, 1) for item in (("batch", batch), ("end", batch, SparseCategoricalAccuracy))]
    assert recorded["log"] == ["train", ("epoch", 4), *batches, ("epoch end", 4), "train end"]


def test_recorders_see_the_forward_phase_only() -> None:
    network, source, hidden, output = layers()
    hidden.population().record_spikes = True
    x, y = trials(10)
    recorders = [SpikeRecorder(hidden, "spikes"), VarRecorder(output, "v", "v")]
    with compiled(network, optimiser=SGD(0.0)) as trained:  # weights stay
        recorded = trained.train({source: x}, {output: y}, 1, shuffle=False, callbacks=recorders)[1]
        expected = trained.predict({source: x}, output, callbacks=recorders)[1]
    assert len(recorded["v"]) == 10
    np.testing.assert_array_equal(recorded["v"], expected["v"])
    for found, wanted in zip(recorded["spikes"], expected["spikes"], strict=True):
        assert [list(one) for one in found] == [list(one) for one in wanted]
    assert sum(map(len, recorded["spikes"][0])) > 20


def test_schedules_change_the_optimiser() -> None:
    network, source, hidden, output = layers()
    x, y = trials(8)
    with compiled(network, optimiser=SGD(0.5)) as trained:
        before = weights_of(trained, hidden)
        stop = OptimiserParamSchedule("alpha", lambda epoch, alpha: 0.0)
        trained.train({source: x}, {output: y}, 2, callbacks=[stop])
        np.testing.assert_array_equal(weights_of(trained, hidden), before)


def test_random_inputs_differ_from_epoch_to_epoch() -> None:
    with Network(default_params) as network:
        source = Population(BernoulliInput(), 12)
        output = Population(LeakyIntegrate(readout="avg_var"), CLASSES)
        Connection(source, output, Dense(Normal()), Exponential(5.0))
    x, y = np.full((8, 12), 0.3), np.zeros(8, int)
    with compiled(network, optimiser=SGD(0.0)) as trained:
        trained.train({source: x}, {output: y}, 2, callbacks=[])
    assert trained.history[0].loss != trained.history[1].loss


def test_several_outputs_with_losses_by_layer() -> None:
    with Network(default_params) as network:
        source = Population(SpikeInput(), 12)
        outputs = [Population(LeakyIntegrate(readout="avg_var"), CLASSES, name=name) for name in ("a", "b")]
        connections = [Connection(source, output, Dense(0.5), Exponential(5.0)) for output in outputs]
    x, y = trials(8)
    losses = {output: SparseCategoricalCrossentropy() for output in outputs}
    with compiled(network, losses=losses) as trained:
        both = trained.gradients({source: x}, {outputs[0]: y, outputs[1]: 2 - y})
        assert not np.array_equal(both[connections[0]], both[connections[1]])
        with pytest.raises(DescriptionError, match="targets must be given for all outputs, a, b; got those of a"):
            trained.gradients({source: x}, {outputs[0]: y})


# Bad input


def test_too_many_spikes_are_an_error_where_tapes_cannot_grow() -> None:
    network, source, _, output = layers()
    x, y = trials(8)
    for sample in x:
        sample.spike_times[:] = 0.0
    network.layers[1].connection().connectivity.weight = np.full((12, 20), 40.0)
    with compiled(network, max_spikes=2) as trained:
        trained._tapes._can_grow = False  # as on PyGeNN
        with pytest.raises(
            TrainingError, match=r"hidden: a neuron sent \d+ spikes in a trial, max_spikes=2 leaves no room"
        ):
            trained.train({source: x}, {output: y}, 1, callbacks=[])
        trained.evaluate({source: x}, {output: y}, callbacks=[])  # needs no tape


def test_an_interrupted_backward_phase_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """As by Ctrl-C in a notebook, where the network stays loaded and goes on."""
    network, source, hidden, output = layers()
    x, y = trials(8)
    with compiled(network) as trained:
        wanted = trained.gradients({source: x}, {output: y})
        model, calls = type(trained.genn_model), []
        step = model.step_time

        def interrupted(self: Any, timesteps: int) -> None:
            calls.append(timesteps)
            step(self, timesteps)
            if len(calls) == 2:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(model, "step_time", interrupted)
            trained.gradients({source: x}, {output: y})
        assert calls == [TIMESTEPS, TIMESTEPS]
        found = trained.gradients({source: x}, {output: y})
    for layer in (hidden, output):
        np.testing.assert_array_equal(found[layer.connection()], wanted[layer.connection()])


def test_a_loss_that_is_not_finite_stops_the_training() -> None:
    network, source, _, output = layers()
    output.connection().connectivity.weight = np.full((20, CLASSES), 3e38)
    x, y = trials(16)
    with compiled(network) as trained:
        text = r"the loss of .* is (nan|inf) in epoch 7, batch 0: weights or inputs have grown out of range"
        with warnings.catch_warnings(), pytest.raises(TrainingError, match=text):
            warnings.simplefilter("error")  # the error says it all
            trained.train({source: x}, {output: y}, 1, start_epoch=7, callbacks=[])


def test_weights_that_are_not_finite_stop_the_training() -> None:
    """A hidden neuron whose voltage is no number never spikes, and the loss stays finite."""
    network, source, hidden, output = layers()
    x, y = trials(16)
    with compiled(network) as trained:
        weights = trained.connection_populations[hidden].vars["g"]
        weights.view[:] = np.nan
        text = r"240 numbers of .*weight are not finite after epoch 2: gradients have grown out of range; lower the"
        with pytest.raises(TrainingError, match=text):
            trained.train({source: x}, {output: y}, 1, start_epoch=2, callbacks=[])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": np.zeros(3, int)}, "Number of training inputs and labels must match, got 8 and 3"),
        ({"y": np.full(8, 3)}, "label 3 is out of range: the output has 3 classes"),
        ({"validation_split": 0.01}, "leaves 8 of 8 examples for training; both parts need some"),
        ({"validation_split": 0.5, "validation_x": {}}, "validation data and validation split cannot both be provided"),
    ],
)
def test_bad_data(change: dict[str, Any], message: str) -> None:
    network, source, _, output = layers()
    x, y = trials(8)
    arguments = {"callbacks": [], **change}
    labels = arguments.pop("y", y)
    with compiled(network) as trained, pytest.raises((DataError, DescriptionError), match=message):
        trained.train({source: x}, {output: labels}, 1, **arguments)


def test_a_batch_larger_than_the_network_takes() -> None:
    network, source, _, output = layers()
    x, y = trials(9)
    with compiled(network) as trained, pytest.raises(DataError, match="the batch has more than the 8 examples"):
        trained.gradients({source: x}, {output: y})
