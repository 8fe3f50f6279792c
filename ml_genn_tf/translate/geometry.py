"""Strides, windows and padding as Keras writes them, made explicit; sequences as images of one column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from .. import ir
from ..ir import NO_PADDING, Node, Padding, Pair, Shape, numbers, same_padding
from ..keras_graph import Call
from .registry import inner, require


def pair(value: Any) -> Pair:
    """2 or (2, 2) -> (2, 2)."""
    rows, cols = value if isinstance(value, Sequence) else (value, value)
    return int(rows), int(cols)


@final
@dataclass(frozen=True)
class Image:
    """The argument of a layer over images or sequences, seen as an image (rows, columns, channels).

    A sequence (steps, channels) is an image of one column. `before` and `after` are the operations that bring the
    argument into this form and the result back; there are none for images with their channels last.
    """

    shape: Shape
    axes: int
    channels_first: bool

    @property
    def before(self) -> list[Node]:
        """From the layer's own form to the image."""
        if self.channels_first:
            channels, *positions = self._own(self.shape)
            index = np.moveaxis(numbers((channels, *positions)), 0, -1).reshape(self.shape)
            return [ir.Gather(name="image", layer="", index=index, source=(channels, *positions))]
        return [] if self.axes == 2 else [ir.Reshape(name="image", layer="", shape=self.shape)]

    def after(self, shape: Shape) -> list[Node]:
        """From a resulting image of this shape to the layer's own form."""
        if self.channels_first:
            index = np.moveaxis(numbers(shape), -1, 0).reshape(self._own(shape))
            return [ir.Gather(name="back", layer="", index=index, source=shape)]
        return [] if self.axes == 2 else [ir.Reshape(name="back", layer="", shape=self._own(shape))]

    def pair(self, value: Any) -> Pair:
        """A window or stride of the layer as rows and columns; a sequence has one column."""
        if self.axes == 2:
            return pair(value)
        return int(value[0] if isinstance(value, Sequence) else value), 1

    def sides(self, value: Any) -> Padding:
        """Cells before and after each axis, as padding and cropping layers write them."""
        return (pair(value[0]), pair(value[1])) if self.axes == 2 else (pair(value), (0, 0))

    def _own(self, shape: Shape) -> Shape:
        positions = shape[: self.axes]
        return (shape[2], *positions) if self.channels_first else (*positions, shape[2])


def image_of(call: Call) -> Image:
    """The only argument of the call as an image; it has two axes (a sequence) or three."""
    shape = call.input_shapes[0]
    first = call.config.get("data_format") == "channels_first"
    channels, positions = (shape[0], shape[1:]) if first else (shape[-1], shape[:-1])
    column = (1,) if len(positions) == 1 else ()
    return Image((*positions, *column, channels), len(positions), first)


def image_padding(call: Call, image: Shape, window: Pair, strides: Pair) -> Padding:
    """The cells that "same" or "valid" adds around the image, and "causal" before a sequence."""
    require(call.config, "padding", ("same", "valid", "causal"), 'use padding="same" or "valid"')
    if call.config["padding"] == "same":
        return same_padding(image, window, strides)
    return NO_PADDING if call.config["padding"] == "valid" else ((window[0] - 1, 0), (0, 0))


def on_image(call: Call, image: Image, nodes: Sequence[Node]) -> list[Node]:
    """The operations on the image between the two rearrangements, linked into a chain that ends under the call's name.

    `nodes` carry their roles as names.
    """
    shape = image.shape
    for node in nodes:
        shape = node.output_shape([shape])
    return chain(call, [*image.before, *nodes, *image.after(shape)])


def chain(call: Call, nodes: Sequence[Node]) -> list[Node]:
    """The nodes one behind the other, the first reading the call's argument, the last one under the call's name."""
    linked: list[Node] = []
    for at, node in enumerate(nodes):
        name = call.name if at == len(nodes) - 1 else inner(call, node.name)
        reads = (linked[-1].name,) if linked else call.inputs[:1]
        linked.append(replace(node, name=name, layer=call.name, inputs=reads))
    return linked
