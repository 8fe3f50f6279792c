"""Rate-coded networks spike as the numpy simulation does, and their inputs have the rates that they should."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn.callbacks import CallbackList
from ml_genn_tf.build import SpikingModel, build_network
from ml_genn_tf.calibration import calibrate
from ml_genn_tf.methods import DataNormMethod, Method, SimpleMethod
from tests.references import spiking_networks as reference

from .conftest import nonnegative, signed
from .methods.nets import NETS, Builder

TIMESTEPS = 40


def run(model: SpikingModel, method: Method, x: np.ndarray, seed: int = 5) -> tuple[dict[str, np.ndarray], Any]:
    """Spikes with sign, (timesteps, examples, neurons), of every population, and the outputs."""
    names = [stage.name for stage in model.stages.stages if stage.kind != "output"]
    for name in names:
        model.populations[name].record_spikes = True
    compiled = method.create_compiler(batch_size=len(x), rng_seed=seed, precision="double").compile(model.network)
    spikes = {name: np.zeros((method.timesteps, len(x), model.populations[name].num_neurons), int) for name in names}
    with compiled, CallbackList([], compiled_network=compiled) as callbacks:
        for result in compiled.run_batches([{model.inputs[0]: x}], model.outputs, callbacks):
            for name in names:
                for example in range(len(x)):
                    times, ids = compiled.spikes(model.populations[name]).train(example)
                    spikes[name][np.rint(times).astype(int), example, ids] = 1
            outputs = {population.name: values for population, values in result.readouts.items()}
    (source,) = model.stages.inputs
    spikes[source] *= np.where(x.reshape(len(x), -1) < 0, -1, 1)
    return spikes, outputs


@pytest.mark.parametrize("negative", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("method", [DataNormMethod, SimpleMethod])
@pytest.mark.parametrize("name", NETS)
def test_every_spike(name: str, method: type[DataNormMethod | SimpleMethod], negative: bool) -> None:
    """Given the input's spikes, every later spike and the outputs' membranes are those of the simulation."""
    stages, rule = NETS[name](seed=2), method(timesteps=TIMESTEPS)
    shape = stages[stages.inputs[0]].shape
    x = signed(shape, examples=3) if negative else nonnegative(shape, examples=3)
    signs = frozenset(stages.inputs if negative else ())
    model = build_network(stages, rule, rule.scales(stages, calibrate(stages, x, source=""), signs))
    spikes, outputs = run(model, rule, x)
    truth = reference.rate(stages, model.scales.values, TIMESTEPS, lambda name, step: spikes[name][step])
    assert sum(int(trace.sum()) for name, trace in spikes.items() if name not in stages.inputs) > 100
    for population, trace in spikes.items():
        np.testing.assert_array_equal(trace, truth.spikes[population], err_msg=population)
    for output, values in outputs.items():
        np.testing.assert_allclose(values, truth.membranes[output][-1], rtol=1e-9, atol=1e-9)  # 40 sums of doubles


@pytest.mark.parametrize("full_scale", [1.0, 255.0])
def test_poisson_input_has_the_expected_rate(full_scale: float) -> None:
    """Spikes in n steps are binomial with p = |x| / lambda, also at 0 and at lambda; five standard deviations."""
    b = Builder()
    stages = b.stages(b.dense(b.input(5), 5, 2))
    method = DataNormMethod(timesteps=1000)
    x = np.tile(np.array([0.0, 0.1, 0.5, -0.9, 1.0]) * full_scale, (20, 1)).astype(np.float32)
    scales = method.scales(stages, calibrate(stages, np.abs(x), source=""), frozenset(stages.inputs))
    spikes, _ = run(build_network(stages, method, scales), method, x)
    rate = spikes["n0"].mean(axis=(0, 1))
    expected = np.array([0.0, 0.1, 0.5, -0.9, 1.0])
    deviation = np.sqrt(np.abs(expected) * (1 - np.abs(expected)) / spikes["n0"][..., 0].size)
    assert (np.abs(rate - expected) <= 5 * deviation).all()


def test_integrate_and_fire_input_has_the_rate_to_one_spike() -> None:
    """floor(T x / lambda) spikes in T steps; x / lambda is dyadic, so that no rounding comes in between."""
    b = Builder()
    stages = b.stages(b.dense(b.input(5), 5, 2))
    method = DataNormMethod(timesteps=100, input_type="if")
    x = np.array([[0.0, 0.25, 0.375, 0.9375, 1.0]], np.float32) * 8
    scales = method.scales(stages, calibrate(stages, x, source=""), frozenset())
    spikes, _ = run(build_network(stages, method, scales), method, x)
    np.testing.assert_array_equal(spikes["n0"].sum(axis=0)[0], np.floor(100 * x[0] / 8))


def test_spike_input_spikes_in_every_step() -> None:
    b = Builder()
    stages = b.stages(b.dense(b.input(3), 3, 2))
    method = SimpleMethod(timesteps=7, input_type="spike")
    spikes, _ = run(
        build_network(stages, method, method.scales(stages, None, frozenset())), method, np.array([[0.0, 0.3, 5.0]])
    )
    np.testing.assert_array_equal(spikes["n0"].sum(axis=0)[0], [0, 7, 7])
