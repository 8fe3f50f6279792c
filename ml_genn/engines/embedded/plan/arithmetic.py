"""Code of synapses that only adds arithmetic of weights, neuron variables and parameters.

The same text then works on vectors; and where all that a dense row adds goes to its own neuron, it is added up in
lanes: the synapse to target j adds to lane j % L, in ascending order, where L lanes are 64 bytes (16 floats or 8
doubles). Lanes begin at -0.0, which changes no sum. Then, for half = L / 2, L / 4 ... 1, lane k < half becomes lane k +
lane (k + half), and lane 0 is added to the neuron. Vectors do that many times faster than additions one by one.
"""

from __future__ import annotations

from collections.abc import Mapping

from ml_genn.engines.embedded.language import tree
from ml_genn.engines.embedded.language.types import NumericType
from ml_genn.engines.embedded.plan.bindings import Array, Binding, Builtin, Element, Value
from ml_genn.engines.embedded.plan.plan import DenseConnectivity, Propagation

LANE_BYTES = 64
_ARITHMETIC = frozenset("+-*/")


def fed_in_lanes(propagation: Propagation) -> Array | None:
    """What a row's additions, all to its own neuron, are made to if they are made in lanes."""
    target, statements = propagation.pre_target, propagation.code.program.body.statements
    if target is None or len(statements) != 1 or not isinstance(propagation.connectivity, DenseConnectivity):
        return None
    plain = adds_arithmetic(statements[0], "addToPre", target.type, propagation.code.bindings)
    return target if plain else None


def adds_arithmetic(node: tree.Statement, action: str, type_: NumericType, bindings: Mapping[str, Binding]) -> bool:
    """Whether a statement is `action(x)`, where x consists of sums, products and quotients of a floating type."""
    match node:
        case tree.Evaluate(tree.Call(function, (argument,))):
            return type_.is_float and function.name == action and _is_arithmetic(argument, type_, bindings)
        case _:
            return False


def _is_arithmetic(node: tree.Expression, type_: NumericType, bindings: Mapping[str, Binding]) -> bool:
    if node.type != type_:
        return False
    match node:
        case tree.Number():
            return True
        case tree.SymbolName(symbol):
            binding = bindings[symbol.name]
            return isinstance(binding, Element) or binding in (Value(Builtin.T), Value(Builtin.DT))
        case tree.Unary("-", operand):
            return _is_arithmetic(operand, type_, bindings)
        case tree.Binary(operator, left, right):
            return operator in _ARITHMETIC and all(_is_arithmetic(side, type_, bindings) for side in (left, right))
        case _:
            return False
