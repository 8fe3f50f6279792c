"""The one-call conversion, from a Keras model to a result, on the shipped digits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

import ml_genn_tf
from ml_genn.callbacks import SpikeRecorder
from ml_genn.data import Dataset, load_data
from ml_genn.errors import DataError, ShapeError, UnsupportedError, UsageError
from ml_genn.evaluation import evaluate_file
from ml_genn.reports import Result

from .conftest import nonnegative, randomised, signed

MODELS = Path(__file__).parents[2] / "models"
EXAMPLES = 40


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return ml_genn_tf.load_model(MODELS / "digits_max_pool.keras")


@pytest.fixture(scope="module")
def training() -> Dataset:
    return load_data("digits", split="train", expected_shape=(8, 8, 1))


@pytest.fixture(scope="module")
def test() -> Dataset:
    return load_data("digits", split="test", expected_shape=(8, 8, 1)).first(EXAMPLES)


def converted(model: keras.Model, training: Dataset, test: Dataset, **options: Any) -> Result:
    conversion = ml_genn_tf.convert(model, calibration=training.x[:200], **options)
    return conversion.evaluate(test.x, test.y)


@pytest.fixture(scope="module")
def few_spike(model: keras.Model, training: Dataset, test: Dataset) -> Result:
    return converted(model, training, test, k=8, batch_size=16)


@pytest.fixture(scope="module")
def data_norm(model: keras.Model, training: Dataset, test: Dataset) -> Result:
    return converted(model, training, test, method="data-norm", timesteps=64, batch_size=16)


def test_few_spike_classifies_as_the_model_does(few_spike: Result, model: keras.Model, test: Dataset) -> None:
    correct = int(np.sum(model.predict(test.x, verbose=0).argmax(axis=1) == test.y))
    assert few_spike.ann is not None
    assert few_spike.ann.correct == correct
    assert few_spike.agreement == 1.0
    assert few_spike.accuracy_by_timestep == ((8, few_spike.snn.accuracy),)


def test_data_norm_accuracy_grows_with_time(data_norm: Result) -> None:
    steps = [step for step, _ in data_norm.accuracy_by_timestep]
    accuracy = [value for _, value in data_norm.accuracy_by_timestep]
    assert steps == [1, 2, 4, 8, 16, 32, 64]
    assert accuracy[0] < 0.3  # nothing has reached the output: its bias chooses one class
    assert accuracy[-1] == data_norm.snn.accuracy > 0.9


@pytest.mark.parametrize("name", ["few_spike", "data_norm"])
def test_every_layer_is_measured(name: str, request: pytest.FixtureRequest) -> None:
    result: Result = request.getfixturevalue(name)
    assert [layer.name for layer in result.layers] == ["image", "conv1", "pool1", "conv2", "pool2", "digit"]
    assert [layer.neurons for layer in result.layers] == [64, 1024, 256, 512, 128, 10]
    for layer in result.layers[:-1]:
        assert layer.threshold is not None or layer.threshold_note == "follows its leading input"
        assert 0 < layer.spikes_per_neuron < 64
        assert layer.activation_error is not None
    assert result.layers[-1].spikes_per_neuron == result.layers[-1].synops == 0
    assert result.totals.spikes == pytest.approx(
        sum(layer.spikes_per_neuron * layer.neurons for layer in result.layers)
    )
    assert result.totals.synops == pytest.approx(sum(layer.synops for layer in result.layers))


def test_synops_are_spikes_times_targets(few_spike: Result) -> None:
    """Each spike of conv1 reaches one pooling window, each of pool2 the ten outputs."""
    conv1, pool2 = few_spike.layers[1], few_spike.layers[4]
    assert conv1.synops == pytest.approx(conv1.spikes_per_neuron * 1024)
    assert pool2.synops == pytest.approx(pool2.spikes_per_neuron * 128 * 10)


@pytest.mark.parametrize("name", ["few_spike", "data_norm"])
def test_counts_are_those_of_a_spike_recorder(
    name: str, request: pytest.FixtureRequest, model: keras.Model, training: Dataset, test: Dataset
) -> None:
    result: Result = request.getfixturevalue(name)
    options = {"few_spike": {"k": 8}, "data_norm": {"method": "data-norm", "timesteps": 64}}[name]
    conversion = ml_genn_tf.convert(model, calibration=training.x[:200], batch_size=16, **options)
    spiking = [population for population in conversion.network.populations if population not in conversion.outputs]
    for population in spiking:
        population.record_spikes = True
    with (compiled := conversion.compile()):
        recorders = [SpikeRecorder(population, population.name, record_counts=True) for population in spiking]
        _, counts = compiled.predict({conversion.inputs[0]: test.x}, conversion.outputs[0], callbacks=recorders)
    for layer in result.layers[:-1]:
        assert layer.spikes_per_neuron == pytest.approx(np.mean(counts[layer.name]), rel=1e-12)


def test_few_spike_errors_are_below_a_least_significant_bit(few_spike: Result) -> None:
    errors = [layer.activation_error for layer in few_spike.layers]
    assert all(error is not None and error < 2**-8 for error in errors)


def test_what_the_result_records(few_spike: Result, data_norm: Result) -> None:
    assert few_spike.method.name == "few-spike"
    assert few_spike.method.options == {"k": 8, "signed": False}
    assert data_norm.method.options == {"timesteps": 64, "input_type": "poisson", "signed": False}
    assert few_spike.calibration is not None
    assert few_spike.calibration.examples == 200
    assert few_spike.gates[0].name == "translate"
    assert all(gate.passed for gate in few_spike.gates)
    assert few_spike.totals.ann_macs == 22**2 * 16 + 10**2 * 16 * 32 + 128 * 10  # taps inside the image
    assert few_spike.timing is not None
    assert few_spike.timing.simulation_seconds > 0
    assert "ml_genn_tf.convert(model, calibration=..., method='few-spike', k=8, seed=0" in few_spike.command
    assert any("Max-pooling (pool1, pool2) is exact" in note for note in few_spike.notes)


def test_progress_reaches_the_end(model: keras.Model, training: Dataset, test: Dataset) -> None:
    calls: list[tuple[str, int, int]] = []
    conversion = ml_genn_tf.convert(model, calibration=training.x[:50], k=4, batch_size=16)
    conversion.evaluate(test.x, test.y, progress=lambda *call: calls.append(call))
    assert {stage: done for stage, done, _ in calls} == {"trained model": EXAMPLES, "simulation": EXAMPLES}


def test_the_same_seed_gives_the_same_spikes(
    data_norm: Result, model: keras.Model, training: Dataset, test: Dataset
) -> None:
    options = {"method": "data-norm", "timesteps": 64}
    again = converted(model, training, test, **options, batch_size=40, threads=1)
    assert [layer.spikes_per_neuron for layer in again.layers] == [
        layer.spikes_per_neuron for layer in data_norm.layers
    ]
    other = converted(model, training, test, **options, seed=1)
    assert other.layers[0].spikes_per_neuron != data_norm.layers[0].spikes_per_neuron


def test_report_writes_a_page(model: keras.Model, training: Dataset, test: Dataset, tmp_path: Path) -> None:
    conversion = ml_genn_tf.convert(model, calibration=training.x[:50], k=4)
    with pytest.raises(UsageError, match=r"there is nothing to report yet; call evaluate\(x, y\) first"):
        conversion.report(tmp_path / "report.html")
    conversion.evaluate(test.x, test.y)
    conversion.report(tmp_path / "report.html")
    assert "few-spike" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize("method", ["few-spike", "data-norm"])
def test_a_saved_network_spikes_as_the_converted_one(
    method: str, model: keras.Model, training: Dataset, test: Dataset, tmp_path: Path
) -> None:
    conversion = ml_genn_tf.convert(model, calibration=training.x[:200], method=method, batch_size=16)
    before = conversion.evaluate(test.x, test.y)
    conversion.save(tmp_path / "network.h5")
    after = evaluate_file(tmp_path / "network.h5", test.x, test.y)
    measured = [(layer.name, layer.spikes_per_neuron, layer.synops, layer.saturated) for layer in after.layers]
    assert measured == [(layer.name, layer.spikes_per_neuron, layer.synops, layer.saturated) for layer in before.layers]
    assert (after.snn.correct, after.totals) == (before.snn.correct, before.totals)
    assert (after.method, after.calibration, after.notes) == (before.method, before.calibration, before.notes)
    assert after.model == before.model
    assert after.accuracy_by_timestep == before.accuracy_by_timestep
    assert after.environment.engine == before.environment.engine == "embedded"
    shown = [(layer.threshold, layer.threshold_note, layer.arriving_synops, layer.ann_macs) for layer in after.layers]
    assert shown == [(b.threshold, b.threshold_note, b.arriving_synops, b.ann_macs) for b in before.layers]
    assert sum(layer.ann_macs or 0 for layer in after.layers) == after.totals.ann_macs
    assert all(layer.threshold is not None or layer.threshold_note for layer in after.layers[:-1])


def test_calibration_is_missing(model: keras.Model) -> None:
    with pytest.raises(
        DataError,
        match=r"few-spike chooses thresholds on calibration data; give some training examples as calibration \(",
    ):
        ml_genn_tf.convert(model)


BAD_DATA: dict[str, tuple[Any, Any, type[Exception], str]] = {
    "not finite": (
        np.full((2, 8, 8, 1), np.nan),
        [0, 1],
        DataError,
        "data of input image holds NaN or infinite",
    ),
    "wrong shape": (np.zeros((2, 8, 8)), [0, 1], ShapeError, "input image needs shape"),
    "empty": (np.zeros((0, 8, 8, 1)), [], DataError, "evaluation data of input image is empty"),
    "lengths": (np.zeros((2, 8, 8, 1)), [0], DataError, "x and y must have the same length, got 2 examples and 1"),
    "label too high": (np.zeros((2, 8, 8, 1)), [0, 10], DataError, r"y\[1\] is 10, but the model has 10 classes"),
    "one-hot labels": (np.zeros((2, 8, 8, 1)), np.eye(10, dtype=int)[:2], DataError, "turns one-hot rows into class"),
}


@pytest.mark.parametrize("case", BAD_DATA)
def test_bad_evaluation_data(case: str, model: keras.Model, training: Dataset) -> None:
    x, y, error, message = BAD_DATA[case]
    conversion = ml_genn_tf.convert(model, calibration=training.x[:20], k=4)
    with pytest.raises(error, match=message):
        conversion.evaluate(x, y)


def test_a_model_with_two_outputs_converts_but_is_not_evaluated() -> None:
    image = keras.Input((4,), name="image")
    outputs = [layers.Dense(2, name="a")(image), layers.Dense(3, name="b")(image)]
    conversion = ml_genn_tf.convert(randomised(keras.Model(image, outputs)), calibration=nonnegative((4,)))
    assert [population.name for population in conversion.outputs] == ["a", "b"]
    with pytest.raises(UnsupportedError, match=r"needs a model with one output.*have the shapes \(2,\), \(3,\)"):
        conversion.evaluate(nonnegative((4,)), np.zeros(5, int))


@pytest.mark.parametrize("method", ["few-spike", "data-norm"])
def test_a_model_with_two_inputs(method: str) -> None:
    """One signed, one not, of different scale, on ways of different length."""
    a, b = keras.Input((4,), name="a"), keras.Input((3,), name="b")
    hidden = layers.Dense(12, activation="relu")(layers.Dense(8, activation="relu")(a))
    both = layers.Add()([hidden, layers.Dense(12)(b)])
    model = randomised(keras.Model([a, b], layers.Dense(3)(layers.ReLU()(both))))
    x = {"a": signed((4,), examples=100), "b": 20 * nonnegative((3,), examples=100)}
    y = model.predict([x["a"], x["b"]], verbose=0).argmax(axis=1)
    result = ml_genn_tf.convert(model, calibration=x, method=method).evaluate(x, y)
    assert result.snn.accuracy >= {"few-spike": 0.99, "data-norm": 0.85}[method]


def test_a_second_evaluation_is_timed_by_itself(model: keras.Model, training: Dataset, test: Dataset) -> None:
    conversion = ml_genn_tf.convert(model, calibration=training.x[:50], k=4)
    first = conversion.evaluate(test.x, test.y)
    conversion.compile().stopwatch.seconds["simulation"] += 1000
    second = conversion.evaluate(test.x, test.y)
    assert second.timing is not None
    assert second.timing.simulation_seconds < 1000
    assert second.layers == first.layers


@pytest.fixture(scope="module")
def small() -> keras.Model:
    return randomised(
        keras.Sequential([keras.Input((6,), name="x"), layers.Dense(8, activation="relu"), layers.Dense(3)]), seed=3
    )


@pytest.mark.parametrize("method", ["few-spike", "data-norm"])
def test_signed_inputs_are_seen_on_the_calibration_data(method: str, small: keras.Model) -> None:
    x = signed((6,), examples=64)
    y = small.predict(x, verbose=0).argmax(axis=1)
    conversion = ml_genn_tf.convert(small, calibration=x, method=method)
    result = conversion.evaluate(x, y)
    assert result.method.options["signed"] is True
    assert result.snn.accuracy >= 0.85  # reset to zero loses charge; random weights leave narrow margins
    unsigned = ml_genn_tf.convert(small, calibration=x, method=method, signed=False).evaluate(x, y)
    assert unsigned.snn.accuracy < result.snn.accuracy
    assert any("are negative, which the unsigned input cannot send" in warning for warning in unsigned.warnings)


def test_raw_images_need_no_rescaling(small: keras.Model) -> None:
    """Inputs of 0 to 255 count in the scale of the input."""
    x = nonnegative((6,), examples=64) * 255
    y = small.predict(x, verbose=0).argmax(axis=1)
    result = ml_genn_tf.convert(small, calibration=x, method="data-norm", timesteps=256).evaluate(x, y)
    assert result.layers[0].threshold == pytest.approx(255, rel=0.02)
    assert result.snn.accuracy >= 0.9


def test_data_beyond_the_calibrated_scale_are_told(small: keras.Model) -> None:
    x = nonnegative((6,), examples=8)
    result = ml_genn_tf.convert(small, calibration=x).evaluate(3 * x, np.zeros(8, int))
    assert any("of the values of input x exceed its full scale" in warning for warning in result.warnings)
