"""Refuses configurations that could make Keras run code: only Keras' own layers and their parts may be named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

CODE_CLASSES = {
    "Lambda": "holds Python code",
    "__lambda__": "holds Python code",
    "TFOpLambda": "wraps a TensorFlow function",
    "SlicingOpLambda": "wraps a TensorFlow function",
    "ClassMethod": "wraps a TensorFlow function",
    "InstanceMethod": "wraps a TensorFlow function",
    "InstanceProperty": "wraps a TensorFlow function",
    "TensorFlowOpLayer": "wraps a TensorFlow graph",
    "TFSMLayer": "loads another model from disk",
    "TorchModuleWrapper": "holds pickled PyTorch code",
    "JaxLayer": "holds JAX code",
    "FlaxLayer": "holds Flax code",
    "__typespec__": "names a TensorFlow type by module",
}
MODULES = re.compile(
    r"keras(\.src)?"
    r"(\.(api|engine|models|layers|initializers|regularizers|constraints|activations|dtype_policies|random)"
    r"(\.[A-Za-z0-9_]+)*)?"
)
"""Modules whose classes describe a model; saving, utilities, callbacks, datasets and operations are not among them."""

PLAIN_CLASSES = {"keras": {"DTypePolicy", "FloatDTypePolicy", "Functional", "Model", "Sequential", "Variable"}}


def unsafe_parts(config: Any) -> list[str]:
    """One sentence for each object in the (migrated) configuration that is refused, with the layer it is in."""
    return list(dict.fromkeys(_walk(config, "the model")))


def _walk(part: Any, layer: str) -> Iterator[str]:
    if isinstance(part, Mapping):
        layer = _name_of(part) or layer
        reason = _refused(part)
        if reason:
            yield f"{layer} ({part.get('class_name', 'function')}) {reason}"
            return
        for value in part.values():
            yield from _walk(value, layer)
    elif isinstance(part, list):
        for value in part:
            yield from _walk(value, layer)


def _name_of(part: Mapping[str, Any]) -> str | None:
    inner = part.get("config")
    name = inner.get("name") if isinstance(inner, Mapping) and "class_name" in part else None
    return name if isinstance(name, str) and part.get("class_name") != "DTypePolicy" else None


def _refused(part: Mapping[str, Any]) -> str | None:
    """Why this object may not be deserialised, or None."""
    if part.get("function_type") in ("lambda", "function") or "function" in part:
        return "holds Python code"
    class_name, module, registered = (part.get(key) for key in ("class_name", "module", "registered_name"))
    if class_name is None:
        return None
    if not isinstance(class_name, str) or not isinstance(module, str | None):
        return "has no readable class name"
    if class_name in CODE_CLASSES:
        return CODE_CLASSES[class_name]
    return _foreign(class_name, module, registered)


def _foreign(class_name: str, module: str | None, registered: Any) -> str | None:
    if ">" in class_name or (isinstance(registered, str) and ">" in registered):
        return f"is the class {registered or class_name!r} of another package"
    if class_name == "function":
        return f"is a function of the module {module!r}"
    if module is None:
        return None
    if not MODULES.fullmatch(module):
        return f"is of the module {module!r}, which is not a part of Keras that describes models"
    if module in PLAIN_CLASSES and class_name not in PLAIN_CLASSES[module]:
        return f"is not one of the classes a model is made of in the module {module!r}"
    return None
