"""Stages compute what the layer graph computes; paths are linear, plain, and equal to their list of synapses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ml_genn.errors import ShapeError
from ml_genn_tf import ir
from ml_genn_tf.execute import run
from ml_genn_tf.execute_stages import run_path, run_stages
from ml_genn_tf.passes import normalising_passes, path_matrix
from ml_genn_tf.passes.path_matrix import path_matrix as synapses_of
from ml_genn_tf.passes.populations import find_populations
from ml_genn_tf.problems import Refusal
from ml_genn_tf.stages import Path, StageGraph

from .conftest import nonnegative, signed
from .graphs import Builder

EXACT = 1e-11  # float64: products in another order, through at most four layers

GRAPHS: dict[str, Callable[[], Builder]] = {
    "dense": lambda: Builder((5,)).dense("d", (5, 4)).relu("r").dense("e", (4, 3)),
    "padded bias": lambda: (
        Builder((6, 6, 2))
        .convolution("c", (3, 3, 2, 3), padding=((1, 1), (1, 1)))
        .convolution("e", (3, 3, 3, 2), padding=((2, 0), (0, 2)), strides=(2, 1))
        .relu("r")
    ),
    "scale forward": lambda: (
        Builder((6, 6, 2)).relu("r").scale("bn", 2).zero_pad("p").convolution("c", (3, 3, 2, 3)).relu("s")
    ),
    "scale, pool, dense": lambda: (
        Builder((6, 6, 2)).relu("r").scale("bn", 2).average_pool("a").reshape("f", (18,)).dense("d", (18, 3))
    ),
    "scale backward": lambda: (
        Builder((6, 6, 2)).convolution("c", (3, 3, 2, 3)).average_pool("a").scale("bn", 3).relu("r")
    ),
    "scale alone": lambda: Builder((6, 6, 2)).relu("r").scale("bn", 2).scale("bn2", 2).relu("s"),
    "scale after flatten": lambda: (
        Builder((4, 4, 2)).convolution("c", (3, 3, 2, 3)).reshape("f", (12,)).scale("bn", 12).relu("r")
    ),
    "residual": lambda: (
        Builder((6, 6, 3))
        .relu("r")
        .convolution("c", (3, 3, 3, 3), padding=((1, 1), (1, 1)))
        .add(ir.Add, "sum", ["c", "r"])
        .scale("bn", 3)
        .relu("s")
    ),
    "same pool": lambda: Builder((5, 5, 2)).average_pool("a", 3, 2, ((1, 1), (0, 1))).convolution("c", (2, 2, 2, 2)),
    "max pool": lambda: Builder((6, 6, 2)).relu("r").max_pool("m").max_pool("n", 2, 1).reshape("f", (8,)),
    "relu of relu": lambda: Builder((3,)).relu("r").relu("s"),
    "twice": lambda: Builder((3,)).relu("r").add(ir.Add, "sum", ["r", "r"]).relu("s"),
}


def stages_of(graph: ir.Graph) -> StageGraph:
    for rewrite in normalising_passes().values():
        graph = rewrite(graph)
    return find_populations(graph)


@pytest.mark.parametrize("name", GRAPHS)
def test_stages_compute_what_the_graph_computes(name: str) -> None:
    graph = GRAPHS[name]().graph()
    stages = stages_of(graph)
    data = signed(graph["x"].shape)
    (expected,) = run(graph, data, dtype=np.float64).values()
    (value,) = run_stages(stages, data, dtype=np.float64).values()
    np.testing.assert_allclose(value, expected, rtol=0, atol=EXACT * np.abs(expected).max())


@pytest.mark.parametrize("name", GRAPHS)
def test_paths_are_linear_and_equal_their_synapses(name: str) -> None:
    stages = stages_of(GRAPHS[name]().graph())
    for stage in stages.stages:
        for path in stage.paths:
            source = stages[path.source].shape
            assert not run_path(path, np.zeros((1, *source))).any()
            target = stage.pool_shape if stage.pool else stage.shape
            synapses = synapses_of(path, source, target)
            matrix = np.zeros((ir.size(source), ir.size(target)))
            matrix[synapses.pre_ind, synapses.post_ind] = synapses.weight
            data = signed(source)
            expected = run_path(path, data.astype(np.float64)).reshape(len(data), -1)
            np.testing.assert_allclose(data.reshape(len(data), -1) @ matrix, expected, rtol=0, atol=EXACT * 10)


def ops(stages: StageGraph, name: str) -> list[list[str]]:
    return [[type(op).__name__ for op in path.ops] for path in stages[name].paths]


def test_paths_are_plain() -> None:
    """Factors and padding have gone into the weights; what remains is what a connectivity can do."""
    expected = {
        "padded bias": ("r", [["Convolution", "Convolution"]]),
        "scale forward": ("s", [["Convolution"]]),
        "scale, pool, dense": ("d", [["AveragePool", "Reshape", "Dense"]]),
        "scale backward": ("r", [["Convolution", "AveragePool"]]),
        "scale alone": ("s", [["Scale"]]),
        "residual": ("s", [["Convolution"], ["Scale"]]),
        "twice": ("s", [[], []]),
        "max pool": ("m", [[]]),
    }
    for name, (stage, paths) in expected.items():
        assert ops(stages_of(GRAPHS[name]().graph()), stage) == paths, name


def test_kinds_names_and_layers_of_stages() -> None:
    stages = stages_of(GRAPHS["max pool"]().graph())
    assert [(stage.name, stage.kind, stage.shape) for stage in stages.stages] == [
        ("x", "input", (6, 6, 2)),
        ("r", "relu", (6, 6, 2)),
        ("m", "max_pool", (3, 3, 2)),
        ("n", "max_pool", (2, 2, 2)),
        ("f", "output", (8,)),
    ]
    assert stages["n"].pool is not None and stages["n"].pool_shape == (3, 3, 2)
    assert stages["r"].pool is None


def test_bias_differs_at_the_border() -> None:
    """A bias before a padded convolution reaches inner positions through all nine weights, corners through four."""
    builder = Builder((5, 5, 1))
    builder.add(ir.Scale, "shift", scale=np.ones(1), shift=np.ones(1))
    builder.add(ir.Convolution, "c", kernel=np.ones((3, 3, 1, 1)), bias=np.zeros(1), padding=((1, 1), (1, 1)))
    bias = stages_of(builder.graph())["c"].bias[:, :, 0]
    assert (bias[2, 2], bias[0, 2], bias[0, 0]) == (9.0, 6.0, 4.0)


def test_output_that_is_a_population_gets_a_readout_of_its_own() -> None:
    stages = stages_of(Builder((3,)).dense("d", (3, 3)).relu("r").graph("r", "x", "r"))
    assert stages.outputs == ("r_1", "x_1", "r_1")
    assert ops(stages, "r_1") == [[]] and stages["r_1"].paths[0].source == "r"


def test_path_matrix_refuses_too_many_synapses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(path_matrix, "MOST_SYNAPSES", 11)
    path = stages_of(Builder((3,)).dense("d", (3, 4)).graph())["d"].paths[0]
    with pytest.raises(Refusal, match="needs 12 single synapses, more than 11; put a ReLU between its linear parts"):
        synapses_of(path, (3,), (4,))


def test_path_matrix_checks_the_target() -> None:
    with pytest.raises(ValueError, match=r"path from x leads to shape \(3,\), not \(4,\)"):
        synapses_of(Path("x"), (3,), (4,))


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = GRAPHS["residual"]().graph()
    stages, data = stages_of(graph), signed(graph["x"].shape, examples=7)
    whole, whole_stages = run(graph, data)["s"], run_stages(stages, data)["s_1"]
    monkeypatch.setattr("ml_genn_tf.execute.CHUNK_BYTES", 1)
    monkeypatch.setattr("ml_genn_tf.execute_stages.CHUNK_BYTES", 1)
    np.testing.assert_allclose(run(graph, data)["s"], whole, rtol=1e-5)  # BLAS splits sums by the size of the batch
    np.testing.assert_allclose(run_stages(stages, data)["s_1"], whole_stages, rtol=1e-5)


def test_no_examples_give_no_values() -> None:
    graph = GRAPHS["residual"]().graph()
    assert run(graph, np.zeros((0, 6, 6, 3)))["s"].shape == (0, 6, 6, 3)


INPUT_ERRORS: list[tuple[object, str]] = [
    (np.zeros((2, 4)), r"input x needs shape \(examples, 3\), got \(2, 4\)"),
    (np.zeros(()), r"input x needs shape \(examples, 3\), got \(\)"),
    ({"y": np.zeros((2, 3))}, "no data for the inputs x; given: y"),
]


@pytest.mark.parametrize(("data", "message"), INPUT_ERRORS)
def test_wrong_inputs(data: np.ndarray, message: str) -> None:
    graph = Builder((3,)).relu("r").graph()
    with pytest.raises(ShapeError, match=message):
        run(graph, data)


def test_several_inputs_need_names_and_equal_lengths() -> None:
    nodes = [ir.Input(name=name, layer=name, shape=(2,)) for name in "ab"]
    graph = ir.Graph.build(nodes, ["a", "b"], ["a"])
    with pytest.raises(ShapeError, match="the model has inputs a, b: give a mapping with one array for each"):
        run(graph, np.zeros((3, 2)))
    with pytest.raises(ShapeError, match="inputs have different numbers of examples: a 3, b 4"):
        run(graph, {"a": np.zeros((3, 2)), "b": np.zeros((4, 2))})


def test_activations_replace_relu_and_inputs() -> None:
    graph = Builder((3,)).relu("r").graph()
    data = nonnegative((3,))
    replaced = {"x": lambda values: values + 1, "r": lambda values: -values}
    np.testing.assert_array_equal(run(graph, data, activations=replaced)["r"], -(data + 1))
    np.testing.assert_array_equal(run_stages(stages_of(graph), data, activations=replaced)["r_1"], -(data + 1))
