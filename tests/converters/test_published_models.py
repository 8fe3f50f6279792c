"""Models that other people trained and published: the layer graph and the stages compute what Keras computes."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ml_genn.errors import ModelFileError
from ml_genn_tf.execute_stages import run_stages
from ml_genn_tf.load import load_model
from ml_genn_tf.prepare import Prepared, prepare
from ml_genn_tf.quantise import run_quantised

pytestmark = pytest.mark.data

Examples = tuple[np.ndarray, np.ndarray]


def mnist(folder: Path, count: int, part: str = "t10k") -> Examples:
    """Images divided by 255, with a channel axis, and labels."""
    images, labels = (
        gzip.decompress((folder / "mnist" / f"{part}-{name}-ubyte.gz").read_bytes())
        for name in ("images-idx3", "labels-idx1")
    )
    x = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 28, 28, 1)[:count]
    return x.astype(np.float32) / 255, np.frombuffer(labels, np.uint8, offset=8)[:count]


def cifar(folder: Path, count: int, part: str = "t10k") -> Examples:
    """Raw images 0..255 of the test (t10k) or training split, and labels."""
    (path,) = (folder / "cifar10").glob("*.npz")
    with np.load(path) as data:
        chosen = np.flatnonzero(data["split"] == int(part == "t10k"))[:count]
        return data["x"][chosen].astype(np.float32), data["y"][chosen]


Read = Callable[[Path, int], Examples]
MODELS: dict[str, tuple[str, Read, list[str]]] = {
    "moonflower keras": (
        "mnist_moonflower_keras/mnist_model.keras",
        mnist,
        ["input_layer", "conv2d", "max_pooling2d", "conv2d_1", "max_pooling2d_1", "dense"],
    ),
    "moonflower h5": (
        "mnist_moonflower_h5/mnist_model.h5",
        mnist,
        ["input_layer", "conv2d", "max_pooling2d", "conv2d_1", "max_pooling2d_1", "dense"],
    ),
    "lenet 1": (
        "mnist_deepxplore_model1/rebuilt_lenet1.keras",
        mnist,
        ["input_1", "block1_conv1", "block1_pool1", "block2_conv1", "block2_pool1", "before_softmax"],
    ),
    "lenet 5": (
        "mnist_deepxplore_model3/rebuilt_lenet5.keras",
        mnist,
        ["input_1", "block1_conv1", "block1_pool1", "block2_conv1", "block2_pool1", "fc1", "fc2", "before_softmax"],
    ),
    "resnet 8": (
        "cifar10_mlcommons_resnet8/pretrainedResnet.h5",
        cifar,
        ["input_1", "activation", *(f"activation_{at}" for at in range(1, 7)), "dense"],
    ),
}


def prepared(folder: Path, name: str, sample: np.ndarray) -> Prepared:
    return prepare(load_model(folder / "keras_models" / MODELS[name][0]), sample)


@pytest.mark.parametrize("name", MODELS)
def test_stages_compute_what_keras_computes(name: str, data_folder: Path) -> None:
    _, read, stages = MODELS[name]
    result = prepared(data_folder, name, read(data_folder, 32)[0])
    assert [stage.name for stage in result.stages.stages] == stages
    assert all(record.agreement == 1.0 and record.examples == 32 for record in result.gates)
    # probabilities; Keras' float32 against float64 through up to nine layers, measured 3e-6
    assert max(record.largest_difference for record in result.gates) < 2e-5


@pytest.mark.parametrize("name", ["mnist_deepxplore_model1/Model1.h5", "mnist_deepxplore_model3/Model3.h5"])
def test_weights_only_files_are_refused(name: str, data_folder: Path) -> None:
    with pytest.raises(ModelFileError, match="holds weights only, without the model they belong to"):
        load_model(data_folder / "keras_models" / name)


def share(values: dict[str, np.ndarray], labels: np.ndarray) -> float:
    (value,) = values.values()
    return float(np.mean(value.argmax(axis=1) == labels))


# model, examples, accuracy as published, bits -> (accuracy, agreement with the model) at least
FULL = [
    ("moonflower keras", 10_000, 0.9918, {4: (0.9910, 0.998), 8: (0.9915, 0.999)}),
    ("resnet 8", 1_915, 1669 / 1915, {10: (0.8685, 0.995)}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "count", "accuracy", "bits"), FULL)
def test_accuracy_on_the_whole_test_set(
    name: str, count: int, accuracy: float, bits: dict[int, tuple[float, float]], data_folder: Path
) -> None:
    """The stages reach the published accuracy; quantised to K bits they stay within the bars set for few-spike."""
    read = MODELS[name][1]
    images, labels = read(data_folder, count)
    calibration, _ = read(data_folder, 2_000, "train")  # type: ignore[call-arg]
    stages = prepared(data_folder, name, images).stages
    (logits,) = run_stages(stages, images).values()
    assert share({"": logits}, labels) == pytest.approx(accuracy, abs=1e-9)
    names = [stage.name for stage in stages.stages if stage.kind in ("input", "relu")]
    values = run_stages(stages, calibration, keep=names)
    for k, (enough, agreeing) in bits.items():
        alphas = {stage: float(values[stage].max()) / (1 - 2.0**-k) for stage in names}
        quantised = run_quantised(stages, images, alphas, k, dtype=np.float32)
        assert share(quantised, labels) >= enough
        assert share(quantised, logits.argmax(axis=1)) >= agreeing
