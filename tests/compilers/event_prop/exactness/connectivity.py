"""The table of connectivity: the matrix that each stands for, written out by loops, of its free weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml_genn import Connection, Network, Population
from ml_genn.compilers import EventPropCompiler
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import (
    AvgPool2D,
    AvgPoolConv2D,
    AvgPoolDense2D,
    Conv2D,
    Conv2DTranspose,
    Dense,
    FixedProbability,
    OneToOne,
    Sparse,
)
from ml_genn.neurons import LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ml_genn.synapses import Exponential
from ml_genn.utils.data import preprocess_spikes
from tests.references import layers

IMAGE, SIZE = (4, 5, 2), 40
STEPS = 30
RNG = np.random.default_rng(5)
TRIALS = [
    preprocess_spikes(np.sort(RNG.integers(0, 15, 60)).astype(float), RNG.integers(0, SIZE, 60), SIZE) for _ in range(3)
]
LABELS = np.array([0, 1, 0])
READ = RNG.normal(0.0, 1.0, (300, 2))
POOLED = layers.average_pooling(IMAGE, (2, 2), (2, 2))
GAPS = layers.average_pooling(IMAGE, (1, 2), (2, 3))
WIDE = layers.average_pooling(IMAGE, (3, 2), (3, 2))
OVERLAPPING = layers.average_pooling(IMAGE, (2, 3), (1, 2))
PRE, POST = np.array([0, 39, 3, 3, 17, 17, 18]), np.array([1, 0, 2, 0, 2, 1, 1])
"""Synapses that are not in the engine's order."""


@dataclass(frozen=True)
class Row:
    """A kind of connectivity from IMAGE.

    Args:
        make: the connectivity, of free weights or, where there are none, of None.
        shape: of the free weights in the order of gradients; None where there are none.
        matrix: what it stands for, linear in these.
        label: tells rows of one class apart.
        target: shape of the target where the connectivity leaves it open.
        mean, sd: of the weights, so that targets spike.
    """

    make: Callable[[Any], Any]
    shape: tuple[int, ...] | None
    matrix: Callable[[Any], np.ndarray]
    label: str
    target: Any = None
    mean: float = 0.5
    sd: float = 0.6

    def __str__(self) -> str:
        return self.label

    @property
    def weights(self) -> Any:
        """Free weights."""
        return None if self.shape is None else np.random.default_rng(3).normal(self.mean, self.sd, self.shape)

    def folded(self, gradient: np.ndarray) -> np.ndarray:
        """Derivatives with respect to free weights from those of the matrix."""
        assert self.shape is not None
        basis = np.eye(int(np.prod(self.shape)))
        return np.array([np.sum(gradient * self.matrix(one.reshape(self.shape))) for one in basis]).reshape(self.shape)


def listed(weights: np.ndarray) -> np.ndarray:
    """The matrix of Sparse, of weights in the order of the engine."""
    matrix = np.zeros((SIZE, 3))
    matrix[PRE[ORDER], POST[ORDER]] = weights
    return matrix


ORDER = np.lexsort((POST, PRE))


def unordered(weights: np.ndarray) -> Any:
    """Sparse with weights that are given in the order of the engine."""
    given = np.empty_like(weights)
    given[ORDER] = weights
    return Sparse(given, PRE, POST, 2)


ROWS = (
    Row(lambda w: Dense(w, 2), (SIZE, 3), lambda w: w, "Dense"),
    Row(unordered, (PRE.size,), listed, "Sparse", 3, 3.0),
    Row(lambda w: OneToOne(w, 2), (SIZE,), np.diag, "OneToOne", IMAGE, 3.0),
    Row(
        lambda w: FixedProbability(1.0, 0.5, delay=2),
        (SIZE * 3,),
        lambda w: w.reshape(SIZE, 3),
        "FixedProbability",
        3,
        sd=0.0,
    ),
    Row(lambda w: AvgPool2D(2, delay=2), None, lambda w: POOLED, "AvgPool2D"),
    Row(
        lambda w: Conv2D(w, 3, (3, 2), conv_strides=(2, 1), conv_padding="same", delay=2),
        (3, 2, 2, 3),
        lambda w: layers.convolution(IMAGE, w, (2, 1), "same"),
        "Conv2D",
    ),
    Row(
        lambda w: Conv2DTranspose(w, 3, (3, 2), True, 2, delay=2),
        (3, 2, 3, 2),
        lambda w: layers.transposed_convolution(IMAGE, w, (2, 2)),
        "Conv2DTranspose",
    ),
    Row(
        lambda w: AvgPoolConv2D(w, 3, 2, (1, 2), delay=2),
        (1, 2, 2, 3),
        lambda w: POOLED @ layers.convolution((2, 2, 2), w),
        "AvgPoolConv2D",
    ),
    Row(
        lambda w: AvgPoolConv2D(w, 2, (1, 2), (2, 1), pool_strides=(2, 3), conv_padding="same", delay=2),
        (2, 1, 2, 2),
        lambda w: GAPS @ layers.convolution((2, 2, 2), w, (1, 1), "same"),
        "AvgPoolConv2D, with gaps",
    ),
    Row(
        lambda w: AvgPoolConv2D(w, 3, (3, 2), (1, 2), conv_strides=(1, 2), delay=2),
        (1, 2, 2, 3),
        lambda w: WIDE @ layers.convolution((1, 2, 2), w, (1, 2)),
        "AvgPoolConv2D, strided",
    ),
    Row(lambda w: AvgPoolDense2D(w, 2, delay=2), (8, 3), lambda w: POOLED @ w, "AvgPoolDense2D"),
    Row(
        lambda w: AvgPoolDense2D(w, (2, 3), (1, 2), delay=2),
        (12, 3),
        lambda w: OVERLAPPING @ w,
        "AvgPoolDense2D, overlapping",
    ),
)
REFUSED = {"MaxPool2D": "EventProp cannot train MaxPool2D connectivity"}
"""Connectivity that EventProp has no gradient for, with what it says."""


class Trained:
    """Input -> image of neurons that spike -> what is looked at -> neurons that spike -> output."""

    def __init__(self, connectivity: Any, target: Any = None, neuron: Any = None) -> None:
        with Network(default_params) as self.network:
            self.source = Population(SpikeInput(max_spikes=200), IMAGE)
            image = Population(LeakyIntegrateFire(relative_reset=True), IMAGE)
            hidden = Population(neuron or LeakyIntegrateFire(v_thresh=0.1, relative_reset=True), target)
            self.before = Connection(self.source, image, OneToOne(9.0), Exponential(5.0))
            self.looked_at = Connection(image, hidden, connectivity, Exponential(5.0))
            self.output = Population(LeakyIntegrate(readout="avg_var"), 2)
            Connection(hidden, self.output, Dense(READ[: hidden.num_neurons]), Exponential(5.0))

    def compile(self, **kwargs: Any) -> Any:
        arguments = {"precision": "double", "num_threads": 1, "rng_seed": 1, "batch_size": 3, **kwargs}
        return EventPropCompiler(STEPS, "sparse_categorical_crossentropy", **arguments).compile(self.network)

    def gradients(self, engine: str, examples: int = 3, **kwargs: Any) -> tuple[np.ndarray, np.ndarray | None]:
        """Of the connection before and of the one that is looked at."""
        with self.compile(engine=engine, batch_size=examples, **kwargs) as compiled:
            found = compiled.gradients({self.source: TRIALS[:examples]}, {self.output: LABELS[:examples]})
        return found[self.before], found.get(self.looked_at)
