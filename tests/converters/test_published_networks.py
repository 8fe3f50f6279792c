"""Published models as spiking networks, on part of their real test sets; the benchmarks run the whole of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import ml_genn_tf
from ml_genn.data import load_data
from ml_genn_tf.measure import measure
from ml_genn_tf.quantise import run_quantised

K = 6
EXAMPLES = 1000

pytestmark = [pytest.mark.slow, pytest.mark.data]


@pytest.mark.parametrize("name", ["mnist_moonflower_keras", "mnist_deepxplore_model1", "mnist_deepxplore_model3"])
def test_single_precision_agrees_with_the_quantised_model(name: str, data_folder: Path) -> None:
    """The design's bound: the network chooses the class of its K-bit quantised model on at least 99.9 % of examples."""
    (file,) = (data_folder / "keras_models" / name).glob("*.keras")
    model = ml_genn_tf.load_model(file)
    shape = tuple(model.inputs[0].shape[1:])
    training = load_data(f"{data_folder / 'mnist'}:train", expected_shape=shape)
    test = load_data(str(data_folder / "mnist"), expected_shape=shape).first(EXAMPLES)
    conversion = ml_genn_tf.convert(model, calibration=training.x[:500], k=K)
    spiking = conversion.spiking
    (source,) = spiking.stages.inputs
    measured = measure(spiking, conversion.method, conversion.compile(), {source: test.x})
    (expected,) = run_quantised(spiking.stages, test.x, spiking.scales.values, K).values()
    assert np.mean(measured.classes[K] == expected.argmax(axis=1)) >= 0.999


def test_resnet(data_folder: Path) -> None:
    """Branches of unequal scale, batch normalisation, raw images; 200 images, of which one may choose otherwise."""
    (file,) = (data_folder / "keras_models" / "cifar10_mlcommons_resnet8").glob("*.h5")
    with np.load(data_folder / "cifar10" / "cifar10_exact_subset.npz") as arrays:
        x, y, split = arrays["x"].astype(np.float32), arrays["y"].astype(int), arrays["split"]
    conversion = ml_genn_tf.convert(ml_genn_tf.load_model(file), calibration=x[split == 0][:500], k=10)
    result = conversion.evaluate(x[split == 1][:200], y[split == 1][:200])
    assert result.agreement is not None
    assert result.agreement >= 0.995
