"""Multiply-accumulates of the ANN."""

from __future__ import annotations

from ml_genn_tf import ir
from ml_genn_tf.macs import ann_macs, macs_by_stage
from ml_genn_tf.passes.populations import find_populations

from .. import graphs
from .nets import Builder


def test_multiply_accumulates_leave_out_padding() -> None:
    b = Builder()
    x = b.relu(b.convolution(b.input(4, 4, 2), (3, 3, 2, 5), padding=((1, 1), (1, 1))))
    x = b.add(ir.AveragePool, x, pool=(2, 2), strides=(2, 2))
    graph = b.graph(b.dense(b.flat(x, 20), 20, 3))
    taps = (4 * 3 - 2) ** 2  # three taps in each of four windows along an axis, less one at either edge
    assert ann_macs(graph) == taps * 2 * 5 + 4 * 4 * 5 + 20 * 3


def test_each_layer_has_what_computes_it_and_what_serves_two_counts_once() -> None:
    b = graphs.Builder((4, 4, 2)).convolution("first", (1, 1, 2, 3)).relu("a")
    b.convolution("shared", (1, 1, 3, 3)).relu("left", ["shared"]).scale("scaled", 3, ["shared"]).relu("right")
    b.add(ir.Add, "sum", ["left", "right"]).reshape("flat", (48,)).dense("logits", (48, 5))
    graph = b.graph()
    stages = find_populations(graph)
    macs = macs_by_stage(graph, stages)
    assert macs == {"x": 0, "a": 16 * 6, "left": 16 * 9, "right": 0, "logits": 48 * 5}
    assert sum(macs.values()) == ann_macs(graph)


def test_an_output_that_is_a_layer_of_its_own_computes_nothing_more() -> None:
    graph = graphs.Builder((6,)).dense("hidden", (6, 4)).relu("out").graph()
    macs = macs_by_stage(graph, find_populations(graph))
    assert sum(macs.values()) == ann_macs(graph) == 24
    assert macs["out"] == 24
