"""The only file that walks Keras graphs; it asks `get_config()` and no private attribute.

A model becomes a flat list of calls: one `Call` for each use of a layer, in an order in which every call
comes after those whose values it reads. Nested models are unfolded (`inner/conv`), a layer used twice gives
two calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import keras

from ml_genn.errors import UnsupportedModelError, UsageError

from .ir import Shape, fresh_name
from .problems import Problem

Config = Mapping[str, Any]
Reference = tuple[str, int, int]
"""Layer name, number of its call within the model, number of the tensor among that call's results."""


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Call:
    """One use of a Keras layer.

    `name` is unique: the layer's own, with `#2` behind it at its second use; `inputs` names the calls it reads.
    Shapes leave out the batch axis; an unknown length is None there, and a whole shape is None where Keras cannot tell.
    """

    name: str
    class_name: str
    layer: Any
    config: Config
    inputs: tuple[str, ...] = ()
    input_shapes: tuple[Any, ...] = ()
    shape: Shape | None = None


@final
@dataclass(frozen=True, eq=False)
class KerasGraph:
    """All calls of a model, the names of its inputs and of its outputs, in the model's order."""

    calls: tuple[Call, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def walk(model: keras.Model) -> KerasGraph:
    """The calls of a Sequential or Functional model.

    Raises UsageError for what is no Keras model; UnsupportedModelError for a subclassed model, and for a Sequential one
    without an input shape.
    """
    if not isinstance(model, keras.Model):
        raise UsageError(
            f"expected a Keras model, got a {type(model).__name__}; ml_genn_tf.load_model(path) reads one from a file"
        )
    walker = _Walker()
    outputs = walker.model(model, "", None)
    inputs = tuple(call.name for call in walker.calls if call.class_name == "InputLayer")
    order = walker.input_order or inputs
    return KerasGraph(tuple(walker.calls), tuple(order), tuple(outputs))


@final
class _Walker:
    """Collects calls; `shapes` knows the shape of each value by name."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.shapes: dict[str, Shape | None] = {}
        self.input_order: tuple[str, ...] = ()

    def model(self, model: Any, prefix: str, sources: Sequence[str] | None) -> list[str]:
        """Adds the calls of a model that reads `sources` (None: the outermost one); returns its output
        values."""
        config = model.get_config()
        if "layers" not in config:
            raise _refusal(
                model,
                "is a subclassed model, whose computation is Python code and no graph of layers",
                "rebuild it as a Sequential or Functional model and copy the weights",
            )
        layers = {layer.name: layer for layer in model.layers}
        if "output_layers" in config:
            return self._functional(config, layers, prefix, sources)
        return self._sequential(model, config, layers, prefix, sources)

    def _sequential(
        self, model: Any, config: Config, layers: Config, prefix: str, sources: Sequence[str] | None
    ) -> list[str]:
        entries = list(config["layers"])
        if sources is None and (not entries or entries[0]["class_name"] != "InputLayer"):
            raise _refusal(
                model, "has no input shape yet", "begin it with keras.Input(shape) or call model.build(shape)"
            )
        value = sources[0] if sources else ""
        for entry in entries:
            if entry["class_name"] == "InputLayer" and sources is not None:
                continue
            name = entry["config"]["name"]
            reads = [value] if entry["class_name"] != "InputLayer" else []
            value = self._call(entry, layers.get(name), prefix + name, reads)[0]
        return [value]

    def _functional(self, config: Config, layers: Config, prefix: str, sources: Sequence[str] | None) -> list[str]:
        results: dict[tuple[str, int], list[str]] = {}

        def values(references: Iterable[Reference]) -> list[str]:
            found = [(results[name, at], tensor) for name, at, tensor in references]
            return [names[tensor] if len(names) > 1 else names[0] for names, tensor in found]

        if sources is not None:
            for (name, at, _), source in zip(_references(config["input_layers"]), sources, strict=True):
                results[name, at] = [source]
        pending = [use for use in _uses(config, layers) if use.key not in results]
        while pending:
            ready = [use for use in pending if all((name, at) in results for name, at, _ in _references(use.node))]
            if not ready:
                raise ValueError(f"layers {[use.key[0] for use in pending]} read values that nothing computes")
            for use in ready:
                results[use.key] = self._call(use.entry, use.layer, prefix + use.name, values(_references(use.node)))
            pending = [use for use in pending if use.key not in results]
        if sources is None:
            self.input_order = tuple(values(_references(config["input_layers"])))
        outputs = _references(config["output_layers"])
        return values((name, at - _counts_itself(layers.get(name)), tensor) for name, at, tensor in outputs)

    def _call(self, entry: Config, layer: Any, wanted: str, reads: Sequence[str]) -> list[str]:
        """Adds one call (a nested model: all of its calls); returns the names of its results."""
        if layer is not None and isinstance(layer, keras.Model):
            return self.model(layer, f"{wanted}/", reads)
        name = fresh_name(wanted, self.shapes)
        shapes = [self.shapes[value] for value in reads]
        config = entry["config"]
        if entry["class_name"] == "InputLayer":
            shape: Shape | None = tuple((config.get("batch_shape") or config["batch_input_shape"])[1:])
        else:
            shape = _output_shape(layer, shapes)
        self.shapes[name] = shape
        self.calls.append(
            Call(
                name=name,
                class_name=entry["class_name"],
                layer=layer,
                config=config,
                inputs=tuple(reads),
                input_shapes=tuple(shapes),
                shape=shape,
            )
        )
        return [name]


@final
@dataclass(frozen=True, eq=False)
class _Use:
    """One use of a layer in a Functional configuration, under the key by which others refer to it."""

    key: tuple[str, int]
    name: str
    entry: Config
    layer: Any
    node: Any


def _uses(config: Config, layers: Config) -> Iterator[_Use]:
    """Every use of every layer."""
    for entry in config["layers"]:
        name = entry["name"]
        for at, node in enumerate(entry["inbound_nodes"] or [[]]):
            yield _Use((name, at), f"{name}#{at + 1}" if at else name, entry, layers.get(name), node)


def _counts_itself(layer: Any) -> int:
    """1 for a nested Functional model: a list of outputs counts its making as use 0, and nothing else does."""
    return int(isinstance(layer, keras.Model) and not isinstance(layer, keras.Sequential))


def _refusal(model: Any, reason: str, remedy: str) -> UnsupportedModelError:
    problem = Problem(model.name, type(model).__name__, reason, remedy)
    return UnsupportedModelError(str(problem), [problem])


def _output_shape(layer: Any, shapes: Sequence[Shape | None]) -> Shape | None:
    """Shape that Keras gives for the result (the first of several), or None where it cannot tell."""
    batched = [(None, *shape) for shape in shapes if shape is not None]
    if len(batched) < len(shapes):
        return None
    try:
        result = layer.compute_output_shape(batched[0] if len(batched) == 1 else batched)
    except (ValueError, TypeError, NotImplementedError, AttributeError):
        return None
    if isinstance(result, dict) or not result:
        return None
    first = result[0] if isinstance(result[0], list | tuple) else result
    return tuple(first[1:])


def _references(structure: Any) -> Iterator[Reference]:
    """Every tensor named in a piece of configuration, of Keras 3 or older, in order."""
    if isinstance(structure, Mapping):
        if structure.get("class_name") == "__keras_tensor__":
            name, call, tensor = structure["config"]["keras_history"]
            yield name, call, tensor
            return
        for key in sorted(structure) if "args" not in structure else ("args", "kwargs"):
            yield from _references(structure[key])
    elif isinstance(structure, Sequence) and not isinstance(structure, str):
        if len(structure) >= 3 and isinstance(structure[0], str) and isinstance(structure[1], int):
            yield structure[0], structure[1], structure[2]
            return
        for part in structure:
            yield from _references(part)
