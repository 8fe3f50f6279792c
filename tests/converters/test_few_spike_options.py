"""Options of few-spike coding: alphas of channels, rules that choose them, corrections, analog input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ml_genn_tf
from ml_genn.data import load_data
from ml_genn.errors import UnsupportedError, UsageError
from ml_genn.evaluation import evaluate_file
from ml_genn_tf import ir
from ml_genn_tf.build import build_network
from ml_genn_tf.calibration import calibrate
from ml_genn_tf.execute_stages import run_stages
from ml_genn_tf.methods import FewSpikeMethod, Scales
from ml_genn_tf.stages import StageGraph

from .conftest import nonnegative, signed
from .methods.nets import NETS, Builder

MODELS = Path(__file__).parents[2] / "models"
K = 4


def coded(values: np.ndarray, top: Any) -> np.ndarray:
    """K bits, to nearest, of values between 0 and `top`, a number or one for each channel."""
    lsb = top / (2**K - 1)
    return np.clip(np.floor(values / lsb + 0.5), 0, 2**K - 1) * lsb


def coder(top: Any, signed: bool = False) -> Any:
    return lambda values: np.sign(values) * coded(np.abs(values), top) if signed else coded(values, top)


def scales_of(stages: StageGraph, x: np.ndarray, **options: Any) -> tuple[FewSpikeMethod, Scales]:
    method = FewSpikeMethod(k=K, **options)
    signs = frozenset(stages.inputs if x.min() < 0 else ())
    return method, method.scales(stages, calibrate(stages, x, source=""), signs)


def network(stages: StageGraph, method: FewSpikeMethod, scales: Scales, x: np.ndarray, **run: Any) -> np.ndarray:
    """The output of the spiking network in double precision."""
    model = build_network(stages, method, scales)
    compiled = method.create_compiler(batch_size=len(x), precision="double", **run).compile(model.network)
    with compiled:
        found, _ = compiled.predict({model.inputs[0]: x}, model.outputs, callbacks=())
    return np.asarray(found[model.outputs[0]]).reshape(len(x), -1)


def quantised(stages: StageGraph, method: FewSpikeMethod, scales: Scales, x: np.ndarray) -> np.ndarray:
    """The ANN with every ReLU coded, channel by channel, in float64 and in its own units."""
    hidden = [stage for stage in stages.stages if stage.kind == "relu"]
    activations = {stage.name: coder(scales.of(stage.name) * method.top) for stage in hidden}
    for name in stages.inputs if method.input_type != "current" else ():
        code, centre = coder(scales.of(name) * method.top, signed=True), scales.centres.get(name, 0.0)
        activations[name] = lambda values, code=code, centre=centre: centre + code(values - centre)
    values = run_stages(stages, x, dtype=np.float64, activations=activations)
    return values[stages.outputs[0]].reshape(len(x), -1)


@pytest.mark.parametrize("lowering", ["bits", "graded"])
@pytest.mark.parametrize("rule", ["max", "percentile", "least-error"])
@pytest.mark.parametrize("name", NETS)
def test_channels_with_alphas_of_their_own(name: str, rule: str, lowering: str) -> None:
    """Equal to the ANN whose channels are quantised one by one, to the rounding of 10^3 doubles."""
    stages = NETS[name](seed=4)
    x = nonnegative(stages[stages.inputs[0]].shape, examples=6)
    method, scales = scales_of(stages, x, per_channel=True, rule=rule, percentile=90.0)
    hidden = [stage for stage in stages.stages if stage.kind == "relu" and stage.shape[-1] > 1]
    assert all(scales.channels[stage.name].shape == stage.shape[-1:] for stage in hidden)
    found = network(stages, method, scales, x, lowering=lowering)
    expected = quantised(stages, method, scales, x)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9 * np.abs(expected).max())


@pytest.mark.parametrize("lowering", ["bits", "graded"])
def test_analog_input_loses_nothing(lowering: str) -> None:
    stages = NETS["residual"](seed=1)
    x = signed(stages[stages.inputs[0]].shape, examples=6)
    method, scales = scales_of(stages, x, input_type="current")
    assert not set(stages.inputs) & set(scales.values)
    found = network(stages, method, scales, x, lowering=lowering)
    expected = quantised(stages, method, scales, x)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9 * np.abs(expected).max())


@pytest.mark.parametrize("lowering", ["bits", "graded"])
@pytest.mark.parametrize("per_channel", [False, True])
@pytest.mark.parametrize("name", NETS)
def test_centred_input(name: str, per_channel: bool, lowering: str) -> None:
    """Sign and K bits of the difference from the middle of the range; borders of zeros count as zeros."""
    stages = NETS[name](seed=4)
    x = 200.0 * nonnegative(stages[stages.inputs[0]].shape, examples=6) + 50.0
    method, scales = scales_of(stages, x, input_type="centred", per_channel=per_channel)
    (source,) = stages.inputs
    assert scales.centres[source] == pytest.approx((x.min() + x.max()) / 2)
    assert scales.of(source) * method.top == pytest.approx((x.max() - x.min()) / 2, rel=1e-6)
    found = network(stages, method, scales, x, lowering=lowering)
    expected = quantised(stages, method, scales, x)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9 * np.abs(expected).max())


def test_centred_input_of_max_pooling() -> None:
    b = Builder(seed=0)
    pooled = b.add(ir.MaxPool, b.input(4, 4, 1), pool=(2, 2), strides=(2, 2))
    stages = b.stages(b.dense(b.flat(pooled, 4), 4, 2))
    with pytest.raises(UnsupportedError, match=r"max-pooling layer n1 reads the input, whose centred codes have signs"):
        scales_of(stages, nonnegative((4, 4, 1)), input_type="centred")


def test_a_trained_model_with_centred_input(tmp_path: Path) -> None:
    """Its diagnosis knows the codes, and the saved network gives the same answers."""
    model = ml_genn_tf.load_model(MODELS / "digits_average_pool.keras")
    train, test = (load_data("digits", split=part, expected_shape=(8, 8, 1)) for part in ("train", "test"))
    conversion = ml_genn_tf.convert(model, calibration=train.x, k=4, input_type="centred")
    result = conversion.evaluate(test.x[:90], test.y[:90])
    assert result.agreement is not None
    assert result.agreement >= 0.95
    assert result.warnings == ()
    image = result.diagnosis[0]
    assert image.clipped == 0.0
    assert 0 < image.own_error <= image.rounding_error
    conversion.save(tmp_path / "snn.h5")
    assert evaluate_file(tmp_path / "snn.h5", test.x[:90], test.y[:90]).snn.correct == result.snn.correct


def error_of(stages: StageGraph, x: np.ndarray, **options: Any) -> float:
    """Root mean square difference of the spiking network's and the ANN's outputs."""
    method, scales = scales_of(stages, x, **options)
    ann = run_stages(stages, x, dtype=np.float64)[stages.outputs[0]].reshape(len(x), -1)
    return float(np.sqrt(np.mean((network(stages, method, scales, x) - ann) ** 2)))


def test_options_bring_networks_closer_to_the_ann() -> None:
    """On their own calibration data, on average over small nets and seeds."""
    least = {"per_channel": True, "rule": "least-error", "correct": True}
    choices: tuple[dict[str, Any], ...] = ({}, {"per_channel": True}, least, {**least, "refit": 1e-3})
    errors: list[list[float]] = [[] for _ in choices]
    for name in NETS:
        for seed in range(2):
            stages = NETS[name](seed=seed)
            x = nonnegative(stages[stages.inputs[0]].shape, examples=60)
            for found, options in zip(errors, choices, strict=True):
                found.append(error_of(stages, x, **options))
    means = np.mean(errors, axis=1)
    assert (np.diff(means) < 0).all(), means


def test_corrected_biases_leave_no_mean_error() -> None:
    stages = NETS["mlp"](seed=3)
    x = nonnegative(stages[stages.inputs[0]].shape, examples=40)
    method, scales = scales_of(stages, x, correct=True)
    ann = run_stages(stages, x, dtype=np.float64)[stages.outputs[0]].reshape(len(x), -1)
    error = (network(stages, method, scales, x) - ann).mean(axis=0)
    assert np.abs(error).max() < 1e-5 * np.abs(ann).max()  # calibration runs in single precision


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rule": "median"}, "few-spike takes rule max, percentile, least-error, got 'median'"),
        ({"input_type": "poisson"}, "few-spike takes input_type code, centred, current, got 'poisson'"),
        ({"per_channel": 3}, "few-spike needs per_channel to be True or False, got 3"),
        ({"percentile": 101}, "few-spike needs percentile from 0 to 100, got 101"),
        ({"refit": -1}, "few-spike needs refit from 0 to inf, got -1"),
        (
            {"input_type": "centred", "alpha": 2.0},
            "few-spike finds the middle of inputs on calibration data; leave alpha",
        ),
    ],
)
def test_options_out_of_range(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        FewSpikeMethod(**options)


def test_a_result_names_options_that_are_not_the_default() -> None:
    assert FewSpikeMethod(k=3).options == {"k": 3}
    assert FewSpikeMethod(k=3, rule="percentile", correct=True).options == {
        "k": 3,
        "rule": "percentile",
        "correct": True,
    }
