"""The threshold that a report shows, and why there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn.neurons import (
    BernoulliInput,
    BinarySpikeInput,
    CurrentInput,
    FewSpikeMaxPool,
    FewSpikeRelu,
    IntegrateFire,
    IntegrateFireInput,
    LeakyIntegrate,
    LeakyIntegrateFire,
    PoissonInput,
    SpikeInput,
    SpikeMaxPool,
)
from ml_genn.runtime.thresholds import threshold_of

DIFFERS = "differs from neuron to neuron"


@pytest.mark.parametrize(
    ("neuron", "threshold", "note"),
    [
        (IntegrateFire(v_thresh=2.5), 2.5, None),
        (IntegrateFire(v_thresh=np.float32(2.5)), 2.5, None),
        (IntegrateFire(v_thresh=np.array([1.0, 2.0])), None, DIFFERS),
        (LeakyIntegrateFire(v_thresh=0.75), 0.75, None),
        (IntegrateFireInput(v_thresh=3.0), 3.0, None),
        (FewSpikeRelu(4, 8.0), 8.0, None),
        (FewSpikeMaxPool(4, 8.0), 8.0, None),
        (BernoulliInput(full_scale=16.0), 16.0, None),
        (BinarySpikeInput(), None, "spikes where the data do"),
        (SpikeInput(), None, "spikes where the data do"),
        (PoissonInput(), None, "spikes at the rate of the data"),
        (CurrentInput(), None, "sends its values as they are"),
        (SpikeMaxPool(), None, "follows its leading input"),
        (LeakyIntegrate(), None, "has no single threshold"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_threshold(neuron: Any, threshold: float | None, note: str | None) -> None:
    assert threshold_of(neuron) == (threshold, note)
