"""Loads a trained Keras model from a `.keras` or `.h5` file without running anything the file brings along."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from ml_genn.errors import ModelFileError

from .loading.finite_weights import nonfinite_weights
from .loading.legacy_config import migrated
from .loading.model_file import SAVE, ModelFile, read_model_file
from .loading.safe_config import unsafe_parts

if TYPE_CHECKING:
    import keras


@final
@dataclass(frozen=True)
class ModelDescription:
    """Where a model came from: enough to find the file again and to know that it is the same.

    `inputs` and `outputs` are (name, shape) without batch axis; `keras_version` is that of the Keras that saved it.
    """

    name: str
    file: str
    sha256: str
    bytes: int
    keras_version: str
    parameters: int
    inputs: tuple[tuple[str, tuple[int | None, ...]], ...]
    outputs: tuple[tuple[str, tuple[int | None, ...]], ...]


def load_model(path: Path | str) -> keras.Model:
    """The model in a file, without optimiser or losses, ready to convert.

    The configuration is read and checked here before Keras sees it: Lambda layers, wrapped code, classes and functions
    of anything but Keras are refused, all at once. Configurations of older Keras versions are brought up to date.

    Raises ModelFileError for a file that is missing, damaged, no Keras model, unsafe, or holds weights only, for
    weights that are NaN or infinite, and where Keras itself cannot rebuild the model.
    """
    file = read_model_file(Path(path))
    try:
        config = migrated(file.config)
        unsafe, foreign = unsafe_parts(config), _foreign_layers(config)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"{file.path}: the configuration is damaged ({error!r}); {SAVE}") from error
    if unsafe:
        lines = "".join(f"\n  - {line}" for line in unsafe)
        raise ModelFileError(
            f"{file.path} is not loaded, because doing so could run code that it brings along:{lines}\n"
            "Rebuild the model from Keras' own layers and save it again"
        )
    if foreign:
        raise ModelFileError(
            f"{file.path} needs layers that are no part of Keras: {', '.join(foreign)}; "
            "rebuild the model from Keras' own layers and save it again"
        )
    model = _rebuild(file, config)
    problems = nonfinite_weights(model)
    if problems:
        raise ModelFileError(f"{file.path}:" + "".join(f"\n  - {problem}" for problem in problems))
    return model


def _rebuild(file: ModelFile, config: dict[str, Any]) -> keras.Model:
    import keras

    try:
        model = _from_config(keras, file, config)
        model.load_weights(str(file.path))
    except Exception as error:  # Keras raises anything: ValueError, TypeError, KeyError, its backend's own ...
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelFileError(
            f"{file.path}: Keras {keras.__version__} cannot rebuild the model, which Keras {file.keras_version} saved: "
            f"{reason}"
        ) from error
    return model


def _from_config(keras: Any, file: ModelFile, config: dict[str, Any]) -> keras.Model:
    if file.layout == "keras":
        return keras.saving.deserialize_keras_object(config, safe_mode=True)
    kind = keras.Sequential if config["class_name"] == "Sequential" else keras.Model
    return kind.from_config(config["config"])


def _foreign_layers(config: dict[str, Any]) -> list[str]:
    """Class names, in lists of layers at any depth, that Keras does not have."""
    import keras

    models = ("Sequential", "Functional", "Model")
    names = [] if config["class_name"] in models else [config["class_name"]]
    pending = [config["config"]]
    while pending:
        for layer in pending.pop().get("layers", []):
            if layer["class_name"] in models:
                pending.append(layer["config"])
            elif not hasattr(keras.layers, layer["class_name"]):
                names.append(f"{layer['config'].get('name')} ({layer['class_name']})")
    return names


def describe_model(path: Path | str, model: keras.Model | None = None) -> ModelDescription:
    """Provenance of a model file; `model` spares loading it again. Raises ModelFileError as `load_model` does."""
    from .keras_graph import walk

    file = read_model_file(Path(path))
    loaded = load_model(path) if model is None else model
    graph = walk(loaded)
    return ModelDescription(
        name=loaded.name,
        file=file.path.name,
        sha256=_sha256(file.path),
        bytes=file.path.stat().st_size,
        keras_version=file.keras_version,
        parameters=int(loaded.count_params()),
        inputs=_with_shapes(graph.inputs, loaded.inputs),
        outputs=_with_shapes(graph.outputs, loaded.outputs),
    )


def _with_shapes(names: Sequence[str], tensors: Any) -> tuple[tuple[str, tuple[int | None, ...]], ...]:
    return tuple((name, tuple(tensor.shape[1:])) for name, tensor in zip(names, tensors, strict=True))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
