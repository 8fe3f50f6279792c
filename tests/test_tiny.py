"""The ten-second suite: one small network of each kind, from description to answer, without a compiler."""

from __future__ import annotations

import numpy as np

from ml_genn import InputLayer, Layer, SequentialNetwork
from ml_genn.compilers import FewSpikeCompiler, InferenceCompiler
from ml_genn.connectivity import Conv2D, Dense, MaxPool2D
from ml_genn.neurons import FewSpikeMaxPool, FewSpikeRelu, FewSpikeReluInput, IntegrateFire, IntegrateFireInput

X = np.arange(32).reshape(2, 4, 4, 1) / 32
LABELS = np.array([1, 1])
WEIGHTS = np.tile([[0.25, 0.5]], (16, 1))


def test_rate_coding() -> None:
    with SequentialNetwork() as network:
        source = InputLayer(IntegrateFireInput(relative_reset=True), (4, 4, 1))
        target = Layer(Dense(WEIGHTS), IntegrateFire(v_thresh=8.0, relative_reset=True, readout="spike_count"))
    with InferenceCompiler(32, batch_size=2, engine="reference").compile(network) as compiled:
        metrics, _ = compiled.evaluate({source: X}, {target: LABELS}, callbacks=[])
        readouts, _ = compiled.predict({source: X}, target, callbacks=[])
    assert metrics[target].result == 1.0
    # input charge of 32 steps over the threshold; up to two spikes have not come out yet
    expected = 32 * X.reshape(2, 16) @ WEIGHTS / 8
    assert np.abs(readouts[target] - expected).max() <= 2


def test_few_spike_coding() -> None:
    k = 5
    with SequentialNetwork() as network:
        source = InputLayer(FewSpikeReluInput(k, 1.0), (4, 4, 1))
        Layer(Conv2D(np.ones((1, 1, 1, 1)), 1, 1), FewSpikeRelu(k, 1.0))
        Layer(MaxPool2D(2), FewSpikeMaxPool(k, 1.0))
        target = Layer(Dense(WEIGHTS[:4]), FewSpikeRelu(k, 1.0, "var"))
    with FewSpikeCompiler(k, batch_size=2, engine="reference").compile(network) as compiled:
        metrics, _ = compiled.evaluate({source: X}, {target: LABELS}, callbacks=[])
        readouts, _ = compiled.predict({source: X}, target, callbacks=[])
    assert metrics[target].result == 1.0
    pooled = X.reshape(2, 2, 2, 2, 2).max(axis=(2, 4)).reshape(2, 4)
    np.testing.assert_array_equal(readouts[target], pooled @ WEIGHTS[:4])
