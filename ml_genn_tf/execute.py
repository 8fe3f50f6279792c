"""Runs a layer graph with numpy, batch first: the judge of every pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import singledispatch
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ml_genn.errors import DataError, ShapeError

from . import ir
from .curves import evaluate_curve
from .ir import Array, Graph, Node

Activation = Callable[[Array], Array]
"""Replaces what a node does to its value: at an Input applied to the data, at a Relu instead of max(x, 0)."""

Number = TypeVar("Number", bound=np.number)

CHUNK_BYTES = 64 * 2**20
"""Bound of the largest array that one operation makes; examples are cut into chunks to hold it."""


def run(
    graph: Graph,
    inputs: ArrayLike | Mapping[str, ArrayLike],
    *,
    dtype: DTypeLike = np.float32,
    keep: Iterable[str] = (),
    activations: Mapping[str, Activation] | None = None,
) -> dict[str, Array]:
    """Values of the graph's outputs and of the nodes named in `keep`, each (examples, *shape).

    Parameters: `inputs` one array (examples, *shape) or a mapping of input name to array; `dtype` of all
    arithmetic; `activations` by the name of an Input or Relu node.

    Raises ShapeError when inputs are missing or have another shape.
    """
    arrays = by_name(graph.inputs, {name: graph[name].shape for name in graph.inputs}, inputs, dtype)
    wanted = tuple(dict.fromkeys((*graph.outputs, *keep)))
    replaced = activations or {}
    chunk = max(1, CHUNK_BYTES // (max(map(elements_per_example, graph.nodes)) * np.dtype(dtype).itemsize))
    examples = len(next(iter(arrays.values())))
    parts = [
        _run_chunk(graph, {name: array[at : at + chunk] for name, array in arrays.items()}, wanted, replaced)
        for at in range(0, max(examples, 1), chunk)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in wanted}


def _run_chunk(
    graph: Graph, inputs: Mapping[str, Array], wanted: Sequence[str], activations: Mapping[str, Activation]
) -> dict[str, Array]:
    last_use = {name: at for at, node in enumerate(graph.nodes) for name in node.inputs}
    values = dict(inputs)
    for at, node in enumerate(graph.nodes):
        arguments = [values[name] for name in node.inputs] or [values[node.name]]
        replacement = activations.get(node.name)
        values[node.name] = replacement(arguments[0]) if replacement else evaluate(node, arguments)
        for name in node.inputs:
            if last_use[name] == at and name not in wanted:
                values.pop(name, None)
    return {name: values[name] for name in wanted}


def real_array(values: object, name: str) -> Array:
    """The values of input `name` as an array of their own type.

    Raises DataError where they are no real numbers, or make no array.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise DataError(f"the values of input {name} make no array: {error}") from error
    if array.dtype.kind not in "biuf":
        raise DataError(
            f"input {name} must hold real numbers, got a {type(values).__name__} of dtype {array.dtype}; "
            "convert it with astype(np.float32)"
        )
    return array


def by_name(
    names: Sequence[str],
    shapes: Mapping[str, ir.Shape],
    inputs: ArrayLike | Mapping[str, ArrayLike],
    dtype: DTypeLike,
) -> dict[str, Array]:
    """The input arrays as `dtype`, by input name, checked; a single array is allowed where there is one
    input.

    Raises ShapeError naming the input, the expected and the given shape; DataError where there are no real numbers.
    """
    if not isinstance(inputs, Mapping):
        if len(names) != 1:
            raise ShapeError(f"the model has inputs {', '.join(names)}: give a mapping with one array for each")
        inputs = {names[0]: inputs}
    missing = [name for name in names if name not in inputs]
    if missing:
        raise ShapeError(f"no data for the inputs {', '.join(missing)}; given: {', '.join(inputs) or 'none'}")
    with np.errstate(over="ignore"):  # what is too large for `dtype` becomes infinite
        arrays = {name: real_array(inputs[name], name).astype(dtype, copy=False) for name in names}
    for name, array in arrays.items():
        if array.shape[1:] != tuple(shapes[name]) or array.ndim == 0:
            expected = ", ".join(map(str, ("examples", *shapes[name])))
            raise ShapeError(f"input {name} needs shape ({expected}), got {array.shape}")
    if len({len(array) for array in arrays.values()}) > 1:
        lengths = ", ".join(f"{name} {len(array)}" for name, array in arrays.items())
        raise ShapeError(f"inputs have different numbers of examples: {lengths}")
    return arrays


@singledispatch
def elements_per_example(node: Node) -> int:
    """Elements of the largest array that the operation needs for one example."""
    return ir.size(node.shape)


@elements_per_example.register
def _(node: ir.Convolution) -> int:
    patches = ir.size(node.shape[:2]) * ir.size(node.kernel.shape[:3]) * node.groups
    return max(ir.size(node.shape), patches)


@singledispatch
def evaluate(node: Node, inputs: Sequence[Array]) -> Array:
    """Value of one node for a batch; arithmetic in the inputs' dtype."""
    raise NotImplementedError(f"{node.name}: {type(node).__name__} cannot be executed")


@evaluate.register(ir.Input)
@evaluate.register(ir.Identity)
def _(node: Node, inputs: Sequence[Array]) -> Array:
    return inputs[0]


@evaluate.register
def _(node: ir.Dense, inputs: Sequence[Array]) -> Array:
    dtype = inputs[0].dtype
    return inputs[0] @ node.weight.astype(dtype) + node.bias.astype(dtype)


@evaluate.register
def _(node: ir.Convolution, inputs: Sequence[Array]) -> Array:
    value = inputs[0]
    received = patches(node, value)
    kernel = node.kernel.astype(value.dtype).reshape(received.shape[2], node.groups, -1)
    blocks = received @ np.moveaxis(kernel, 1, 0)
    return np.asarray(np.moveaxis(blocks, 0, 1).reshape(len(value), *node.shape) + node.bias.astype(value.dtype))


def patches(node: ir.Convolution, value: Array) -> Array:
    """What each position of a convolution receives: (groups, examples x positions, cells of the kernel x channels)."""
    image = pad(value, node.padding, 0.0)
    rows, cols = node.shape[:2]
    cells, channels = ir.size(node.window), int(node.kernel.shape[2])
    received = np.empty((node.groups, len(image), rows, cols, cells, channels), image.dtype)
    places = cells_of_windows(image, node.window, node.strides, (rows, cols), node.dilation)
    for at, (_, _, values) in enumerate(places):
        received[:, :, :, :, at] = np.moveaxis(values.reshape(*values.shape[:3], node.groups, channels), 3, 0)
    return received.reshape(node.groups, -1, cells * channels)


@evaluate.register
def _(node: ir.ConvolutionTranspose, inputs: Sequence[Array]) -> Array:
    image = inputs[0]
    kernel = node.kernel.astype(image.dtype)
    (top, bottom), (left, right) = node.padding
    rows, cols, filters = node.shape
    value = np.zeros((len(image), rows + top + bottom, cols + left + right, filters), image.dtype)
    for u, v, cells in cells_of_windows(value, node.window, node.strides, image.shape[1:3]):
        cells += image @ kernel[u, v].T
    return value[:, top : top + rows, left : left + cols] + node.bias.astype(image.dtype)


@evaluate.register
def _(node: ir.AveragePool, inputs: Sequence[Array]) -> Array:
    image = pad(inputs[0], node.padding, 0.0)
    inside = pad(np.ones((1, *inputs[0].shape[1:3], 1), image.dtype), node.padding, 0.0)
    rows, cols = node.shape[:2]
    total = sum(cells for _, _, cells in cells_of_windows(image, node.pool, node.strides, (rows, cols)))
    count = sum(cells for _, _, cells in cells_of_windows(inside, node.pool, node.strides, (rows, cols)))
    return np.asarray(total / count)


@evaluate.register
def _(node: ir.MaxPool, inputs: Sequence[Array]) -> Array:
    image = pad(inputs[0], node.padding, -np.inf)
    rows, cols = node.shape[:2]
    largest: Array | None = None
    for _, _, cells in cells_of_windows(image, node.pool, node.strides, (rows, cols)):
        largest = cells.copy() if largest is None else np.maximum(largest, cells, out=largest)
    return np.asarray(largest)


@evaluate.register
def _(node: ir.Scale, inputs: Sequence[Array]) -> Array:
    dtype = inputs[0].dtype
    return inputs[0] * node.scale.astype(dtype) + node.shift.astype(dtype)


@evaluate.register
def _(node: ir.ZeroPad, inputs: Sequence[Array]) -> Array:
    return pad(inputs[0], node.padding, 0.0)


@evaluate.register
def _(node: ir.Reshape, inputs: Sequence[Array]) -> Array:
    return inputs[0].reshape(len(inputs[0]), *node.shape)


@evaluate.register
def _(node: ir.Gather, inputs: Sequence[Array]) -> Array:
    flat = inputs[0].reshape(len(inputs[0]), -1)
    return np.where(node.index >= 0, flat[:, np.maximum(node.index, 0)], flat.dtype.type(0))


@evaluate.register
def _(node: ir.Add, inputs: Sequence[Array]) -> Array:
    return np.asarray(sum(inputs[1:], start=inputs[0]))


@evaluate.register
def _(node: ir.Relu, inputs: Sequence[Array]) -> Array:
    return relu(inputs[0], node.ceiling)


def relu(value: Array, ceiling: float | None) -> Array:
    """max(x, 0), bounded by the ceiling where there is one."""
    return np.maximum(value, 0) if ceiling is None else np.clip(value, 0, value.dtype.type(ceiling))


@evaluate.register
def _(node: ir.Curve, inputs: Sequence[Array]) -> Array:
    return evaluate_curve(node.function, node.alpha, inputs[0])


@evaluate.register
def _(node: ir.Softmax, inputs: Sequence[Array]) -> Array:
    return softmax(inputs[0])


def softmax(logits: Array) -> Array:
    """exp(x) / sum exp(x) over the last axis, shifted by the maximum so that nothing overflows."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def pad(image: NDArray[Number], padding: ir.Padding, value: float) -> NDArray[Number]:
    """A batch of images (examples, rows, columns, channels) with `value` around them."""
    if padding == ir.NO_PADDING:
        return image
    return np.pad(image, ((0, 0), *padding, (0, 0)), constant_values=value)


def cells_of_windows(
    image: NDArray[Number], window: ir.Pair, strides: ir.Pair, count: ir.Pair, dilation: ir.Pair = (1, 1)
) -> Iterable[tuple[int, int, NDArray[Number]]]:
    """For each cell (u, v) of a window: u, v and a view of the image's values there for all windows, (examples, rows,
    cols, c)."""
    for u in range(window[0]):
        for v in range(window[1]):
            first = (u * dilation[0], v * dilation[1])
            rows = slice(first[0], first[0] + (count[0] - 1) * strides[0] + 1, strides[0])
            cols = slice(first[1], first[1] + (count[1] - 1) * strides[1] + 1, strides[1])
            yield u, v, image[:, rows, cols]
