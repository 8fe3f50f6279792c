"""Membrane voltages and readouts of single neurons, against traces recorded from mlGeNN 2.3 on PyGeNN 5.4.

One SpikeInput, one Dense connection, dt = 1 ms, ten timesteps; the voltage is read at the end of each, after the reset.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.callbacks import SpikeRecorder, VarRecorder
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import Dense
from ml_genn.neurons import (
    AdaptiveLeakyIntegrateFire,
    IntegrateFire,
    LeakyIntegrate,
    LeakyIntegrateFire,
    SpikeInput,
)
from ml_genn.synapses import Exponential
from ml_genn.utils.data import preprocess_spikes


@dataclass(frozen=True)
class Case:
    """A neuron, its input spikes, and what it did. `voltage` may hold only the first timesteps."""

    name: str
    neuron: Any
    spikes_in: list[int]
    voltage: list[float]
    spikes_out: list[int] = field(default_factory=list)
    readout: float = 0.0
    weight: float = 1.0
    delay: Any = 0
    synapse: Any = "delta"


SHIFTED = [1, 0.951229, 0.904837, 1.860708, 1.769960, 1.683638, 1.601526, 1.523419, 1.449121]

CASES = [
    Case("li_delta", LeakyIntegrate(tau_mem=20, readout="sum_var"), [0, 3], [0, *SHIFTED], readout=12.744440),
    Case(
        "li_exponential",
        LeakyIntegrate(tau_mem=20, readout="avg_var"),
        [0, 3],
        [0, 1, 1.769960, 2.353958, 3.787966, 4.871284, 5.671909, 6.245293, 6.636632, 6.882736],
        readout=3.921974,
        synapse=Exponential(5),
    ),
    Case(
        "li_scaled",
        LeakyIntegrate(tau_mem=20, scale_i=True, readout="avg_var_exp_weight"),
        [0, 3],
        [0, 0.044203, 0.078238, 0.104052, 0.167439, 0.215325, 0.250715, 0.276061, 0.293359, 0.304238],
        readout=0.0954167,
        synapse=Exponential(5, scale_i=True),
    ),
    Case(
        "li_delayed",
        LeakyIntegrate(tau_mem=20, readout="max_var"),
        [0, 3],
        [0, 0, 0, *SHIFTED[:7]],
        readout=1.860708,
        delay=2,
    ),
    Case(
        "lif_relative",
        LeakyIntegrateFire(v_thresh=0.9, readout="spike_count"),
        [0, 1, 2, 3, 4, 5],
        [0, 0.1, 0.195123, 0.285607, 0.371678, 0.453551, 0.531431, 0.505513],
        [1, 2, 3, 4, 5, 6],
        readout=6,
    ),
    Case(
        "lif_absolute",
        LeakyIntegrateFire(v_thresh=0.9, v_reset=0.1, relative_reset=False, readout="first_spike_time"),
        [0, 1, 2, 3, 4, 5],
        [0, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.095123],
        [1, 2, 3, 4, 5, 6],
        readout=-1,
    ),
    Case(
        "lif_refractory",
        LeakyIntegrateFire(v_thresh=0.9, tau_refrac=2, readout="spike_count"),
        [0, 1, 2, 3, 4, 5, 6, 7],
        [0, 0.6, 0.270738, 0.857534, 0.515711, 1.090560, 0.737373, 1.301411, 0.937940, 0.892196],
        [2, 4, 6, 8],
        readout=4,
        weight=0.6,
    ),
    Case(
        "lif_refractory_deaf",
        LeakyIntegrateFire(v_thresh=0.9, tau_refrac=2, integrate_during_refrac=False, readout="spike_count"),
        [0, 1, 2, 3, 4, 5, 6, 7],
        [0, 0.6, 0.270738, 0.270738, 0.270738, 0.857534, 0.515711, 0.515711, 0.515711, 0.490560],
        [2, 6],
        readout=2,
        weight=0.6,
    ),
    Case(
        "alif",
        AdaptiveLeakyIntegrateFire(v_thresh=0.5, beta=0.2, tau_adapt=50, readout="spike_count"),
        [0, 1, 2, 3, 4, 5, 6, 7],
        [0, 0.1, 0.695123, 0.761222, 0.824096, 0.883905, 0.940796, 0.994913, 1.546391, 1.470972],
        [1, 3, 4, 5, 6, 7],
        readout=6,
        weight=0.6,
    ),
    Case(
        "if",
        IntegrateFire(v_thresh=1, readout="spike_count"),
        [0, 1, 2, 3, 4, 5, 6, 7],
        [0, 0.6, 0, 0.6, 0, 0.6, 0, 0.6, 0, 0],
        [2, 4, 6, 8],
        readout=4,
        weight=0.6,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_trace(case: Case, engine: str) -> None:
    with Network() as network:
        source = Population(SpikeInput(), 1)
        target = Population(case.neuron, 1, record_spikes=bool(case.spikes_out))
        Connection(source, target, Dense([[case.weight]], case.delay), case.synapse)
    spikes = preprocess_spikes(case.spikes_in, [0] * len(case.spikes_in), 1)
    recorders: list[Any] = [VarRecorder(target, "v", key="v")]
    if case.spikes_out:
        recorders.append(SpikeRecorder(target, key="spikes"))
    with InferenceCompiler(10, engine=engine).compile(network) as compiled:
        readouts, data = compiled.predict({source: [spikes]}, target, callbacks=recorders)
    voltage = data["v"][0][:, 0]
    # the recorded traces have six digits
    assert voltage[: len(case.voltage)] == pytest.approx(case.voltage, abs=1e-6, rel=1e-6)
    assert readouts[target].item() == pytest.approx(case.readout, rel=1e-6)
    if case.spikes_out:
        assert data["spikes"][0][0].tolist() == case.spikes_out


def test_delay_array_shifts_each_trace(engine: str) -> None:
    delays = [0, 2, 3]
    with Network() as network:
        source = Population(SpikeInput(), 1)
        target = Population(LeakyIntegrate(tau_mem=20, readout="max_var"), 3)
        Connection(source, target, Dense(np.ones((1, 3)), [delays]))
    with InferenceCompiler(10, engine=engine).compile(network) as compiled:
        spikes = [preprocess_spikes([0, 3], [0, 0], 1)]
        readouts, data = compiled.predict({source: spikes}, target, callbacks=[VarRecorder(target, "v", key="v")])
    for neuron, delay in enumerate(delays):
        expected = [0.0] * (1 + delay) + SHIFTED
        assert data["v"][0][:, neuron] == pytest.approx(expected[:10], abs=1e-6, rel=1e-6)
    assert readouts[target][0] == pytest.approx([1.860708] * 3, rel=1e-6)


@pytest.mark.parametrize(("x", "bits"), [(0.7, [1, 0, 1, 1]), (1.0, [1, 1, 1, 1]), (-0.3, [0, 0, 0, 0])])
def test_few_spike_code(x: float, bits: list[int], engine: str) -> None:
    from ml_genn.compilers import FewSpikeCompiler
    from ml_genn.neurons import FewSpikeRelu, FewSpikeReluInput

    with Network() as network:
        source = Population(FewSpikeReluInput(4, 1.0), 1, record_spikes=True)
        target = Population(FewSpikeRelu(4, 1.0, "var"), 1)
        Connection(source, target, Dense([[1.0]]))
    compiled = FewSpikeCompiler(4, engine=engine, lowering="bits").compile(network)
    with compiled:
        readouts, data = compiled.predict({source: np.array([[x]])}, target, callbacks=[SpikeRecorder(source)])
    assert data[0][0][0].tolist() == np.flatnonzero(bits).tolist()
    assert readouts[target].item() == sum(bit * 2.0 ** -(1 + place) for place, bit in enumerate(bits))
