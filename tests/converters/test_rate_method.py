"""The rate method: its networks spike for spike, its thresholds and corrections by their equations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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
from ml_genn_tf.execute_stages import drive_of, run_path, run_stages
from ml_genn_tf.methods import RateMethod, Scales
from ml_genn_tf.methods.rate_thresholds import balanced_thresholds, percentile_thresholds
from ml_genn_tf.methods.refit import refitted
from ml_genn_tf.stages import StageGraph
from ml_genn_tf.trial import spike_counts
from tests.references import layered_rate

from .conftest import nonnegative, signed
from .methods.nets import NETS, Builder

MODELS = Path(__file__).parents[2] / "models"
PLAIN: dict[str, Any] = {"balance": False, "correct": None, "refit": 0.0}


def run(stages: StageGraph, method: RateMethod, scales: Scales, x: np.ndarray) -> dict[str, np.ndarray]:
    """The outputs' membranes after all timesteps, in double precision."""
    model = build_network(stages, method, scales)
    compiled = method.create_compiler(batch_size=len(x), precision="double", rng_seed=1).compile(model.network)
    with compiled:
        found, _ = compiled.predict({model.inputs[0]: x}, model.outputs, callbacks=())
    return {population.name: values.reshape(len(x), -1) for population, values in found.items()}


def each(stages: StageGraph, scales: Scales) -> Mapping[str, np.ndarray]:
    hidden = [stage for stage in stages.stages if stage.kind == "relu"]
    return {stage.name: np.array(np.broadcast_to(scales.of(stage.name), stage.shape)) for stage in hidden}


@pytest.mark.parametrize(
    "options", [{}, PLAIN, {"negative_spikes": True}, {"correct": "potential", "negative_spikes": False}], ids=str
)
@pytest.mark.parametrize(
    "name", [name if name == "cnn" else pytest.param(name, marks=pytest.mark.slow) for name in NETS]
)
def test_networks_compute_what_the_simulation_does(name: str, options: dict[str, Any]) -> None:
    """Convolutions, both poolings, additions, biases; thresholds for each channel; signed input as a current."""
    stages, method = NETS[name](seed=2), RateMethod(timesteps=12, **options)
    shape = stages[stages.inputs[0]].shape
    x = signed(shape, examples=6)
    calibration = calibrate(stages, x, source="", run={"rng_seed": 1})
    scales = method.scales(stages, calibration, frozenset(stages.inputs))
    built = scales.stages or stages
    counts, membranes = layered_rate.run(
        built, each(stages, scales), scales.potentials, scales.ternary, 12, {stages.inputs[0]: x}
    )
    for output, values in run(stages, method, scales, x).items():
        np.testing.assert_allclose(values, membranes[output], rtol=1e-9, atol=1e-9)  # sums of doubles
    last = [stage.name for stage in stages.stages if stage.kind == "relu"][-1]
    found = spike_counts(built, method, scales, calibration, last)
    assert np.mean(found != counts[last]) < 0.01  # single precision: hardly a spike differs


def test_a_layer_of_its_own_rounds_to_the_nearest_spike() -> None:
    """(lambda / T) clip(floor(T z / lambda + 1/2), 0, T) after a constant current."""
    b = Builder(seed=1)
    stages = b.stages(b.dense(b.relu(b.dense(b.input(6), 6, 9)), 9, 3))
    x = nonnegative((6,), examples=20)
    calibration = calibrate(stages, x, source="", run={"rng_seed": 1, "precision": "double"})
    method = RateMethod(timesteps=10, **PLAIN)
    scales = method.scales(stages, calibration, frozenset())
    drive = drive_of(stages["n2"], {"n0": x.astype(float)})
    expected = np.clip(np.floor(10 * drive / scales.of("n2") + 0.5), 0, 10)
    found = spike_counts(stages, method, scales, calibration, "n2")
    assert np.mean(found != expected) < 0.02  # rounding of single precision at a boundary


@pytest.mark.parametrize("name", ["mlp", "residual"])
def test_the_error_falls_as_one_over_t(name: str) -> None:
    stages = NETS[name](seed=3)
    x = nonnegative(stages[stages.inputs[0]].shape, examples=30)
    calibration = calibrate(stages, x, source="", run={"rng_seed": 1})
    (output,) = stages.outputs
    expected = run_stages(stages, x, dtype=np.float64)[output].reshape(len(x), -1)
    errors = []
    times = (16, 32, 64, 128, 256)
    for timesteps in times:
        method = RateMethod(timesteps=timesteps, percentile=100.0, **PLAIN)
        scales = method.scales(stages, calibration, frozenset())
        errors.append(np.abs(run(stages, method, scales, x)[output] / timesteps - expected).mean())
    slope = np.polyfit(np.log(times), np.log(errors), 1)[0]
    assert -1.2 <= slope <= -0.8


def test_percentiles_are_those_of_the_channels() -> None:
    values = np.random.default_rng(0).gamma(1.0, 1.0, (50, 3, 3, 4)) * np.array([1.0, 5.0, 0.0, 2.0])
    found = percentile_thresholds(values, RateMethod(percentile=90.0))
    expected = np.percentile(values.reshape(-1, 4), 90, axis=0)
    assert found == pytest.approx([expected[0], expected[1], expected[1], expected[3]])  # of a silent one the largest
    assert percentile_thresholds(values, RateMethod(per_channel=False)) == pytest.approx([np.percentile(values, 99.9)])
    assert percentile_thresholds(0 * values, RateMethod()) == pytest.approx(np.ones(4))


@pytest.mark.parametrize("timesteps", [1, 4, 64])
def test_balanced_thresholds_err_least(timesteps: int) -> None:
    """Less than a hundred other thresholds, but for what lies between the ones that are tried."""
    rng = np.random.default_rng(1)
    drive = rng.normal(0.3, 1.0, (4000, 1))
    wanted = np.maximum(drive + rng.normal(0, 0.05, drive.shape), 0)

    def error(threshold: float) -> float:
        sent = np.clip(np.floor(timesteps * drive / threshold + 0.5), 0, timesteps) * threshold / timesteps
        return float(np.square(sent - wanted).mean())

    (found,) = balanced_thresholds(drive, wanted, RateMethod(timesteps=timesteps))
    assert error(found) <= 1.05 * min(error(other) for other in np.linspace(0.05, 1.25, 100) * wanted.max())


def test_balanced_thresholds_fall_with_the_timesteps() -> None:
    drive = np.random.default_rng(1).normal(0.3, 1.0, (4000, 1))
    found = [float(balanced_thresholds(drive, np.maximum(drive, 0), RateMethod(timesteps=t))[0]) for t in (1, 4, 64)]
    assert found == sorted(found)
    assert found[0] < 0.8 * found[2]


@pytest.mark.parametrize("correct", ["bias", "potential"])
def test_corrections_take_away_the_mean_error(correct: str) -> None:
    stages = NETS["residual"](seed=1)
    x = nonnegative(stages[stages.inputs[0]].shape, examples=40)
    calibration = calibrate(stages, x, source="", run={"rng_seed": 1})
    ann = run_stages(stages, x, keep=["n11"])["n11"]
    errors = {}
    for kind in (None, correct):
        method = RateMethod(timesteps=4, correct=kind, refit=0.0)
        scales = method.scales(stages, calibration, frozenset())
        counts = spike_counts(scales.stages or stages, method, scales, calibration, "n11").reshape(ann.shape)
        error = (counts * (scales.of("n11") / 4) - ann).mean(axis=(0, 1, 2))
        errors[kind] = float(np.abs(error).mean())
    assert errors[correct] < 0.6 * errors[None]


def test_refitting_brings_the_drive_closer() -> None:
    stages = NETS["residual"](seed=2)
    x = nonnegative(stages[stages.inputs[0]].shape, examples=60)
    hidden = [stage.name for stage in stages.stages if stage.kind == "relu"]
    values = run_stages(stages, x, keep=hidden)
    sent = {name: np.floor(value * 2) / 2 for name, value in values.items()}
    for name in hidden[1:]:
        stage = stages[name]
        wanted = drive_of(stage, values)
        relevant = wanted > 0
        before = np.square(drive_of(stage, sent) - wanted)[relevant].mean()
        after = np.square(drive_of(refitted(stage, sent, wanted, 1e-3), sent) - wanted)[relevant].mean()
        assert after < 0.95 * before
    held = refitted(stage, sent, wanted, 1e9)  # so strongly that the weights stay as they are
    for path, before_path in zip(held.paths, stage.paths, strict=True):
        value = sent[path.source]
        np.testing.assert_allclose(run_path(path, value), run_path(before_path, value), atol=1e-5)  # single precision


def test_too_few_examples_refit_nothing() -> None:
    stages = NETS["mlp"](seed=2)
    x = nonnegative((6,), examples=50)  # fewer than ten for each of nine inputs
    values = run_stages(stages, x, keep=["n2"])
    stage = stages["n4"]
    assert refitted(stage, {"n2": 0.9 * values["n2"]}, drive_of(stage, values), 1e-3) is stage


def test_negative_spikes_where_they_help() -> None:
    """Not in the first layer, whose input is constant; nor before max-pooling; in the second of many uneven inputs."""
    b = Builder(seed=5)
    x = b.relu(b.dense(b.input(8), 8, 40))
    stages = b.stages(b.dense(b.relu(b.dense(x, 40, 30)), 30, 4))
    calibration = calibrate(stages, nonnegative((8,), examples=100), source="", run={"rng_seed": 1})
    errors = {}
    for choice in (False, None, True):
        method = RateMethod(timesteps=16, negative_spikes=choice, refit=0.0)
        scales = method.scales(stages, calibration, frozenset())
        assert scales.ternary == {False: set(), None: {"n4"}, True: {"n2", "n4"}}[choice]
        counts = spike_counts(scales.stages or stages, method, scales, calibration, "n4")
        ann = run_stages(stages, calibration.inputs, keep=["n4"])["n4"]
        errors[choice] = np.square(counts * scales.of("n4") / 16 - ann).mean()
    assert errors[None] < errors[False]
    pooled = NETS["cnn"](seed=1)
    calibration = calibrate(pooled, nonnegative((7, 6, 2), examples=20), source="", run={"rng_seed": 1})
    assert "n2" not in RateMethod(negative_spikes=True).scales(pooled, calibration, frozenset()).ternary


def test_other_inputs() -> None:
    """Spikes of the input neuron are what the calibration sees."""
    stages = NETS["mlp"](seed=2)
    x = nonnegative((6,), examples=8)
    (output,) = stages.outputs
    expected = run_stages(stages, x)[output]
    for kind in ("if", "poisson"):
        method = RateMethod(timesteps=200, input_type=kind)
        scales = method.scales(stages, calibrate(stages, x, source="", run={"rng_seed": 1}), frozenset())
        assert scales.values["n0"] == pytest.approx(float(x.max()))
        found = run(stages, method, scales, x)[output] / 200
        assert np.abs(found - expected).mean() < 0.2 * np.abs(expected).mean()


def test_a_dead_layer_is_told() -> None:
    b = Builder(seed=0)
    stages = b.stages(b.dense(b.relu(b.dense(b.input(3), 3, 4)), 4, 2))
    silent = tuple(replace(s, bias=np.full(s.shape, -1e3)) if s.kind == "relu" else s for s in stages.stages)
    dead = StageGraph(silent, stages.inputs, stages.outputs)
    scales = RateMethod().scales(dead, calibrate(dead, nonnegative((3,)), source="", run={"rng_seed": 1}), frozenset())
    assert "Layer n2 is never active on the 5 calibration examples" in scales.warnings[0]


def test_max_pooling_of_a_current() -> None:
    b = Builder(seed=0)
    pooled = b.add(ir.MaxPool, b.input(4, 4, 1), pool=(2, 2), strides=(2, 2))
    stages = b.stages(b.dense(b.flat(pooled, 4), 4, 2))
    calibration = calibrate(stages, nonnegative((4, 4, 1)), source="", run={"rng_seed": 1})
    with pytest.raises(UnsupportedError, match=r"max-pooling layer n1 reads the input, which sends no spikes under"):
        RateMethod().scales(stages, calibration, frozenset())
    assert RateMethod(input_type="if").scales(stages, calibration, frozenset()).values["n1"] > 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"percentile": 0.0 - 1}, r"rate needs percentile from 0 to 100, got -1\.0"),
        ({"initial": 2}, "rate needs initial from 0 to 1, got 2"),
        ({"refit": float("nan")}, "rate needs refit from 0 to inf, got nan"),
        ({"balance": "yes"}, "rate needs balance to be True or False, got 'yes'"),
        ({"negative_spikes": 2}, "rate needs negative_spikes to be True or False, got 2"),
        ({"correct": "all"}, "rate corrects its error by None, none, bias, potential, got correct='all'"),
        ({"norm_examples": 0}, "rate needs at least 1 example to measure on, a whole number of norm_examples, got 0"),
        ({"timesteps": 0}, "rate needs at least 1 timestep, a whole number of them, got 0"),
        ({"input_type": "morse"}, "input type 'morse' is none of rate's; choose from spike, poisson, if, current"),
    ],
)
def test_options_out_of_range(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        RateMethod(**options)


def test_calibration_is_missing() -> None:
    with pytest.raises(ValueError, match="rate was called without calibration data"):
        RateMethod().scales(NETS["mlp"](), None, frozenset())


def test_digits_and_the_saved_network(tmp_path: Path) -> None:
    """A trained model at 16 timesteps, and what was saved of it gives the same answers, spikes and operations."""
    model = ml_genn_tf.load_model(MODELS / "digits_max_pool.keras")
    train, test = (load_data("digits", split=part, expected_shape=(8, 8, 1)) for part in ("train", "test"))
    conversion = ml_genn_tf.convert(model, calibration=train.x[:300], method="rate", timesteps=16)
    result = conversion.evaluate(test.x, test.y)
    assert result.ann is not None
    assert result.snn.accuracy >= result.ann.accuracy - 0.012  # four of 360 images
    conversion.save(tmp_path / "snn.h5")
    again = evaluate_file(tmp_path / "snn.h5", test.x, test.y)
    assert again.snn.correct == result.snn.correct
    assert again.accuracy_by_timestep == result.accuracy_by_timestep
    assert again.totals.spikes == pytest.approx(result.totals.spikes)
    assert again.totals.synops == pytest.approx(result.totals.synops)
    assert [layer.saturated for layer in again.layers] == pytest.approx([layer.saturated for layer in result.layers])
