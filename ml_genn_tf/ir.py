"""The layer graph: what a Keras model computes, in a dozen small operations.

`translate` writes it, `passes` rewrite it, `execute` runs it. Three rules hold everywhere:

* Shapes leave out the batch axis; images are (height, width, channels).
* Weights are float64 copies of the trained ones, so that passes lose nothing; rounding happens once, in the
  engine.
* A name stands for one value. A pass may drop names and add new ones, but a node that keeps its name keeps
  its value; this is what lets the gates find the first layer that differs.

The last node that a Keras layer was translated into carries the layer's own name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Weights = NDArray[np.float64]
Shape = tuple[int, ...]
Pair = tuple[int, int]
Padding = tuple[Pair, Pair]

NO_PADDING: Padding = ((0, 0), (0, 0))


@dataclass(frozen=True, eq=False, kw_only=True)
class Node(ABC):
    """One operation: `name` of its value, the Keras `layer` it came from, the names of its `inputs`, its
    `shape`."""

    name: str
    layer: str
    inputs: tuple[str, ...] = ()
    shape: Shape = ()

    linear: ClassVar[bool] = True
    """Whether the operation is affine in its inputs (a linear map plus a constant)."""

    @abstractmethod
    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Shape of the value, given the shapes of the inputs."""


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Input(Node):
    """Data enters here; `shape` is given."""

    linear: ClassVar[bool] = False

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        return self.shape


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Dense(Node):
    """y = x W + b; x (inputs,), weight (inputs, units), bias (units,)."""

    weight: Weights
    bias: Weights

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        expected = (self.weight.shape[0],)
        if tuple(inputs[0]) != expected:
            raise ValueError(f"{self.name}: Dense with {expected[0]} inputs got shape {inputs[0]}")
        return (int(self.weight.shape[1]),)


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Convolution(Node):
    """y[i, j, o] = b[o] + sum_uvc kernel[u, v, c, o] x[i sy + u dy - top, j sx + v dx - left, first(o) + c].

    x is 0 outside; dy and dx are the `dilation`. With G `groups` the channels and the filters are cut into G blocks of
    equal size, and filters read the channels of their own block: first(o) is where that block begins. The kernel has
    shape (rows, columns, channels / G, filters).
    """

    kernel: Weights
    bias: Weights
    strides: Pair = (1, 1)
    padding: Padding = NO_PADDING
    dilation: Pair = (1, 1)
    groups: int = 1

    @property
    def window(self) -> Pair:
        """Rows and columns of the kernel."""
        return int(self.kernel.shape[0]), int(self.kernel.shape[1])

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        if len(inputs[0]) != 3 or inputs[0][2] != self.kernel.shape[2] * self.groups:
            raise ValueError(f"{self.name}: kernel {self.kernel.shape} does not fit an image of shape {inputs[0]}")
        rows, cols = windows(inputs[0], dilated(self.window, self.dilation), self.strides, self.padding)
        return (rows, cols, int(self.kernel.shape[3]))


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class ConvolutionTranspose(Node):
    """y[p, q, o] = b[o] + sum_ijc kernel[p + top - i sy, q + left - j sx, o, c] x[i, j, c], where the kernel has cells.

    The kernel has shape (rows, columns, filters, channels). `shape`, which is given, is that of the image y whose
    convolution with these strides and this `padding` has the shape of x.
    """

    kernel: Weights
    bias: Weights
    strides: Pair
    padding: Padding

    @property
    def window(self) -> Pair:
        """Rows and columns of the kernel."""
        return int(self.kernel.shape[0]), int(self.kernel.shape[1])

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        filters, channels = self.kernel.shape[2:]
        if len(inputs[0]) != 3 or inputs[0][2] != channels or self.shape[2] != filters:
            raise ValueError(f"{self.name}: kernel {self.kernel.shape} does not fit an image of shape {inputs[0]}")
        return self.shape


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class AveragePool(Node):
    """Mean of the cells of each window that lie inside the image: padded cells count neither in the sum nor
    the divisor."""

    pool: Pair
    strides: Pair
    padding: Padding = NO_PADDING

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        return (*windows(inputs[0], self.pool, self.strides, self.padding), inputs[0][2])


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class MaxPool(Node):
    """Largest cell of each window, per channel; padded cells never win."""

    pool: Pair
    strides: Pair
    padding: Padding = NO_PADDING
    linear: ClassVar[bool] = False

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        return (*windows(inputs[0], self.pool, self.strides, self.padding), inputs[0][2])


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Scale(Node):
    """y = scale * x + shift, element by element; both broadcast against x (per channel: shape
    (channels,))."""

    scale: Weights
    shift: Weights

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        if np.broadcast_shapes(inputs[0], self.scale.shape, self.shift.shape) != tuple(inputs[0]):
            raise ValueError(f"{self.name}: scale {self.scale.shape} does not fit shape {inputs[0]}")
        return inputs[0]


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class ZeroPad(Node):
    """The image with rows and columns of zeros around it."""

    padding: Padding

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        (top, bottom), (left, right) = self.padding
        return (inputs[0][0] + top + bottom, inputs[0][1] + left + right, inputs[0][2])


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Reshape(Node):
    """The same values in C order under another `shape`, which is given."""

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        if size(inputs[0]) != size(self.shape):
            raise ValueError(f"{self.name}: cannot reshape {inputs[0]} to {self.shape}")
        return self.shape


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Gather(Node):
    """y[i] = x[index[i]], and 0 where index[i] is -1: values move, are repeated or left out.

    `index` has the shape of y and numbers the values of x, of shape `source`, in C order. Permutations, cropping,
    nearest-neighbour upsampling and the places of branches in a concatenation are all of this kind.
    """

    index: NDArray[np.int64]
    source: Shape

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        if size(inputs[0]) != size(self.source):
            raise ValueError(f"{self.name}: gathers from shape {self.source}, got {inputs[0]}")
        return tuple(self.index.shape)


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Identity(Node):
    """y = x; what a training-only layer (dropout, noise, augmentation) does at inference."""

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        return inputs[0]


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Add(Node):
    """Sum of all inputs, which have one shape."""

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        if any(shape != inputs[0] for shape in inputs):
            raise ValueError(f"{self.name}: cannot add shapes {', '.join(map(str, inputs))}")
        return inputs[0]


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Relu(Node):
    """y = max(x, 0), or min(max(x, 0), ceiling) with a `ceiling`."""

    ceiling: float | None = None
    linear: ClassVar[bool] = False

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        return inputs[0]


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Curve(Node):
    """y = f(x), element by element, for a `function` named in `curves`, with its parameter `alpha`."""

    function: str
    alpha: float = 1.0
    linear: ClassVar[bool] = False

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        return inputs[0]


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Softmax(Node):
    """y = exp(x) / sum exp(x) over the last axis; legal at an output only, where the network is read as
    logits."""

    linear: ClassVar[bool] = False

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        return inputs[0]


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Unsupported(Node):
    """Place of a layer that was refused, so that the rest of the model can still be checked; never
    executed."""

    linear: ClassVar[bool] = False

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        return self.shape


@final
@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes in topological order, the names of the inputs and of the outputs. Made by `Graph.build`."""

    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    index: Mapping[str, Node] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", {node.name: node for node in self.nodes})

    @classmethod
    def build(cls, nodes: Iterable[Node], inputs: Sequence[str], outputs: Sequence[str]) -> Graph:
        """Checks names and edges and fills in every shape.

        Raises ValueError (a fault of a translator or a pass) for a name used twice, an edge from a later or
        unknown node, or shapes that do not fit.
        """
        shapes: dict[str, Shape] = {}
        shaped = []
        for node in nodes:
            missing = [name for name in node.inputs if name not in shapes]
            if missing or node.name in shapes:
                raise ValueError(f"{node.name}: " + (f"unknown inputs {missing}" if missing else "name used twice"))
            shapes[node.name] = tuple(node.output_shape([shapes[name] for name in node.inputs]))
            shaped.append(replace(node, shape=shapes[node.name]))
        unknown = [name for name in (*inputs, *outputs) if name not in shapes]
        if unknown:
            raise ValueError(f"graph inputs or outputs are no nodes: {unknown}")
        return cls(tuple(shaped), tuple(inputs), tuple(outputs))

    def __getitem__(self, name: str) -> Node:
        return self.index[name]

    def consumers(self, name: str) -> tuple[Node, ...]:
        """Nodes that read the value, in order; a graph output is not a consumer."""
        return tuple(node for node in self.nodes if name in node.inputs)

    def only_consumer(self, name: str) -> Node | None:
        """The one node that reads the value, or None if there are several, none, or it is also an output."""
        consumers = self.consumers(name)
        return consumers[0] if len(consumers) == 1 and name not in self.outputs else None

    def fresh_name(self, wanted: str) -> str:
        """`wanted`, or with a number appended if that name is taken."""
        return fresh_name(wanted, self.index)


def fresh_name(wanted: str, taken: Iterable[str]) -> str:
    """`wanted`, or `wanted_1`, `wanted_2` ... , the first that is not taken."""
    names, name, count = set(taken), wanted, 0
    while name in names:
        count += 1
        name = f"{wanted}_{count}"
    return name


def size(shape: Shape) -> int:
    """Number of elements of an array of this shape."""
    return int(np.prod(shape, dtype=np.int64))


def numbers(shape: Shape) -> NDArray[np.int64]:
    """The value of this shape whose entries are their own numbers in C order."""
    return np.arange(size(shape), dtype=np.int64).reshape(shape)


def windows(image: Shape, window: Sequence[int], strides: Pair, padding: Padding) -> Pair:
    """Rows and columns of windows that fit into the padded image: floor((n + before + after - k) / s) + 1."""
    if len(image) != 3:
        raise ValueError(f"expected an image (height, width, channels), got shape {image}")
    counts = [(image[axis] + sum(padding[axis]) - int(window[axis])) // strides[axis] + 1 for axis in range(2)]
    if min(counts) < 1:
        raise ValueError(f"a window of {tuple(window)} does not fit into an image of shape {image}")
    return counts[0], counts[1]


def dilated(window: Pair, dilation: Pair) -> Pair:
    """Rows and columns that a window covers when its cells stand `dilation` apart."""
    return (window[0] - 1) * dilation[0] + 1, (window[1] - 1) * dilation[1] + 1


def same_padding(image: Shape, window: Sequence[int], strides: Pair) -> Padding:
    """Keras' "same": ceil(n / s) windows, the odd cell of padding at the bottom and right."""

    def one_axis(length: int, cells: int, stride: int) -> Pair:
        total = max((-(-length // stride) - 1) * stride + cells - length, 0)
        return total // 2, total - total // 2

    return one_axis(image[0], int(window[0]), strides[0]), one_axis(image[1], int(window[1]), strides[1])
