"""Delta synapses into outputs that do not spike, and their refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.compilers import EventPropCompiler
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense
from ml_genn.errors import UnsupportedError
from ml_genn.losses import SparseCategoricalCrossentropy
from ml_genn.neurons import LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ml_genn.synapses import Exponential
from tests.compilers.event_prop.test_first_spikes import (
    INPUT_TIMES,
    TAU_MEM,
    W_HIDDEN,
    close,
    differences,
    first_spikes,
    spikes,
)

TRIAL = 30.0
W_OUTPUT = np.random.default_rng(3).normal(0.0, 4.0, (5, 3))


def build(dt: float, *, scale_i: bool = True, readout: Any = "avg_var", hidden: Any = "exponential") -> Any:
    with Network(default_params) as network:
        source = Population(SpikeInput(), 4, name="source")
        middle = Population(LeakyIntegrateFire(relative_reset=True), 5, name="hidden")
        output = Population(LeakyIntegrate(scale_i=scale_i, readout=readout), 3, name="output")
        first = Connection(source, middle, Dense(W_HIDDEN), Exponential(5.0) if hidden == "exponential" else hidden)
        second = Connection(middle, output, Dense(W_OUTPUT if scale_i else W_OUTPUT * dt / TAU_MEM), "delta")
    compiler = EventPropCompiler(
        round(TRIAL / dt), "sparse_categorical_crossentropy", dt=dt, precision="double", num_threads=1
    )
    return compiler.compile(network), source, output, (first, second)


def mean_voltages(times: np.ndarray, weights: np.ndarray, dt: float) -> np.ndarray:
    """Each arrival lifts V by its weight times dt / tau_mem, which decays from then on."""
    left = np.maximum(TRIAL - times - dt, 0.0)
    return (weights.T @ (dt * (1.0 - np.exp(-left / TAU_MEM)))) / TRIAL


def test_gradients_of_weights_and_times() -> None:
    """A closed form in continuous time; (1 - Alpha) weights are dt / tau_mem of them up to the order of dt."""
    dt = 0.01
    compiled, source, output, connections = build(dt)
    with compiled:
        found = compiled.gradients({source: [spikes()]}, {output: [1]})

    def value(hidden: np.ndarray, outputs: np.ndarray) -> float:
        z = mean_voltages(first_spikes(INPUT_TIMES, hidden), outputs, dt)
        return SparseCategoricalCrossentropy().value([1], z[np.newaxis])

    scale = 1e4  # the derivatives are small, and differences of the loss have rounding errors
    close(found[connections[1]] * scale, differences(lambda w: value(W_HIDDEN, w) * scale, W_OUTPUT))
    close(found[connections[0]] * scale, differences(lambda w: value(w, W_OUTPUT) * scale, W_HIDDEN))


@pytest.mark.parametrize("scale_i", [False, True])
@pytest.mark.parametrize("readout", ["avg_var", "avg_var_exp_weight"])
def test_output_weights_have_the_gradient_of_finite_differences(readout: str, scale_i: bool) -> None:
    compiled, source, output, connections = build(1.0, readout=readout, scale_i=scale_i)
    with compiled:
        gradient = compiled.gradients({source: [spikes()]}, {output: [2]})[connections[1]]
        weights = compiled.connection_populations[connections[1]].vars["g"].view.reshape(5, 3)
        for place in [(0, 0), (2, 1), (4, 2)]:
            losses = []
            for sign in (1.0, -1.0):
                weights[place] += sign * 1e-5
                readouts, _ = compiled.predict({source: [spikes()]}, output, callbacks=[])
                losses.append(SparseCategoricalCrossentropy().value([2], readouts[output]))
                weights[place] -= sign * 1e-5
            assert (losses[0] - losses[1]) / 2e-5 == pytest.approx(gradient[place], rel=1e-5)  # rounding
    assert gradient.all()


def test_refused() -> None:
    message = "source.* cannot train Delta synapses into neurons that spike: an arrival lifts V over the threshold at"
    with pytest.raises(UnsupportedError, match=message + ".* the gradient is zero; use Exponential synapses"):
        build(1.0, hidden="delta")
    with pytest.raises(
        UnsupportedError, match=r"with Delta synapses V is largest just when a spike arrives, so that MaxVar"
    ):
        build(1.0, readout="max_var")
