"""Multiply-accumulates of the ANN."""

from __future__ import annotations

from ml_genn_tf import ir
from ml_genn_tf.macs import ann_macs

from .nets import Builder


def test_multiply_accumulates_leave_out_padding() -> None:
    b = Builder()
    x = b.relu(b.convolution(b.input(4, 4, 2), (3, 3, 2, 5), padding=((1, 1), (1, 1))))
    x = b.add(ir.AveragePool, x, pool=(2, 2), strides=(2, 2))
    graph = b.graph(b.dense(b.flat(x, 20), 20, 3))
    taps = (4 * 3 - 2) ** 2  # three taps in each of four windows along an axis, less one at either edge
    assert ann_macs(graph) == taps * 2 * 5 + 4 * 4 * 5 + 20 * 3
