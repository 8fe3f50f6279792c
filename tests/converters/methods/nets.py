"""Small layer graphs with random weights that together hold every kind of path and stage; no Keras needed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ml_genn_tf import ir
from ml_genn_tf.ir import Graph, Node
from ml_genn_tf.passes import normalising_passes
from ml_genn_tf.passes.populations import find_populations
from ml_genn_tf.stages import StageGraph

Weights = NDArray[np.float64]


class Builder:
    """Writes a chain of nodes; every method returns the name of the node it added."""

    def __init__(self, seed: int = 0, *, dyadic: bool = False) -> None:
        """`dyadic`: weights and biases are multiples of 1/64, so that sums of products are exact in float32."""
        self.random = np.random.default_rng(seed)
        self.dyadic = dyadic
        self.nodes: list[Node] = []

    def weights(self, *shape: int) -> Weights:
        return self._on_grid(self.random.normal(scale=1.5 / np.sqrt(np.prod(shape[:-1])), size=shape))

    def bias(self, units: int) -> Weights:
        return self._on_grid(self.random.normal(scale=0.4, size=units))

    def _on_grid(self, values: Weights) -> Weights:
        return np.round(values * 64) / 64 if self.dyadic else values

    def add(self, node: Callable[..., Node], *inputs: str, **fields: object) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append(node(name=name, layer=name, inputs=inputs, **fields))
        return name

    def input(self, *shape: int) -> str:
        return self.add(ir.Input, shape=shape)

    def dense(self, source: str, inputs: int, units: int) -> str:
        return self.add(ir.Dense, source, weight=self.weights(inputs, units), bias=self.bias(units))

    def convolution(self, source: str, kernel: tuple[int, ...], **fields: object) -> str:
        weight, bias = self.weights(*kernel), self.bias(kernel[3])
        return self.add(ir.Convolution, source, kernel=weight, bias=bias, **fields)

    def relu(self, source: str) -> str:
        return self.add(ir.Relu, source)

    def flat(self, source: str, length: int) -> str:
        return self.add(ir.Reshape, source, shape=(length,))

    def graph(self, *outputs: str) -> Graph:
        names = [node.name for node in self.nodes if isinstance(node, ir.Input)]
        graph = Graph.build(self.nodes, names, outputs)
        for rewrite in normalising_passes().values():
            graph = rewrite(graph)
        return graph

    def stages(self, *outputs: str) -> StageGraph:
        return find_populations(self.graph(*outputs))


def mlp(seed: int = 0, *, dyadic: bool = False) -> StageGraph:
    """6 -> 9 relu -> 7 relu -> 4 logits."""
    b = Builder(seed, dyadic=dyadic)
    x = b.relu(b.dense(b.input(6), 6, 9))
    x = b.relu(b.dense(x, 9, 7))
    return b.stages(b.dense(x, 7, 4))


def cnn(seed: int = 0, *, dyadic: bool = False) -> StageGraph:
    """Padded and strided convolutions, overlapping max-pooling, average pooling into a convolution and into Dense."""
    b = Builder(seed, dyadic=dyadic)
    x = b.relu(b.convolution(b.input(7, 6, 2), (3, 3, 2, 4), padding=((1, 1), (1, 1))))
    x = b.add(ir.MaxPool, x, pool=(3, 2), strides=(2, 2), padding=((1, 1), (0, 0)))
    x = b.relu(b.convolution(x, (2, 2, 4, 4), padding=((0, 1), (1, 0))))
    x = b.add(ir.AveragePool, x, pool=(2, 1), strides=(2, 1))
    x = b.relu(b.convolution(x, (2, 3, 4, 3), padding=((0, 1), (1, 1)), strides=(1, 1)))
    x = b.add(ir.AveragePool, x, pool=(2, 1), strides=(2, 1))
    return b.stages(b.dense(b.flat(x, 9), 9, 5))


def residual(seed: int = 0, *, dyadic: bool = False) -> StageGraph:
    """Two branches of unequal scale that meet in an Add, one an identity; a scale left over from normalisation."""
    b = Builder(seed, dyadic=dyadic)
    x = b.relu(b.convolution(b.input(5, 5, 2), (3, 3, 2, 3), padding=((1, 1), (1, 1))))
    branch = b.relu(b.convolution(x, (3, 3, 3, 3), padding=((1, 1), (1, 1))))
    branch = b.convolution(branch, (3, 3, 3, 3), padding=((1, 1), (1, 1)))
    x = b.relu(b.add(ir.Add, x, branch))
    scaled = b.add(ir.Scale, x, scale=np.array([0.5, 2.0, 1.0]), shift=np.array([0.25, 0.0, -0.5]))
    x = b.relu(b.add(ir.Add, scaled, b.convolution(x, (1, 1, 3, 3))))
    return b.stages(b.dense(b.flat(x, 75), 75, 4))


def pooling(seed: int = 0, *, dyadic: bool = False) -> StageGraph:
    """Branches of pooling and convolution that meet; average pooling with gaps; two linear layers in a row."""
    b = Builder(seed, dyadic=dyadic)
    image = b.relu(b.convolution(b.input(9, 8, 1), (1, 1, 1, 2)))
    x = b.add(ir.MaxPool, image, pool=(2, 2), strides=(1, 1))
    x = b.relu(b.add(ir.Add, x, b.convolution(image, (2, 2, 2, 2))))
    x = b.add(ir.MaxPool, b.relu(b.add(ir.Add, x, x)), pool=(2, 1), strides=(2, 1))
    x = b.add(ir.AveragePool, x, pool=(1, 2), strides=(1, 3))
    x = b.relu(b.convolution(b.convolution(x, (2, 1, 2, 3)), (2, 2, 3, 4)))
    return b.stages(b.dense(b.flat(x, 8), 8, 3))


NETS: dict[str, Callable[..., StageGraph]] = {"mlp": mlp, "cnn": cnn, "residual": residual, "pooling": pooling}
