"""Loading: good files of three formats, every kind of bad file, and nothing of a file ever executed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from ml_genn.errors import ModelFileError
from ml_genn.hdf5_heap import has_damaged_heap
from ml_genn_tf.load import describe_model, load_model
from ml_genn_tf.loading import model_file
from ml_genn_tf.loading.legacy_config import migrated
from ml_genn_tf.loading.safe_config import unsafe_parts
from tests.data.files import damaged

from .conftest import randomised


@pytest.fixture(scope="module")
def model() -> keras.Model:
    source = keras.Input((6, 6, 1), name="image")
    value = layers.Conv2D(2, 3, activation="relu", name="conv")(source)
    value = layers.BatchNormalization(name="norm")(value)
    inner = keras.Sequential([keras.Input((4, 4, 2)), layers.Flatten(), layers.Dense(3, name="dense")], name="inner")
    model = randomised(keras.Model(source, inner(value), name="small"))
    model.compile("adam", "mse")
    return model


@pytest.fixture(scope="module")
def files(model: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    paths = {suffix: folder / f"small.{suffix}" for suffix in ("keras", "h5", "weights.h5")}
    model.save(paths["keras"])
    model.save(paths["h5"])
    model.save_weights(paths["weights.h5"])
    return paths


def rewritten(source: Path, target: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A copy of a model file whose configuration has been changed."""
    if source.suffix == ".h5":
        shutil.copy(source, target)
        with h5py.File(target, "r+") as file:
            config = json.loads(file.attrs["model_config"])
            change(config)
            file.attrs["model_config"] = json.dumps(config)
        return target
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                config = json.loads(content)
                change(config)
                content = json.dumps(config).encode()
            new.writestr(name, content)
    return target


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_loaded_model_has_the_same_weights_and_is_not_compiled(
    model: keras.Model, files: dict[str, Path], suffix: str
) -> None:
    loaded = load_model(files[suffix])
    for one, other in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not loaded.compiled
    data = np.random.default_rng(0).random((3, 6, 6, 1), dtype=np.float32)
    np.testing.assert_array_equal(loaded(data, training=False), model(data, training=False))


def test_path_may_be_a_string(files: dict[str, Path]) -> None:
    assert load_model(str(files["keras"])).name == "small"


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_describe_model(model: keras.Model, files: dict[str, Path], suffix: str) -> None:
    description = describe_model(files[suffix], model)
    assert description.name == "small" and description.file == f"small.{suffix}"
    assert description.bytes == files[suffix].stat().st_size and len(description.sha256) == 64
    assert description.keras_version == keras.__version__
    assert description.parameters == model.count_params()
    assert description.inputs == (("image", (6, 6, 1)),)
    assert description.outputs == (("inner/dense", (3,)),)
    assert describe_model(files[suffix]) == description


def test_importing_the_package_does_not_import_keras() -> None:
    code = "import sys, ml_genn_tf, ml_genn_tf.load; sys.exit('keras' in sys.modules or 'tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Damaged and foreign files


def cut(source: Path, target: Path, keep: float) -> None:
    content = source.read_bytes()
    target.write_bytes(content[: int(len(content) * keep)])


def zip_with(**members: bytes) -> Callable[[Path, dict[str, Path]], None]:
    def make(path: Path, files: dict[str, Path]) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name.replace("__", "."), content)

    return make


def zip_with_config(text: str) -> Callable[[Path, dict[str, Path]], None]:
    def make(path: Path, files: dict[str, Path]) -> None:
        with zipfile.ZipFile(files["keras"]) as old, zipfile.ZipFile(path, "w") as new:
            new.writestr("model.weights.h5", old.read("model.weights.h5"))
            new.writestr("config.json", text)

    return make


def flip_a_byte(path: Path, files: dict[str, Path]) -> None:
    content = bytearray(files["keras"].read_bytes())
    at = content.find(b"model.weights.h5") + 1000
    content[at] ^= 0xFF
    path.write_bytes(content)


def plain_hdf5(path: Path, files: dict[str, Path]) -> None:
    with h5py.File(path, "w") as file:
        file["x"] = np.zeros(3)


def linking_hdf5(link: Callable[[h5py.File, Path], None]) -> Callable[[Path, dict[str, Path]], None]:
    def make(path: Path, files: dict[str, Path]) -> None:
        shutil.copy(files["h5"], path)
        with h5py.File(path, "r+") as file:
            link(file, files["weights.h5"])

    return make


def external_link(file: h5py.File, other: Path) -> None:
    file["model_weights/more"] = h5py.ExternalLink(str(other), "/")


def soft_link(file: h5py.File, other: Path) -> None:
    file["model_weights/more"] = h5py.SoftLink("/model_weights")


def external_data(file: h5py.File, other: Path) -> None:
    file.create_dataset("more", (4,), "f4", external=[(str(other), 0, 16)])


def virtual_data(file: h5py.File, other: Path) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource(str(other), "x", (4,))
    file.create_virtual_dataset("more", layout)


BAD_FILES: dict[str, tuple[str, Callable[[Path, dict[str, Path]], None], str]] = {
    "missing": ("a.keras", lambda path, files: None, "a.keras: there is no such file"),
    "folder": ("a.keras", lambda path, files: path.mkdir(), "is a folder; a model is one .keras or .h5 file: save it"),
    "empty": ("a.h5", lambda path, files: path.write_bytes(b""), "a.h5 is empty; copy or save the model again"),
    "suffix": ("a.pb", lambda path, files: path.write_bytes(b"x"), "ends in .keras or .h5, not in '.pb'; save it with"),
    "text": (
        "a.keras",
        lambda path, files: path.write_text("hello world"),
        "is no Keras model: it begins with b'hello",
    ),
    "cut zip": ("a.keras", lambda path, files: cut(files["keras"], path, 0.7), "the file is damaged or cut off"),
    "cut HDF5": ("a.h5", lambda path, files: cut(files["h5"], path, 0.7), "the file is damaged or cut off"),
    "start of HDF5": ("a.h5", lambda path, files: cut(files["h5"], path, 0.005), "the file is damaged or cut off"),
    "flipped": ("a.keras", flip_a_byte, r"is damaged \(model.weights.h5 has a wrong checksum\)"),
    "zip as HDF5": (
        "a.h5",
        lambda path, files: shutil.copy(files["keras"], path),
        "is a zip file inside; if it is a Keras model, rename it to end in .keras",
    ),
    "HDF5 as zip": ("a.keras", lambda path, files: shutil.copy(files["h5"], path), "is an HDF5 file inside; .* in .h5"),
    "other zip": ("a.keras", zip_with(readme__txt=b"x"), "is a zip without config.json, so it is no Keras model"),
    "no weights": ("a.keras", zip_with(config__json=b"{}"), "holds no model.weights.h5; save it with"),
    "zip paths": (
        "a.keras",
        zip_with(**{"config__json": b"{}", "model__weights__h5": b"", "____/x": b""}),
        "holds names that lead out of the archive",
    ),
    "other HDF5": ("a.h5", plain_hdf5, "is an HDF5 file but no Keras model: it has no attribute model_config"),
    "weights only": (
        "a.h5",
        lambda path, files: shutil.copy(files["weights.h5"], path),
        r"holds weights only, without the model they belong to; build the model in Python, call model.load_weights",
    ),
    "external link": ("a.h5", linking_hdf5(external_link), "more is a link; a model file must hold its own data"),
    "soft link": ("a.h5", linking_hdf5(soft_link), "more is a link; a model file must hold its own data"),
    "external data": ("a.h5", linking_hdf5(external_data), "/more is stored in another file"),
    "virtual data": ("a.h5", linking_hdf5(virtual_data), "/more is stored in another file"),
    "no JSON": ("a.keras", zip_with_config("{nonsense"), "the configuration is no valid JSON"),
    "bottomless JSON": ("a.keras", zip_with_config("[" * 100_000), "the configuration is no valid JSON"),
    "no model": (
        "a.keras",
        zip_with_config("[1, 2]"),
        r"the configuration describes no model \(class_name and config\)",
    ),
    "deep": (
        "a.keras",
        zip_with_config('{"class_name": "Sequential", "config": {"a": ' + "[" * 300 + "]" * 300 + "}}"),
        "the configuration is nested more than 200 levels deep",
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_file(case: str, files: dict[str, Path], tmp_path: Path) -> None:
    name, make, message = BAD_FILES[case]
    make(tmp_path / name, files)
    with pytest.raises(ModelFileError, match=message):
        load_model(tmp_path / name)


def test_unreadable_file(files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "a.keras"
    shutil.copy(files["keras"], path)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ModelFileError, match=r"a.keras cannot be read: Permission denied"):
        load_model(path)


LIMITS = [
    ("keras", "MOST_EXPANSION", r"would unpack to \d+ bytes, more than a model can be"),
    ("h5", "MOST_EXPANSION", r"declares \d+ bytes of weights, more than it can hold"),
    ("keras", "MOST_CONFIG_BYTES", r"has a configuration of \d+ bytes, more than a model can need"),
    ("h5", "MOST_CONFIG_BYTES", r"has a configuration of \d+ bytes, more than a model can need"),
    ("h5", "MOST_HDF5_OBJECTS", "holds more than 10 objects; no Keras model does"),
]


@pytest.mark.parametrize(("suffix", "limit", "message"), LIMITS)
def test_limits(files: dict[str, Path], suffix: str, limit: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_file, limit, {"MOST_EXPANSION": 1e-3, "MOST_HDF5_OBJECTS": 10}.get(limit, 100))
    with pytest.raises(ModelFileError, match=message):
        load_model(files[suffix])


def test_weights_that_are_declared_but_not_there(files: dict[str, Path], tmp_path: Path) -> None:
    """A dataset without any stored chunk takes no room in the file, and all memory when it is read."""
    path = tmp_path / "a.h5"
    shutil.copy(files["h5"], path)
    with h5py.File(path, "r+") as file:
        file.create_dataset("model_weights/huge", (2**40,), "f4", chunks=(2**20,))
    with pytest.raises(ModelFileError, match=r"declares 43980465\d+ bytes of weights, more than it can hold"):
        load_model(path)


# Files that would run code


def first_layer(config: dict[str, Any]) -> dict[str, Any]:
    """The first layer that is no input."""
    return config["config"]["layers"][1]  # type: ignore[no-any-return]


def lambda_layer(config: dict[str, Any]) -> None:
    first_layer(config).update(class_name="Lambda", module="keras.layers")


def foreign_module(config: dict[str, Any]) -> None:
    first_layer(config).update(class_name="Popen", module="subprocess")


def keras_utility(config: dict[str, Any]) -> None:
    first_layer(config).update(class_name="get_file", module="keras.utils")


def keras_configuration(config: dict[str, Any]) -> None:
    first_layer(config).update(class_name="enable_unsafe_deserialization", module="keras.config")


def keras_top_level(config: dict[str, Any]) -> None:
    first_layer(config).update(class_name="KerasTensor", module="keras")


def registered_class(config: dict[str, Any]) -> None:
    first_layer(config).update(registered_name="my_package>MyLayer")


def function_object(config: dict[str, Any]) -> None:
    first_layer(config)["config"]["activation"] = {"module": "builtins", "class_name": "function", "config": "eval"}


def lambda_object(config: dict[str, Any]) -> None:
    first_layer(config)["config"]["activation"] = {"class_name": "__lambda__", "config": {"value": "x"}}


def wrapped_code(config: dict[str, Any]) -> None:
    first_layer(config)["config"]["kernel_initializer"] = {"function_type": "lambda", "function": ["x"]}


def unnamed_class(config: dict[str, Any]) -> None:
    first_layer(config)["config"]["kernel_initializer"] = {"class_name": ["Zeros"], "config": {}}


def tensorflow_operation(config: dict[str, Any]) -> None:
    first_layer(config).update(class_name="TFOpLambda")


UNSAFE: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "Lambda": (lambda_layer, r"conv \(Lambda\) holds Python code"),
    "foreign module": (foreign_module, r"conv \(Popen\) is of the module 'subprocess', which is not a part of Keras"),
    "utility": (keras_utility, r"conv \(get_file\) is of the module 'keras.utils', which is not a part of Keras that"),
    "configuration": (keras_configuration, r"conv \(enable_unsafe_deserialization\) is of the module 'keras.config'"),
    "top level": (keras_top_level, r"conv \(KerasTensor\) is not one of the classes a model is made of"),
    "registered": (registered_class, r"conv \(Conv2D\) is the class 'my_package>MyLayer' of another package"),
    "function": (function_object, r"conv \(function\) is a function of the module 'builtins'"),
    "lambda": (lambda_object, r"conv \(__lambda__\) holds Python code"),
    "wrapped": (wrapped_code, r"conv \(function\) holds Python code"),
    "unnamed": (unnamed_class, r"has no readable class name"),
    "TensorFlow": (tensorflow_operation, r"conv \(TFOpLambda\) wraps a TensorFlow function"),
}


@pytest.mark.parametrize("suffix", ["keras", "h5"])
@pytest.mark.parametrize("case", UNSAFE)
def test_unsafe_configuration_never_reaches_keras(
    case: str, suffix: str, files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reached(*_: object, **__: object) -> None:
        raise AssertionError("Keras saw the configuration")

    monkeypatch.setattr(keras.saving, "deserialize_keras_object", reached)
    monkeypatch.setattr(keras.Model, "from_config", reached)
    change, message = UNSAFE[case]
    path = rewritten(files[suffix], tmp_path / f"a.{suffix}", change)
    with pytest.raises(ModelFileError, match=r"is not loaded, because doing so could run code that it brings along"):
        load_model(path)
    with pytest.raises(ModelFileError, match=message):
        load_model(path)


def test_real_lambda_layer_is_refused_without_running(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    path = str(marker)
    code = layers.Lambda(lambda x: [x, Path(path).touch()][0], name="code")
    keras.Sequential([keras.Input((2,)), code, layers.Dense(1)]).save(tmp_path / "a.keras")
    assert marker.exists()
    marker.unlink()
    with pytest.raises(ModelFileError, match=r"code \(Lambda\) holds Python code"):
        load_model(tmp_path / "a.keras")
    assert not marker.exists()


def test_all_unsafe_parts_are_listed() -> None:
    bad = [{"class_name": "Lambda", "config": {"name": name}} for name in ("a", "b")]
    wrapper = {"class_name": "TimeDistributed", "module": "keras.layers", "config": {"name": "w", "layer": bad[0]}}
    parts = unsafe_parts({"class_name": "Sequential", "config": {"layers": [*bad, wrapper]}})
    assert parts == ["a (Lambda) holds Python code", "b (Lambda) holds Python code"]


def test_layer_that_keras_does_not_have(files: dict[str, Path], tmp_path: Path) -> None:
    def change(config: dict[str, Any]) -> None:
        first_layer(config)["class_name"] = "MyLayer"

    path = rewritten(files["h5"], tmp_path / "a.h5", change)
    with pytest.raises(ModelFileError, match=r"needs layers that are no part of Keras: conv \(MyLayer\)"):
        load_model(path)


def test_keras_cannot_rebuild(files: dict[str, Path], tmp_path: Path) -> None:
    def change(config: dict[str, Any]) -> None:
        first_layer(config)["config"]["filters"] = 3

    path = rewritten(files["keras"], tmp_path / "a.keras", change)
    with pytest.raises(
        ModelFileError, match=rf"Keras {keras.__version__} cannot rebuild the model, which Keras .* saved"
    ):
        load_model(path)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_weights_that_are_not_finite(value: float, suffix: str, model: keras.Model, tmp_path: Path) -> None:
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    dense = copy.get_layer("inner").get_layer("dense")
    dense.bias.assign([0.0, value, 0.0])
    copy.save(tmp_path / f"a.{suffix}")
    with pytest.raises(ModelFileError, match=r"dense \(Dense\) has 1 NaN or infinite values of 3 in its weight bias"):
        load_model(tmp_path / f"a.{suffix}")


# Configurations of older Keras


def test_legacy_depthwise_convolution_with_groups_loads(tmp_path: Path) -> None:
    model = randomised(
        keras.Sequential([keras.Input((6, 6, 2), name="image"), layers.DepthwiseConv2D(3, name="depthwise")])
    )
    model.save(tmp_path / "new.h5")

    def change(config: dict[str, Any]) -> None:
        image, depthwise = (layer["config"] for layer in config["config"]["layers"])
        image["batch_input_shape"] = image.pop("batch_shape")
        depthwise.update(groups=1, kernel_initializer={"class_name": "Zeros", "config": {}}, kernel_constraint=None)

    path = rewritten(tmp_path / "new.h5", tmp_path / "old.h5", change)
    with pytest.raises(Exception, match="groups"):
        keras.models.load_model(path)
    for one, other in zip(load_model(path).get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_migration_keeps_options_that_are_used() -> None:
    layer = {"class_name": "DepthwiseConv2D", "config": {"groups": 2, "kernel_size": 3, "kernel_constraint": None}}
    assert migrated(layer)["config"] == {"groups": 2, "kernel_size": 3}


def test_migration_copies() -> None:
    config = {"class_name": "Sequential", "compile_config": {"loss": "x"}, "config": {"layers": [{"a": 1}]}}
    assert migrated(config) == {"class_name": "Sequential", "config": {"layers": [{"a": 1}]}}
    assert "compile_config" in config


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tf_keras.layers", "keras.layers"),
        ("tensorflow.keras.layers", "keras.layers"),
        ("keras.src.engine.functional", "keras.src.models.functional"),
        ("tf_keras.src.engine.sequential", "keras"),
        ("keras.layers", "keras.layers"),
        ("subprocess", "subprocess"),
    ],
)
def test_migration_of_modules(old: str, new: str) -> None:
    assert migrated({"module": old})["module"] == new


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_damage_anywhere_is_a_model_file_error(suffix: str, files: dict[str, Path], tmp_path: Path) -> None:
    """The libraries raise anything; damage to weights of an .h5 file, which has no checksums, goes unseen."""
    path = tmp_path / f"a.{suffix}"
    for content in damaged(files[suffix].read_bytes(), 100):
        path.write_bytes(content)
        try:
            load_model(path)
        except ModelFileError as error:
            assert str(path) in str(error)


@pytest.mark.parametrize(
    "change", [lambda c: first_layer(c).pop("class_name"), lambda c: c.update(config={"layers": 3})]
)
def test_damaged_configuration(change: Callable[[dict[str, Any]], Any], files: dict[str, Path], tmp_path: Path) -> None:
    for suffix in ("keras", "h5"):
        path = rewritten(files[suffix], tmp_path / f"b.{suffix}", change)
        with pytest.raises(ModelFileError, match=rf"b\.{suffix}: the configuration is damaged \(.*\); save it with"):
            load_model(path)


def test_zeros_in_a_heap(files: dict[str, Path], tmp_path: Path) -> None:
    """The HDF5 library never comes back from them."""
    content = bytearray(files["h5"].read_bytes())
    first = content.index(b"GCOL") + 16
    content[first : first + 16] = bytes(16)
    path = tmp_path / "a.h5"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"a\.h5: the file is damaged \(a heap of texts does not add up\); copy"):
        load_model(path)


def test_a_heap_of_many_texts_is_whole(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for number in range(2000):
            file.attrs[f"text {number}"] = "x" * (number % 70)
    assert b"GCOL" in (tmp_path / "a.h5").read_bytes()
    assert not has_damaged_heap(tmp_path / "a.h5")
