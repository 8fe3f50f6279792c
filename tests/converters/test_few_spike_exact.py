"""A few-spike network is its K-bit quantised ANN: every supported layer, small nets, both precisions and lowerings.

Truth in double precision: `run_quantised`, values without time or spikes, and for the small nets the spike-by-spike
simulation in `tests/references`. In single precision every population is held against its own drive, worked out in
double from the codes that its sources really sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from ml_genn.callbacks import CallbackList
from ml_genn.compilers import FewSpikeCompiler
from ml_genn_tf.build import SpikingModel, build_network
from ml_genn_tf.calibration import calibrate
from ml_genn_tf.execute_stages import drive_of
from ml_genn_tf.methods import FewSpikeMethod, Scales
from ml_genn_tf.methods.staircase import Staircase
from ml_genn_tf.prepare import check_supported, prepare
from ml_genn_tf.quantise import codes as codes_of
from ml_genn_tf.quantise import run_quantised
from ml_genn_tf.stages import StageGraph
from tests.references import spiking_networks as reference

from .conftest import nonnegative, signed
from .methods.nets import NETS
from .test_layers import ROWS, Row, build
from .test_random_models import random_model

LOWERINGS = ("bits", "graded")
ONE_QUICKLY = [pytest.param("bits", marks=pytest.mark.slow), "graded"]
LOGITS = 1e-9  # the design's bound: sums of fewer than 10^4 doubles in another order stay 10^3 times below it
EPSILON = float(np.finfo(np.float32).eps)


class Ran:
    """Codes of every population, (examples, neurons), and the outputs' values, from the spiking network."""

    def __init__(self, model: SpikingModel, x: np.ndarray, k: int, precision: str, lowering: str, batch: int) -> None:
        for population in model.network.populations:
            population.record_spikes = lowering == "bits"
        compiler = FewSpikeCompiler(k=k, batch_size=batch, precision=precision, lowering=lowering)
        compiled = compiler.compile(model.network)
        stages = model.stages
        coded = [stage.name for stage in stages.stages if stage.kind != "output"]
        codes: dict[str, list[np.ndarray]] = {name: [] for name in coded}
        outputs: dict[str, list[np.ndarray]] = {name: [] for name in stages.outputs}
        with compiled, CallbackList([], compiled_network=compiled) as callbacks:
            for name in coded:
                compiled.record(model.populations[name])
            (source,) = model.inputs
            batches = ({source: x[at : at + batch]} for at in range(0, len(x), batch))
            for result in compiled.run_batches(batches, model.outputs, callbacks):
                for name in coded:
                    codes[name].append(compiled.spikes(model.populations[name]).codes(k)[: compiled.num_examples])
                for name in stages.outputs:
                    outputs[name].append(result.readouts[model.populations[name]])
        self.codes = {name: np.concatenate(parts) for name, parts in codes.items()}
        self.outputs = {name: np.concatenate(parts) for name, parts in outputs.items()}


def spiking(stages: StageGraph, alphas: Mapping[str, float] | None, x: np.ndarray, k: int) -> SpikingModel:
    """The network of the stages, alphas from the data unless given; the input is signed if the data are."""
    method, signs = FewSpikeMethod(k=k), frozenset(stages.inputs if x.min() < 0 else ())
    if alphas is None:
        scales = method.scales(stages, calibrate(stages, x, source=""), signs)
    else:
        scales = Scales(values=alphas, signed=signs)
    return build_network(stages, method, scales)


def assert_exact_in_double(stages: StageGraph, x: np.ndarray, k: int, lowering: str, batch: int = 3) -> None:
    """Codes identical, logits to 1e-9 of the largest, against the quantised ANN."""
    model = spiking(stages, None, x, k)
    ran = Ran(model, x, k, "double", lowering, batch)
    expected = run_quantised(
        stages,
        x,
        model.scales.values,
        k,
        signed_inputs=model.scales.signed,
        keep=ran.codes,
        dtype=np.float64,
        curves=model.scales.staircases,
    )
    for name, codes in ran.codes.items():
        if name in model.scales.staircases:
            sent = model.scales.staircases[name].worth_of(codes)
            np.testing.assert_allclose(sent, expected[name].reshape(codes.shape), rtol=0, atol=1e-12, err_msg=name)
            continue
        lsb = model.scales.values[name] * 2.0**-k
        np.testing.assert_array_equal(codes, np.rint(expected[name].reshape(codes.shape) / lsb), err_msg=name)
    for name, values in ran.outputs.items():
        largest = np.abs(expected[name]).max() or 1.0
        np.testing.assert_allclose(values, expected[name].reshape(values.shape), rtol=0, atol=LOGITS * largest)


@pytest.mark.parametrize("lowering", ONE_QUICKLY)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_every_layer(row: Row, lowering: str) -> None:
    x = nonnegative(row.shape, examples=4)
    assert_exact_in_double(prepare(build(row), x).stages, x, 5, lowering)


@pytest.mark.parametrize("lowering", ONE_QUICKLY)
@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 8))])
def test_random_models(seed: int, lowering: str) -> None:
    model = random_model(seed)
    shape = tuple(model.inputs[0].shape[1:])
    for x, names in ((nonnegative(shape), ()), (signed(shape), ("image",))):
        if not check_supported(model, signed_inputs=names):
            assert_exact_in_double(prepare(model, x, signed_inputs=names).stages, x, 6, lowering)


@pytest.mark.parametrize("negative", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("k", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(7, marks=pytest.mark.slow), 12])
@pytest.mark.parametrize("name", NETS)
def test_spike_by_spike(name: str, k: int, negative: bool) -> None:
    """Both lowerings against the simulation of every single spike; branches of unequal alpha and depth."""
    stages = NETS[name](seed=k)
    shape = stages[stages.inputs[0]].shape
    x = signed(shape, examples=4) if negative else nonnegative(shape, examples=4)
    model = spiking(stages, None, x, k)
    truth = reference.few_spike(stages, model.scales.values, k, {stages.inputs[0]: x})
    for lowering in LOWERINGS:
        ran = Ran(model, x, k, "double", lowering, batch=3)
        for stage, codes in ran.codes.items():
            np.testing.assert_array_equal(codes, truth.codes(stage), err_msg=f"{stage}, {lowering}")
        for output, values in ran.outputs.items():
            largest = np.abs(truth.outputs[output]).max()
            np.testing.assert_allclose(values, truth.outputs[output], rtol=0, atol=LOGITS * largest)


@pytest.mark.parametrize("lowering", LOWERINGS)
@pytest.mark.parametrize("name", NETS)
def test_single_precision_is_exact_on_a_dyadic_grid(name: str, lowering: str) -> None:
    """Weights and biases in 1/64, alphas powers of two, K = 4: every sum fits into the 24 bits of a float32."""
    stages, k = NETS[name](seed=11, dyadic=True), 4
    alphas = {stage.name: 2.0 ** (at % 3 - 1) for at, stage in enumerate(stages.stages) if stage.kind != "output"}
    alphas |= {stage.name: alphas[stage.paths[0].source] for stage in stages.stages if stage.pool}
    x = np.round(signed(stages[stages.inputs[0]].shape, examples=6) * 16) / 16
    model = spiking(stages, alphas, x, k)
    ran = Ran(model, x, k, "float", lowering, batch=4)
    expected = run_quantised(stages, x, alphas, k, signed_inputs=stages.inputs, keep=ran.codes)
    for stage, codes in ran.codes.items():
        np.testing.assert_array_equal(codes * (alphas[stage] * 2.0**-k), expected[stage].reshape(codes.shape))
    for output, values in ran.outputs.items():
        np.testing.assert_array_equal(values, expected[output])


@pytest.mark.parametrize("lowering", LOWERINGS)
@pytest.mark.parametrize("k", [4, pytest.param(10, marks=pytest.mark.slow), 16])
@pytest.mark.parametrize("name", NETS)
def test_single_precision_differs_at_code_boundaries_only(name: str, k: int, lowering: str) -> None:
    """A code may be one off where the drive is within fan_in eps sum |w q| of a boundary; logits are as close."""
    stages = NETS[name](seed=k)
    x = nonnegative(stages[stages.inputs[0]].shape, examples=40)
    assert_near_in_single(stages, x, k, lowering, batch=16)


@pytest.mark.parametrize("lowering", ONE_QUICKLY)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_every_layer_in_single_precision(row: Row, lowering: str) -> None:
    x = nonnegative(row.shape, examples=4)
    assert_near_in_single(prepare(build(row), x).stages, x, 8, lowering)


def assert_near_in_single(stages: StageGraph, x: np.ndarray, k: int, lowering: str, batch: int = 3) -> None:
    """Every population against its own drive, in double, of the codes that its sources sent."""
    model = spiking(stages, None, x, k)
    ran = Ran(model, x, k, "float", lowering, batch)
    curves = model.scales.staircases
    sent = {
        stage: (
            curves[stage].worth_of(codes) if stage in curves else codes * (model.scales.values[stage] * 2.0**-k)
        ).reshape(-1, *stages[stage].shape)
        for stage, codes in ran.codes.items()
    }
    for stage in stages.stages:
        read = stage.kind == "input"
        drive = (x.astype(np.float64) if read else drive_of(stage, sent)).reshape(len(x), -1)
        if stage.kind == "max_pool":
            np.testing.assert_array_equal(sent[stage.name].reshape(drive.shape), drive)
            continue
        slack = EPSILON * np.abs(drive) if read else rounding_errors(stages, stage, sent)
        if stage.kind == "output":
            values = ran.outputs[stage.name].reshape(drive.shape)
            assert (np.abs(values - drive) <= slack).all()
        elif stage.name in curves:
            assert_spikes_near(ran.codes[stage.name], drive, slack, curves[stage.name])
        else:
            assert_codes_near(ran.codes[stage.name], drive, slack, model.scales.values[stage.name], k)


def rounding_errors(stages: StageGraph, stage: Any, sent: Mapping[str, np.ndarray]) -> np.ndarray:
    """fan_in eps (sum |w q| + |bias|) of each neuron and example: what float32 may lose in any order of summation."""
    total = np.abs(stage.bias).reshape(1, -1)
    fan_in = np.ones_like(total)
    for path in stage.paths:
        weight = np.abs(reference.matrix(path, stages[path.source].shape))
        total = total + np.abs(sent[path.source]).reshape(len(sent[path.source]), -1) @ weight
        fan_in = fan_in + (weight != 0).sum(axis=0)
    return np.asarray(fan_in * EPSILON * total)


def assert_codes_near(codes: np.ndarray, drive: np.ndarray, slack: np.ndarray, alpha: float, k: int) -> None:
    expected = codes_of(drive, alpha, k)
    differ = codes != expected
    lsb = alpha * 2.0**-k
    to_boundary = np.abs(drive / lsb + 0.5 - np.rint(drive / lsb + 0.5)) * lsb
    assert (np.abs(codes - expected)[differ] == 1).all()
    assert (to_boundary <= slack)[differ].all()
    assert differ.mean() < 0.02  # a test that lets everything differ would show nothing


def assert_spikes_near(codes: np.ndarray, drive: np.ndarray, slack: np.ndarray, curve: Staircase) -> None:
    """Spikes may differ only where the drive leads past a threshold within what rounding may move it."""
    left, nearest, expected = drive.copy(), np.full(drive.shape, np.inf), np.zeros(drive.shape, np.int64)
    for threshold, jump in zip(curve.thresholds, curve.jumps, strict=True):
        nearest = np.minimum(nearest, np.abs(left - threshold))
        spikes = left >= threshold
        left -= jump * spikes
        expected = 2 * expected + spikes
    steps = len(curve.thresholds)  # each rounds its threshold, its jump and what is left by eps of the largest of them
    largest = np.abs(drive).max() + np.abs(curve.thresholds).max() + steps * np.abs(curve.jumps).max()
    differ = codes != expected
    assert (nearest <= slack + 3 * steps * EPSILON * largest)[differ].all()
    assert differ.mean() < 0.02
