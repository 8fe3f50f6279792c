"""The stage graph: a model as populations and linear paths between them, ready to become a spiking network.

Every Input, Relu, Curve, MaxPool and output of the layer graph is a stage, and becomes one population. What lies
between two stages is linear and becomes connections. The value of a stage, for one example:

* input: the data;
* relu: max(drive, 0), at most the stage's ceiling;
* curve: f(drive) for the function of `curve`;
* output: drive;
* max_pool: the largest value in each window of its only source;

    drive = bias + sum over paths p of p(value of p.source)

Biases, the shifts of batch normalisation and everything else constant have been pushed into `bias`, one
number for each neuron: what is left in a path maps zero to zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, final

from .ir import Curve, MaxPool, Node, Shape, Weights

Kind = Literal["input", "relu", "curve", "max_pool", "output"]


@final
@dataclass(frozen=True, eq=False)
class Path:
    """A linear map from the stage `source`: `ops`, applied in order; none at all is the identity.

    The ops are of the kinds Dense, Convolution, AveragePool, Scale, ZeroPad and Reshape; biases and shifts
    are zero. Neurons are numbered in C order, so a Reshape changes no number and is there only to state a
    shape.
    """

    source: str
    ops: tuple[Node, ...] = ()


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Stage:
    """One population: unique `name`, the Keras `layer` it stands for, `shape` without batch axis.

    `bias` has the full `shape` (all zero for inputs and max-pooling); `pool` is there for kind "max_pool"
    only, where `paths` is one path without weights and `pool` acts on its value, of shape `pool_shape`.
    """

    name: str
    layer: str
    kind: Kind
    shape: Shape
    bias: Weights
    paths: tuple[Path, ...] = ()
    ceiling: float | None = None
    curve: Curve | None = None
    pool: MaxPool | None = None
    pool_shape: Shape = ()


@final
@dataclass(frozen=True, eq=False)
class StageGraph:
    """Stages in topological order; inputs and outputs by name, in the model's order."""

    stages: tuple[Stage, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    index: Mapping[str, Stage] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", {stage.name: stage for stage in self.stages})

    def __getitem__(self, name: str) -> Stage:
        return self.index[name]
