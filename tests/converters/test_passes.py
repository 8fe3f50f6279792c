"""Each pass on small graphs: what it changes, what it leaves, and that every value keeps its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from ml_genn_tf import ir
from ml_genn_tf.execute import run
from ml_genn_tf.passes import normalising_passes
from ml_genn_tf.passes.check_structure import MOST_PATHS, structure_faults
from ml_genn_tf.passes.drop_training_only import drop_training_only
from ml_genn_tf.passes.fold_batch_norm import fold_batch_norm
from ml_genn_tf.passes.fold_padding import fold_padding
from ml_genn_tf.passes.order_max_pooling import order_max_pooling
from ml_genn_tf.passes.separate_max_pooling import separate_max_pooling
from ml_genn_tf.passes.signs import never_negative
from ml_genn_tf.passes.strip_probabilities import strip_probabilities

from .conftest import nonnegative, signed
from .graphs import Builder

EXACT = 1e-12  # float64: a handful of products in another order


def kinds(graph: ir.Graph) -> list[str]:
    return [type(node).__name__ for node in graph.nodes]


def assert_same_values(before: ir.Graph, after: ir.Graph, data: np.ndarray | None = None) -> None:
    """Values that kept their name are equal, and the outputs are among them."""
    data = signed(before["x"].shape) if data is None else data
    shared = [node.name for node in after.nodes if node.name in before.index]
    assert set(after.outputs) <= set(shared)
    one = run(before, data, dtype=np.float64, keep=shared)
    two = run(after, data, dtype=np.float64, keep=shared)
    for name in shared:
        np.testing.assert_allclose(two[name], one[name], rtol=EXACT, atol=EXACT, err_msg=name)


def test_drop_training_only() -> None:
    graph = Builder((4,)).add(ir.Identity, "a").dense("d", (4, 3)).add(ir.Identity, "b").add(ir.Identity, "c").graph()
    after = drop_training_only(graph)
    assert kinds(after) == ["Input", "Dense"] and after.outputs == ("d",)


def test_strip_probabilities_only_where_nothing_reads_it() -> None:
    builder = Builder((4,)).add(ir.Softmax, "inside").dense("d", (4, 3)).add(ir.Softmax, "outside")
    graph = builder.graph("outside", "inside")
    after = strip_probabilities(graph)
    assert after.outputs == ("d", "inside")
    assert kinds(after) == ["Input", "Softmax", "Dense"]


def test_fold_padding_into_the_next_convolution() -> None:
    graph = Builder((5, 5, 2)).zero_pad("p").zero_pad("q").convolution("c", (3, 3, 2, 4), strides=(2, 1)).graph()
    after = fold_padding(graph)
    assert kinds(after) == ["Input", "Convolution"] and after["c"].padding == ((2, 2), (2, 2))
    assert_same_values(graph, after)


def test_fold_padding_leaves_padding_that_others_read() -> None:
    graph = Builder((5, 5, 2)).zero_pad("p").convolution("c", (3, 3, 2, 4)).relu("r", ["p"]).graph("c", "r")
    assert kinds(fold_padding(graph)) == kinds(graph)


@pytest.mark.parametrize("weighted", ["convolution", "dense"])
def test_fold_batch_norm_backward(weighted: str) -> None:
    builder = Builder((5, 5, 2) if weighted == "convolution" else (2,))
    shape = (3, 3, 2, 4) if weighted == "convolution" else (2, 4)
    graph = getattr(builder, weighted)("w", shape).scale("bn", 4).scale("bn2", 4).graph()
    after = fold_batch_norm(graph)
    assert [(node.name, node.layer) for node in after.nodes] == [("x", "x"), ("bn2", "w")]
    assert_same_values(graph, after)


def test_fold_batch_norm_leaves_a_layer_that_others_read() -> None:
    graph = Builder((4,)).dense("d", (4, 4)).scale("bn", 4).add(ir.Add, "sum", ["d", "bn"]).graph()
    assert kinds(fold_batch_norm(graph)) == kinds(graph)


def test_fold_batch_norm_leaves_a_layer_that_is_an_output() -> None:
    graph = Builder((4,)).dense("d", (4, 4)).scale("bn", 4).graph("d", "bn")
    assert kinds(fold_batch_norm(graph)) == kinds(graph)


def test_fold_batch_norm_leaves_what_follows_an_addition() -> None:
    graph = Builder((4,)).dense("d", (4, 4)).add(ir.Add, "sum", ["d", "x"]).scale("bn", 4).graph()
    assert kinds(fold_batch_norm(graph)) == kinds(graph)


ORDERED: dict[str, Callable[[Builder], Builder]] = {
    "pool": lambda b: b.max_pool("m").relu("r"),
    "pool, batch norm": lambda b: b.max_pool("m").scale("bn", 3, positive=True).relu("r"),
    "two pools": lambda b: b.max_pool("m", 2, 1).max_pool("n", 3, 2).relu("r"),
    "pool, flatten": lambda b: b.max_pool("m").reshape("f", (27,)).relu("r"),
    "pool, pad": lambda b: b.max_pool("m").zero_pad("p").relu("r"),
    "padded pool": lambda b: b.max_pool("m", 3, 2, ((0, 1), (1, 1))).relu("r"),
}


@pytest.mark.parametrize("chain", ORDERED)
def test_order_max_pooling(chain: str) -> None:
    graph = ORDERED[chain](Builder((8, 8, 2)).convolution("c", (3, 3, 2, 3))).graph()
    after = order_max_pooling(graph)
    assert structure_faults(graph) and not structure_faults(after)
    assert kinds(after).index("Relu") < kinds(after).index("MaxPool")
    assert after.outputs == ("r",)
    assert_same_values(graph, after)


REFUSED: dict[str, Callable[[Builder], Builder]] = {
    "no relu": lambda b: b.max_pool("m").reshape("f", (27,)).dense("d", (27, 2)),
    "negative gamma": lambda b: b.max_pool("m").add(ir.Scale, "bn", scale=-np.ones(3), shift=np.zeros(3)).relu("r"),
    "gamma per position": lambda b: b.max_pool("m").reshape("f", (27,)).scale("bn", 27, positive=True).relu("r"),
    "shift of padding": lambda b: b.max_pool("m").zero_pad("p").scale("bn", 3, positive=True).relu("r"),
    "two readers": lambda b: b.max_pool("m").relu("r").add(ir.Add, "sum", ["r", "m"]),
    "average between": lambda b: b.max_pool("m", 2, 1).average_pool("a").relu("r"),
}


@pytest.mark.parametrize("chain", REFUSED)
def test_max_pooling_of_signed_values_is_refused(chain: str) -> None:
    graph = REFUSED[chain](Builder((8, 8, 2)).convolution("c", (3, 3, 2, 3))).graph()
    after = order_max_pooling(graph)
    assert kinds(after) == kinds(graph)
    (fault,) = structure_faults(after)
    assert fault.node.name == "m"
    assert "takes the maximum of values that may be negative" in fault.reason and "put a ReLU" in fault.remedy


def test_max_pooling_of_an_input_depends_on_its_sign() -> None:
    graph = Builder((4, 4, 1)).max_pool("m").graph()
    assert structure_faults(graph) == ()
    assert [fault.node.name for fault in structure_faults(graph, ["x"])] == ["m"]


def test_signed_input_with_relu_behind_the_pooling_is_ordered() -> None:
    graph = Builder((4, 4, 1)).max_pool("m").relu("r").graph()
    assert kinds(order_max_pooling(graph, ["x"])) == ["Input", "Relu", "MaxPool"]
    assert kinds(order_max_pooling(graph)) == ["Input", "MaxPool", "Relu"]


def test_separate_max_pooling_puts_a_population_before_a_sum() -> None:
    graph = Builder((4, 4, 2)).relu("r").add(ir.Add, "sum", ["r", "x"]).max_pool("m").graph()
    after = separate_max_pooling(graph)
    assert kinds(after) == ["Input", "Relu", "Add", "Relu", "MaxPool"]
    assert_same_values(graph, after, nonnegative((4, 4, 2)))


def test_separate_max_pooling_takes_padding_in() -> None:
    graph = Builder((5, 5, 2)).relu("r").zero_pad("p", 1).max_pool("m", 3, 2).graph()
    after = separate_max_pooling(graph)
    assert kinds(after) == ["Input", "Relu", "MaxPool"] and after["m"].padding == ((1, 1), (1, 1))
    assert_same_values(graph, after)


@pytest.mark.parametrize(
    ("padding", "size", "stride"),
    [(((2, 2), (2, 2)), 2, 2), (((1, 1), (1, 1)), 1, 1), (((2, 0), (0, 0)), 2, 2), (((0, 0), (0, 2)), 2, 2)],
)
def test_separate_max_pooling_keeps_windows_of_padding_alone(padding: ir.Padding, size: int, stride: int) -> None:
    """Such a window gives 0, and would give minus infinity if the padding were the pooling's own."""
    graph = Builder((4, 4, 2)).relu("r").add(ir.ZeroPad, "p", padding=padding).max_pool("m", size, stride).graph()
    after = separate_max_pooling(graph)
    assert kinds(after) == ["Input", "Relu", "ZeroPad", "Relu", "MaxPool"]
    assert_same_values(graph, after)


def test_passes_with_nothing_to_do_give_back_the_same_graph() -> None:
    graph = Builder((4, 4, 2)).convolution("c", (3, 3, 2, 3)).relu("r").max_pool("m").graph()
    for name, rewrite in normalising_passes().items():
        assert rewrite(graph) is graph, name


def test_never_negative() -> None:
    builder = Builder((4, 4, 2)).relu("r").average_pool("a").reshape("f", (8,)).dense("d", (8, 8))
    builder.add(ir.Scale, "up", ["f"], scale=np.ones(8), shift=np.ones(8))
    builder.add(ir.Scale, "down", ["f"], scale=np.ones(8), shift=-np.ones(8)).add(ir.Add, "sum", ["up", "f"])
    graph = builder.graph()
    assert never_negative(graph) == {"x", "r", "a", "f", "up", "sum"}
    assert never_negative(graph, ["x"]) == {"r", "a", "f", "up", "sum"}


def test_hidden_softmax_is_a_fault() -> None:
    graph = Builder((4,)).add(ir.Softmax, "s").dense("d", (4, 2)).graph()
    (fault,) = structure_faults(graph)
    assert (fault.node.name, fault.reason) == ("s", "is a softmax inside the network")


def test_too_many_linear_branches_are_a_fault() -> None:
    builder = Builder((4,))
    for at in range(9):  # 2^9 paths from x to the last sum
        last = builder.nodes[-1].name
        builder.dense(f"d{at}", (4, 4)).add(ir.Add, f"sum{at}", [f"d{at}", last])
    faults = structure_faults(builder.graph())
    assert [fault.node.name for fault in faults] == ["sum8"]
    assert faults[0].reason == f"adds up {2 * MOST_PATHS} linear branches"


GRAPH_ERRORS: list[tuple[Sequence[ir.Node], str]] = [
    ([ir.Relu(name="r", layer="r", inputs=("nowhere",))], r"r: unknown inputs \['nowhere'\]"),
    ([ir.Input(name="x", layer="x", shape=(2,))] * 2, "x: name used twice"),
]


@pytest.mark.parametrize(("nodes", "message"), GRAPH_ERRORS)
def test_graph_checks_names_and_edges(nodes: Sequence[ir.Node], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ir.Graph.build(nodes, [], [])


def test_graph_checks_outputs() -> None:
    with pytest.raises(ValueError, match=r"graph inputs or outputs are no nodes: \['y'\]"):
        Builder((2,)).graph("y")


SHAPE_ERRORS: dict[str, tuple[Builder, str]] = {
    "dense": (Builder((3,)).dense("d", (4, 2)), r"d: Dense with 4 inputs got shape \(3,\)"),
    "convolution": (Builder((3,)).convolution("c", (2, 2, 1, 1)), r"c: kernel \(2, 2, 1, 1\) does not fit an image of"),
    "window": (Builder((3, 3, 1)).max_pool("m", 4), r"a window of \(4, 4\) does not fit into an image of shape"),
    "image": (Builder((3,)).max_pool("m"), r"expected an image \(height, width, channels\), got shape \(3,\)"),
    "gather": (
        Builder((3,)).add(ir.Gather, "g", index=np.zeros(2, np.int64), source=(4,)),
        r"g: gathers from shape \(4,\), got \(3,\)",
    ),
    "transpose": (
        Builder((3, 3, 2)).add(
            ir.ConvolutionTranspose,
            "t",
            kernel=np.zeros((2, 2, 1, 1)),
            bias=np.zeros(1),
            strides=(1, 1),
            padding=ir.NO_PADDING,
            shape=(4, 4, 1),
        ),
        r"t: kernel \(2, 2, 1, 1\) does not fit an image of shape \(3, 3, 2\)",
    ),
    "scale": (
        Builder((3,)).add(ir.Scale, "s", scale=np.ones((2, 3)), shift=np.zeros(3)),
        r"s: scale \(2, 3\) does not fit shape \(3,\)",
    ),
    "reshape": (Builder((3,)).reshape("f", (4,)), r"f: cannot reshape \(3,\) to \(4,\)"),
    "add": (
        Builder((3,)).dense("d", (3, 2)).add(ir.Add, "sum", ["x", "d"]),
        r"sum: cannot add shapes \(3,\), \(2,\)",
    ),
}


@pytest.mark.parametrize("case", SHAPE_ERRORS)
def test_graph_checks_shapes(case: str) -> None:
    builder, message = SHAPE_ERRORS[case]
    with pytest.raises(ValueError, match=message):
        builder.graph()
