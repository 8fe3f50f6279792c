"""Turns configurations that older Keras wrote, and Keras 3 refuses, into ones it reads; in memory only.

An option is dropped only where it holds the value that means "not used"; any other value stays, and Keras refuses it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

ANY = object()
"""Stands for every value: the option is a repetition of others in the same configuration."""

_GROUPS: Mapping[str, Sequence[Any]] = {"groups": (1,)}
_SEPARABLE: Mapping[str, Sequence[Any]] = {
    **_GROUPS,
    "kernel_initializer": (ANY,),
    "kernel_regularizer": (None,),
    "kernel_constraint": (None,),
}
_RECURRENT: Mapping[str, Sequence[Any]] = {"time_major": (False,), "implementation": (ANY,)}
UNUSED_OPTIONS: Mapping[str, Mapping[str, Sequence[Any]]] = {
    "DepthwiseConv1D": _SEPARABLE,
    "DepthwiseConv2D": _SEPARABLE,
    "SeparableConv1D": _SEPARABLE,
    "SeparableConv2D": _SEPARABLE,
    "Conv1DTranspose": _GROUPS,
    "Conv2DTranspose": _GROUPS,
    "Conv3DTranspose": _GROUPS,
    "LSTM": _RECURRENT,
    "GRU": _RECURRENT,
    "SimpleRNN": _RECURRENT,
    "BatchNormalization": {"fused": (ANY,), "renorm": (False,), "virtual_batch_size": (None,), "adjustment": (None,)},
}
MODULE_NOW = {
    "engine.functional": "keras.src.models.functional",
    "engine.sequential": "keras",
    "engine.training": "keras",
}


def migrated(part: Any) -> Any:
    """A copy of the configuration with unused options dropped and modules named as Keras 3 names them."""
    if isinstance(part, list):
        return [migrated(value) for value in part]
    if not isinstance(part, dict):
        return part
    copy = {key: migrated(value) for key, value in part.items() if key != "compile_config"}
    unused = UNUSED_OPTIONS.get(str(copy.get("class_name")), {})
    if isinstance(copy.get("config"), dict):
        copy["config"] = {
            key: value
            for key, value in copy["config"].items()
            if key not in unused or not (ANY in unused[key] or value in unused[key])
        }
    if isinstance(copy.get("module"), str):
        copy["module"] = _module_now(copy["module"])
    return copy


def _module_now(module: str) -> str:
    """tf_keras.layers -> keras.layers, keras.src.engine.functional -> where that lives today."""
    for prefix in ("tensorflow.python.keras", "tensorflow.keras", "tf_keras"):
        if module == prefix or module.startswith(prefix + "."):
            module = "keras" + module.removeprefix(prefix)
    return MODULE_NOW.get(module.removeprefix("keras.").removeprefix("src."), module)
