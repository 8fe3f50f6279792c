"""Every pattern's connectivity is the path's linear map, synapse for synapse, and has the class that it should."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ml_genn import Network
from ml_genn.connection import Connection
from ml_genn.errors import UnsupportedModelError
from ml_genn.population import Population
from ml_genn_tf import connect, ir
from ml_genn_tf.connect import PATTERNS, connectivity_of
from ml_genn_tf.passes import path_matrix as path_matrix_module
from ml_genn_tf.stages import StageGraph
from tests.references.spiking_networks import matrix, windows

from .nets import Builder

FACTOR = 1.75
SAME = ((1, 1), (1, 1))


def image_net(write: Callable[[Builder, str], str]) -> StageGraph:
    """A (6, 5, 2) image through whatever `write` adds."""
    b = Builder()
    return b.stages(write(b, b.input(6, 5, 2)))


def pooled(b: Builder, x: str, **fields: object) -> str:
    return b.add(ir.AveragePool, x, **{"pool": (2, 2), "strides": (2, 2), **fields})


CASES: dict[str, tuple[str, Callable[[Builder, str], str]]] = {
    "identity": ("OneToOne", lambda b, x: x),
    "identity, flattened": ("OneToOne", lambda b, x: b.flat(x, 60)),
    "scale per channel": ("OneToOne", lambda b, x: b.add(ir.Scale, x, scale=np.array([2.0, -3.0]), shift=np.zeros(2))),
    "dense": ("Dense", lambda b, x: b.dense(b.flat(x, 60), 60, 4)),
    "convolution": ("Conv2D", lambda b, x: b.convolution(x, (3, 2, 2, 3))),
    "convolution, uneven padding and strides": (
        "Conv2D",
        lambda b, x: b.convolution(x, (3, 3, 2, 3), padding=((0, 1), (2, 1)), strides=(2, 1)),
    ),
    "convolution, flattened": ("Conv2D", lambda b, x: b.flat(b.convolution(x, (5, 5, 2, 3)), 6)),
    "convolution, reshaped": ("Sparse", lambda b, x: b.add(ir.Reshape, b.convolution(x, (5, 5, 2, 3)), shape=(3, 2))),
    "convolution of a reshaped image": (
        "Sparse",
        lambda b, x: b.convolution(b.add(ir.Reshape, x, shape=(5, 6, 2)), (2, 2, 2, 3)),
    ),
    "average pooling": ("Sparse", pooled),  # the class has no room for the factor
    "average pooling, then convolution": ("AvgPoolConv2D", lambda b, x: b.convolution(pooled(b, x), (2, 2, 2, 3))),
    "average pooling with gaps, then strided and padded convolution": (
        "AvgPoolConv2D",
        lambda b, x: b.convolution(pooled(b, x, strides=(3, 2)), (2, 2, 2, 3), padding=SAME, strides=(2, 2)),
    ),
    "overlapping average pooling, then convolution": (
        "Sparse",
        lambda b, x: b.convolution(pooled(b, x, strides=(1, 1)), (2, 2, 2, 3)),
    ),
    "padded average pooling, then dense": (
        "Sparse",
        lambda b, x: b.dense(b.flat(pooled(b, x, padding=((0, 0), (0, 1))), 18), 18, 3),
    ),
    "average pooling, then dense": ("AvgPoolDense2D", lambda b, x: b.dense(b.flat(pooled(b, x), 12), 12, 4)),
    "overlapping average pooling, then dense": (
        "AvgPoolDense2D",
        lambda b, x: b.dense(b.flat(pooled(b, x, strides=(1, 1)), 40), 40, 4),
    ),
    "two convolutions": ("Sparse", lambda b, x: b.convolution(b.convolution(x, (2, 2, 2, 2)), (2, 2, 2, 3))),
    "two dense layers": ("Sparse", lambda b, x: b.dense(b.dense(b.flat(x, 60), 60, 3), 3, 4)),
}


def written_out(connection: Connection) -> np.ndarray:
    """The weights of a connection as a matrix, from what it asks of the engine."""
    snippet = connection.connectivity.get_snippet(connection, frozenset({"DENSE", "SPARSE"})).for_each_synapse()
    source, target = connection.ends
    if snippet.indices is None:
        return np.broadcast_to(snippet.weight, (source.num_neurons, target.num_neurons)) * snippet.scale
    dense = np.zeros((source.num_neurons, target.num_neurons))
    np.add.at(dense, snippet.indices, np.broadcast_to(snippet.weight, snippet.indices[0].shape) * snippet.scale)
    return dense


def connected(stages: StageGraph, name: str, factor: float = 1.0) -> Connection:
    stage = stages[name]
    (path,) = stage.paths
    shape = stages[path.source].shape
    connectivity = connectivity_of(path, stage, shape, factor)
    with Network():
        ends = Population("integrate_fire", shape), Population("integrate_fire", stage.shape)
        connection = Connection(*ends, connectivity)
    connection.keep = ends  # type: ignore[attr-defined]
    return connection


@pytest.mark.parametrize("factor", [1.0, FACTOR])
@pytest.mark.parametrize("case", CASES)
def test_connectivity_is_the_linear_map(case: str, factor: float) -> None:
    kind, write = CASES[case]
    stages = image_net(write)
    (output,) = stages.outputs
    connection = connected(stages, output, factor)
    expected = matrix(stages[output].paths[0], (6, 5, 2)) * factor
    np.testing.assert_allclose(written_out(connection), expected, rtol=1e-12)  # sums of a few doubles
    if case == "average pooling" and factor == 1.0:
        kind = "AvgPool2D"
    assert type(connection.connectivity).__name__ == kind


def test_every_pattern_has_a_case() -> None:
    """Each builder of the table makes the connectivity of at least one case above."""
    used: set[object] = set()
    table = {
        kinds: (lambda *ops, b=build, **fields: used.add(b) or b(*ops, **fields)) for kinds, build in PATTERNS.items()
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connect, "PATTERNS", table)
        for _, write in CASES.values():
            stages = image_net(write)
            connected(stages, stages.outputs[0])
    assert used == set(PATTERNS.values())


def test_max_pooling_joins_the_cells_of_its_windows() -> None:
    b = Builder()
    stages = b.stages(b.add(ir.MaxPool, b.input(6, 5, 2), pool=(3, 2), strides=(2, 2), padding=((1, 0), (0, 1))))
    connection = connected(stages, "n1")
    np.testing.assert_array_equal(written_out(connection) != 0, windows(stages["n1"]))


def test_more_synapses_than_can_be_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(path_matrix_module, "MOST_SYNAPSES", 100)
    stages = image_net(CASES["two convolutions"][1])
    with pytest.raises(UnsupportedModelError, match=r"n2 .*needs \d+ single synapses, more than 100"):
        connected(stages, stages.outputs[0])
