"""The conformance table of Keras layers under the rate method: the error falls as one over the timesteps.

With a constant current and a reset by subtraction a neuron of threshold lambda is off by at most lambda / T, and what
it misses does not grow: the error of a layer behind it is proportional to 1 / T as well, so on logarithmic axes the
slope is -1. The fit is over T = 16 ... 256 and the mean over several random weights, examples and neurons.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from ml_genn.callbacks import VarRecorder
from ml_genn.errors import UnsupportedModelError
from ml_genn_tf.execute_stages import run_stages
from ml_genn_tf.methods import RateMethod
from ml_genn_tf.spiking_model import convert_model
from ml_genn_tf.stages import StageGraph

from .conftest import nonnegative, randomised
from .test_layers import CURVES, MERGED, ROWS, Row

TIMES = (16, 32, 64, 128, 256)
TOLERANCE = 0.2
"""Of the mean slope. Rounding errors are uniform between -lambda / 2T and lambda / 2T only on average, over some
hundred neurons and examples, and spikes that come unevenly add what depends on their order."""
WEIGHTS, EXAMPLES = 3, 8
QUICK = ("Conv2D", "Conv2DTranspose", "DepthwiseConv2D", "Dense", "MaxPooling2D", "Concatenate", "PReLU")
"""Classes whose first row is in the quick suite; each takes a second, all of them minutes."""
EVEN: Mapping[str, Any] = {"balance": False, "percentile": 100.0, "correct": None, "refit": 0.0}
"""Soft reset, half-threshold start, direct current, thresholds that clip nothing; nothing that depends on T."""


def is_curved(row: Row) -> bool:
    """Whether it applies a function that no rate is; a sigmoid at the end of a model is left out for its logits."""
    names = {row.options.get("activation"), row.class_name.lower()} - {"sigmoid"}
    return not names.isdisjoint(CURVES) or "threshold" in row.options


def between_relus(row: Row, seed: int) -> keras.Model:
    """The row's layer behind a Dense layer with ReLU, whose spikes it reads; merging layers have two or three."""
    source = keras.Input(row.shape)
    before = [layers.Dense(row.shape[-1], activation="relu")(source) for _ in range(MERGED.get(row.class_name, 1))]
    if row.class_name == "InputLayer":
        return randomised(keras.Model(source, before[0]), seed)
    layer = getattr(layers, row.class_name)(**row.options)
    return randomised(keras.Model(source, layer(before if len(before) > 1 else before[0])), seed)


def errors(row: Row, seed: int) -> np.ndarray:
    """Mean error of the output after each number of TIMES, relative to its largest value.

    All in one run of the longest: with EVEN the networks of other timesteps have the same weights and thresholds, and
    each layer works on an example from the step in which its input begins to arrive.
    """
    x = nonnegative(row.shape, EXAMPLES, seed)
    method = RateMethod(timesteps=TIMES[-1], **EVEN)
    model = between_relus(row, seed)
    converted = convert_model(model, method, norm_data=x, run={"rng_seed": 1})
    spiking = converted.spiking
    compiled = method.create_compiler(batch_size=EXAMPLES, precision="double", rng_seed=1).compile(spiking.network)
    (output,) = spiking.outputs
    with compiled:
        inputs = {spiking.inputs[0]: x}
        _, data = compiled.predict(inputs, output, callbacks=[VarRecorder(output, "v", key="v")])
    voltages = np.stack(data["v"])  # (examples, timesteps, neurons)
    expected = exact(spiking.stages, x)
    began = compiled.depths[output]
    found = [np.abs(voltages[:, began + steps - 1] / steps - expected).mean() for steps in TIMES]
    return np.array(found) / (np.abs(expected).max() or 1.0)


def exact(stages: StageGraph, x: np.ndarray) -> np.ndarray:
    """What the ANN's stages compute in double precision, (examples, neurons)."""
    (output,) = stages.outputs
    return run_stages(stages, x, dtype=np.float64)[output].reshape(len(x), -1)


RATED = [row for row in ROWS if not is_curved(row)]
FIRST = [next(row for row in RATED if row.class_name == name) for name in QUICK]


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=str(row), marks=() if row in FIRST else pytest.mark.slow) for row in RATED]
)
def test_the_error_falls_as_one_over_the_timesteps(row: Row) -> None:
    found = np.mean([errors(row, seed) for seed in range(WEIGHTS)], axis=0)
    slope = np.polyfit(np.log(TIMES), np.log(found), 1)[0]
    assert abs(slope + 1) <= TOLERANCE, found


@pytest.mark.parametrize("row", [row for row in ROWS if is_curved(row)], ids=str)
def test_other_functions_are_refused(row: Row) -> None:
    with pytest.raises(UnsupportedModelError, match=r"which no rate of spikes is.*few-spike coding fits it"):
        errors(row, 0)
