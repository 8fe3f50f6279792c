"""SpikeNorm's thresholds are the largest one-step inputs of a numpy simulation, layer after layer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import ml_genn_tf
from ml_genn.data import load_data
from ml_genn.errors import DataError, UsageError
from ml_genn_tf.build import build_network
from ml_genn_tf.calibration import calibrate
from ml_genn_tf.converters import SpikeNorm
from ml_genn_tf.methods import SpikeNormMethod, create_method
from ml_genn_tf.stages import StageGraph
from tests.references import spiking_networks as reference

from .conftest import nonnegative, randomised, signed
from .methods.nets import NETS, Builder
from .test_rate_networks import TIMESTEPS, run

SEED = 5  # that of `run`, so that a trial and the finished network draw the same input spikes
RELATIVE = 1e-6  # the promise; double precision leaves 1e-12


@pytest.mark.parametrize("negative", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("name", NETS)
def test_thresholds(name: str, negative: bool) -> None:
    """Biases, both kinds of pooling, additions of unequal branches; Poisson spikes as the network draws them."""
    stages, method = NETS[name](seed=2), SpikeNormMethod(timesteps=TIMESTEPS)
    shape = stages[stages.inputs[0]].shape
    x = signed(shape, examples=4) if negative else nonnegative(shape, examples=4)
    signs = frozenset(stages.inputs if negative else ())
    calibration = calibrate(stages, x, source="", run={"rng_seed": SEED, "batch_size": 3})  # a batch of 3, one of 1
    scales = method.scales(stages, calibration, signs)
    spikes, _ = run(build_network(stages, method, scales), method, x, seed=SEED)
    (source,) = stages.inputs
    largest = float(np.abs(x).max() if negative else x.max())
    expected = reference.spike_norm(stages, {source: largest}, TIMESTEPS, lambda name, step: spikes[name][step])
    assert scales.values == pytest.approx(expected, rel=RELATIVE)
    hidden = [scales.values[stage.name] for stage in stages.stages if stage.kind == "relu"]
    assert len(set(hidden)) == len(hidden)  # each layer has its own


def test_the_rule_of_the_paper_in_units_of_the_sender_s_spikes() -> None:
    """Without biases theta_l = max sum_j w_ij s_j, weights as they are: by hand, for an input that fires every step."""
    b = Builder(seed=3)
    x = b.relu(b.dense(b.input(4), 4, 5))
    stages = b.stages(b.dense(b.relu(b.dense(x, 5, 3)), 3, 2))
    stages = StageGraph(
        tuple(replace(stage, bias=np.zeros(stage.shape)) for stage in stages.stages), stages.inputs, stages.outputs
    )
    ones = np.ones((1, 4), np.float32)
    method = SpikeNormMethod(timesteps=20, input_type="spike")
    values = method.scales(stages, calibrate(stages, ones, source=""), frozenset()).values
    first, second = (stages[name].paths[0].ops[0].weight for name in ("n2", "n4"))  # type: ignore[attr-defined]
    theta = first.sum(axis=0).max()
    membrane, charges = np.zeros(5), []
    for _ in range(19):
        membrane += first.sum(axis=0)
        fired = membrane >= theta
        membrane[fired] = 0
        charges.append(fired @ second)
    assert values["n2"] == pytest.approx(theta, rel=RELATIVE)
    assert values["n4"] / values["n2"] == pytest.approx(np.max(charges[:18]), rel=RELATIVE)


def test_reference_engine_and_embedded_engine_agree() -> None:
    stages, method = NETS["cnn"](seed=1), SpikeNormMethod(timesteps=8)
    x = nonnegative(stages[stages.inputs[0]].shape, examples=2)
    found = [
        method.scales(
            stages, calibrate(stages, x, source="", run={"rng_seed": 1, "engine": engine}), frozenset()
        ).values
        for engine in ("embedded", "reference")
    ]
    assert found[0] == pytest.approx(found[1], rel=1e-12)  # the same draws and doubles


def test_as_many_examples_as_asked_for() -> None:
    stages = NETS["mlp"](seed=2)
    x = nonnegative((6,), examples=6)
    x[4:] *= 100
    calibration = calibrate(stages, x, source="", run={"rng_seed": 1})
    few = SpikeNormMethod(timesteps=10, input_type="if", norm_examples=4).scales(stages, calibration, frozenset())
    every = SpikeNormMethod(timesteps=10, input_type="if", norm_examples=None).scales(stages, calibration, frozenset())
    assert few.values["n0"] == every.values["n0"] == pytest.approx(float(x.max()))  # ranges are those of all examples
    assert few.values["n2"] < every.values["n2"]
    assert create_method("spike-norm", norm_examples=4).options["norm_examples"] == 4


def test_a_dead_layer_is_told() -> None:
    b = Builder(seed=0)
    stages = b.stages(b.dense(b.relu(b.dense(b.input(3), 3, 4)), 4, 2))
    silent = tuple(
        replace(stage, bias=np.full(stage.shape, -1e3)) if stage.kind == "relu" else stage for stage in stages.stages
    )
    dead = StageGraph(silent, stages.inputs, stages.outputs)
    scales = SpikeNormMethod(timesteps=4).scales(
        dead, calibrate(dead, nonnegative((3,)), source="", run={"rng_seed": 1}), frozenset()
    )
    assert scales.values["n2"] == 1.0
    assert "Layer n2 is never active on the 5 calibration examples" in scales.warnings[0]


@pytest.mark.parametrize("norm_examples", [0, -3, 1.5])
def test_norm_examples_out_of_range(norm_examples: float) -> None:
    with pytest.raises(
        UsageError, match=rf"spike-norm needs at least 1 example to measure on, a whole number .*, got {norm_examples}"
    ):
        SpikeNormMethod(norm_examples=norm_examples)  # type: ignore[arg-type]


def test_calibration_is_missing() -> None:
    with pytest.raises(ValueError, match="spike-norm was called without calibration data"):
        SpikeNormMethod().scales(NETS["mlp"](), None, frozenset())
    with pytest.raises(DataError, match=r"SpikeNorm measures thresholds on calibration data; give some training"):
        SpikeNorm(10)


def test_converter_and_convert_agree() -> None:
    import keras
    from keras import layers

    model = randomised(
        keras.Sequential(
            [
                keras.Input((6, 6, 1), name="image"),
                layers.Conv2D(3, 3, activation="relu", name="conv"),
                layers.MaxPooling2D(name="pool"),
                layers.Flatten(name="flat"),
                layers.Dense(4, activation="softmax", name="digit"),
            ]
        )
    )
    x = nonnegative((6, 6, 1), examples=8)
    converter = SpikeNorm(10, norm_data=[[(x[:4], None), (x[4:], None)]], input_type="if")
    _, _, _, populations = converter.convert(model)
    conversion = ml_genn_tf.convert(model, calibration=x, method="spike-norm", timesteps=10, input_type="if")
    found = populations[model.get_layer("conv")].neuron.v_thresh
    assert found == pytest.approx(conversion.spiking.scales.values["conv"], rel=1e-12)  # no random numbers
    assert conversion.evaluate(x, np.zeros(8, int)).method.options["timesteps"] == 10


@pytest.mark.slow
@pytest.mark.data
def test_moonflower(data_folder: Path) -> None:
    """A whole published model against the simulation, and near its ANN on 200 test images."""
    (file,) = (data_folder / "keras_models" / "mnist_moonflower_keras").glob("*.keras")
    model = ml_genn_tf.load_model(file)
    training = load_data(f"{data_folder / 'mnist'}:train", expected_shape=(28, 28, 1)).x[:3]
    timesteps = 12
    conversion = ml_genn_tf.convert(
        model, calibration=training, method="spike-norm", timesteps=timesteps, input_type="if"
    )
    stages = conversion.spiking.stages
    (source,) = stages.inputs
    membrane = np.zeros((len(training), training[0].size))
    spikes = []
    for _ in range(timesteps):
        membrane += training.reshape(len(training), -1).astype(float)
        spikes.append((membrane >= 1.0).astype(np.int8))
        membrane -= spikes[-1]
    expected = reference.spike_norm(stages, {source: 1.0}, timesteps, lambda name, step: spikes[step])
    assert conversion.spiking.scales.values == pytest.approx(expected, rel=RELATIVE)
    test = load_data(str(data_folder / "mnist"), expected_shape=(28, 28, 1)).first(200)
    norm = load_data(f"{data_folder / 'mnist'}:train", expected_shape=(28, 28, 1)).x[:64]
    full = ml_genn_tf.convert(model, calibration=norm, method="spike-norm", timesteps=64)
    result = full.evaluate(test.x, test.y)
    assert result.agreement is not None
    assert result.agreement >= 0.99  # two of 200 images may differ
