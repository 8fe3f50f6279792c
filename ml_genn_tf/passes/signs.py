"""Which values of a graph are certain never to be negative."""

from __future__ import annotations

from collections.abc import Collection
from functools import singledispatch

from .. import ir
from ..ir import Graph, Node


def never_negative(graph: Graph, signed_inputs: Collection[str] = ()) -> frozenset[str]:
    """Names of values that are >= 0 for any data, provided that the data of all but `signed_inputs` is.

    A refused layer counts as never negative: one problem for one fault is enough.
    """
    names: set[str] = set()
    for node in graph.nodes:
        inputs_are = node.name not in signed_inputs and names.issuperset(node.inputs)
        if _result_is(node, inputs_are):
            names.add(node.name)
    return frozenset(names)


@singledispatch
def _result_is(node: Node, inputs_are: bool) -> bool:
    """Whether the result is never negative, given whether all inputs are."""
    return inputs_are


@_result_is.register(ir.Relu)
@_result_is.register(ir.Softmax)
@_result_is.register(ir.Unsupported)
def _(node: Node, inputs_are: bool) -> bool:
    return True


@_result_is.register(ir.Curve)
@_result_is.register(ir.Dense)
@_result_is.register(ir.Convolution)
@_result_is.register(ir.ConvolutionTranspose)
def _(node: Node, inputs_are: bool) -> bool:
    return False


@_result_is.register
def _(node: ir.Scale, inputs_are: bool) -> bool:
    return inputs_are and bool((node.scale >= 0).all() and (node.shift >= 0).all())
