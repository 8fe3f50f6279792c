"""Small layer graphs, written by hand and without Keras, for the tests of passes and stages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml_genn_tf import ir


class Builder:
    """Adds nodes one after the other; each reads the last one unless told otherwise. Weights are random."""

    def __init__(self, shape: tuple[int, ...], seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.nodes: list[ir.Node] = [ir.Input(name="x", layer="x", shape=shape)]

    def graph(self, *outputs: str) -> ir.Graph:
        return ir.Graph.build(self.nodes, ["x"], outputs or [self.nodes[-1].name])

    def add(self, node_class: type[ir.Node], name: str, reads: Sequence[str] = (), **fields: object) -> Builder:
        inputs = tuple(reads) or (self.nodes[-1].name,)
        self.nodes.append(node_class(name=name, layer=name, inputs=inputs, **fields))
        return self

    def convolution(
        self, name: str, shape: tuple[int, int, int, int], reads: Sequence[str] = (), **fields: object
    ) -> Builder:
        kernel, bias = self.random.normal(size=shape), self.random.normal(size=shape[-1])
        return self.add(ir.Convolution, name, reads, kernel=kernel, bias=bias, **fields)

    def dense(self, name: str, shape: tuple[int, int], reads: Sequence[str] = ()) -> Builder:
        weight, bias = self.random.normal(size=shape), self.random.normal(size=shape[1])
        return self.add(ir.Dense, name, reads, weight=weight, bias=bias)

    def scale(self, name: str, channels: int, reads: Sequence[str] = (), positive: bool = False) -> Builder:
        factor = self.random.uniform(0.5, 2.0, channels) if positive else self.random.normal(size=channels)
        return self.add(ir.Scale, name, reads, scale=factor, shift=self.random.normal(size=channels))

    def relu(self, name: str, reads: Sequence[str] = ()) -> Builder:
        return self.add(ir.Relu, name, reads)

    def max_pool(self, name: str, size: int = 2, stride: int = 2, padding: ir.Padding = ir.NO_PADDING) -> Builder:
        return self.add(ir.MaxPool, name, pool=(size, size), strides=(stride, stride), padding=padding)

    def average_pool(self, name: str, size: int = 2, stride: int = 2, padding: ir.Padding = ir.NO_PADDING) -> Builder:
        return self.add(ir.AveragePool, name, pool=(size, size), strides=(stride, stride), padding=padding)

    def zero_pad(self, name: str, cells: int = 1) -> Builder:
        return self.add(ir.ZeroPad, name, padding=((cells, cells), (cells, cells)))

    def reshape(self, name: str, shape: tuple[int, ...]) -> Builder:
        return self.add(ir.Reshape, name, shape=shape)
