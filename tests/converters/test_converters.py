"""The converter classes: upstream's signatures, documented usages, and what they refuse."""

from __future__ import annotations

import inspect
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from ml_genn.errors import DataError, UnsupportedModelError
from ml_genn_tf import convert
from ml_genn_tf.converters import Converter, DataNorm, FewSpike, InputType, Simple, SpikeNorm

from .conftest import nonnegative, randomised, signed

X = nonnegative((6, 6, 1), examples=8)
Y = np.zeros(8)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return randomised(
        keras.Sequential(
            [
                keras.Input((6, 6, 1), name="image"),
                layers.Conv2D(3, 3, activation="relu", name="conv"),
                layers.MaxPooling2D(name="pool"),
                layers.Flatten(name="flat"),
                layers.Dropout(0.5, name="drop"),
                layers.Dense(4, activation="softmax", name="digit"),
            ]
        )
    )


@pytest.mark.parametrize(
    ("converter", "signature"),
    [
        (Simple, "evaluate_timesteps, signed_input=False, input_type=<InputType.POISSON: 'poisson'>"),
        (DataNorm, "evaluate_timesteps, signed_input=False, norm_data=None, input_type=<InputType.POISSON: 'poisson'>"),
        (
            SpikeNorm,
            "evaluate_timesteps, signed_input=False, norm_data=None, input_type=<InputType.POISSON: 'poisson'>",
        ),
        (FewSpike, "k=10, alpha=25, signed_input=False, norm_data=None"),
    ],
)
def test_signatures(converter: type[Converter], signature: str) -> None:
    parameters = inspect.signature(converter).parameters.values()
    plain = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in parameters]
    assert ", ".join(map(str, plain)) == signature


def test_input_types_have_upstream_s_values() -> None:
    upstream = {"SPIKE": "spike", "POISSON": "poisson", "IF": "if"}
    assert {kind.name: kind.value for kind in InputType} == {**upstream, "CURRENT": "current"}


CONVERTERS = {
    "simple": lambda: Simple(10),
    "data norm": lambda: DataNorm(10, norm_data=X, input_type="if"),
    "spike norm": lambda: SpikeNorm(10, norm_data=X),
    "few spike": lambda: FewSpike(k=4, norm_data=X),
}


@pytest.mark.parametrize("name", CONVERTERS)
def test_network_and_populations(name: str, model: keras.Model) -> None:
    network, inputs, outputs, populations = CONVERTERS[name]().convert(model)
    assert [population.name for population in network.populations] == ["image", "conv", "pool", "digit"]
    assert [population.name for population in (*inputs, *outputs)] == ["image", "digit"]
    expected = [layer for layer in model.layers if layer.name in ("conv", "pool", "digit")]
    assert [populations[layer].name for layer in expected] == ["conv", "pool", "digit"]


NORM_DATA: dict[str, Any] = {
    "bare array": X,
    "array in a list": [X],
    "list of one iterable of batches": [[(X[:4], Y[:4]), (X[4:], Y[4:])]],
    "iterable of batches": ((X[at : at + 2], Y[at : at + 2]) for at in range(0, 8, 2)),
}


@pytest.mark.parametrize("form", NORM_DATA)
def test_documented_forms_of_norm_data(form: str, model: keras.Model) -> None:
    _, _, _, populations = FewSpike(k=4, norm_data=NORM_DATA[form]).convert(model)
    conv = model.get_layer("conv")
    largest = float(np.max(conv(X)))
    assert populations[conv].neuron.alpha == pytest.approx(largest / (1 - 1 / 16), rel=1e-6)  # float32 sums


def test_few_spike_without_data_uses_alpha(model: keras.Model) -> None:
    _, inputs, _, _ = FewSpike(k=4, alpha=7.0).convert(model)
    assert inputs[0].neuron.alpha == 7.0


def test_data_norm_without_data() -> None:
    with pytest.raises(
        DataError, match=r"DataNorm chooses thresholds on calibration data; give some training examples as"
    ):
        DataNorm(10)


def test_signed_input(model: keras.Model) -> None:
    _, inputs, _, _ = FewSpike(k=4, norm_data=signed((6, 6, 1)), signed_input=True).convert(model)
    assert inputs[0].neuron.signed_input


def test_negative_data_for_an_unsigned_input(model: keras.Model) -> None:
    with pytest.warns(UserWarning, match=r"Input image has negative values on the calibration data, which an unsigned"):
        FewSpike(k=4, norm_data=signed((6, 6, 1))).convert(model)


def test_unsupported_layers_are_listed_together() -> None:
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(3, activation="mish", name="a"), layers.Dense(2, "celu", name="b")]
    )
    with pytest.raises(UnsupportedModelError, match=r"(?s)2 problems:.*- a \(Dense\).*mish.*- b \(Dense\).*celu"):
        Simple(10).convert(model)


def curved() -> keras.Model:
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(8, "tanh", name="a"), layers.Dense(8, "gelu", name="b"), layers.Dense(3)]
    )


def test_functions_need_few_spike_coding() -> None:
    message = r"(?s)2 problems:.*- a \(Dense\) applies tanh, which no rate of spikes is; few-spike coding fits it .*- b"
    with pytest.raises(UnsupportedModelError, match=message):
        Simple(10).convert(curved())


def test_functions_need_calibration_data() -> None:
    with pytest.raises(DataError, match=r"few-spike fits the tanh of layer a to calibration data; give some training"):
        FewSpike(k=4, alpha=2.0).convert(curved())


def test_the_error_of_a_fit_is_reported() -> None:
    x = np.random.default_rng(0).normal(size=(64, 6)).astype(np.float32)
    result = convert(curved(), calibration=x, k=8)
    fits = [note for note in result.notes if "is made of 8 spikes" in note]
    assert [note.split(":")[0] for note in fits] == ["a", "b"]
    assert all(0 < float(note.split("to ")[-1].split("%")[0]) < 3 for note in fits)
