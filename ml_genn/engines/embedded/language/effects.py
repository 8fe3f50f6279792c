"""What an expression reads, writes and calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

from ml_genn.engines.embedded.language import tree
from ml_genn.engines.embedded.language.tree import Expression, Function, FunctionKind, Symbol
from ml_genn.errors import InternalCompilerError

Variable = Symbol | str
"""A symbol of the scope, or the unique name of a local variable; a pointer stands for all its elements."""


@final
@dataclass(frozen=True)
class Effects:
    """Variables read and written, and functions called."""

    reads: frozenset[Variable] = frozenset()
    writes: frozenset[Variable] = frozenset()
    calls: frozenset[Function] = frozenset()

    def __or__(self, other: Effects) -> Effects:
        return Effects(self.reads | other.reads, self.writes | other.writes, self.calls | other.calls)

    @property
    def is_pure(self) -> bool:
        """Whether evaluating twice is the same as evaluating once."""
        return not self.writes and all(function.kind is FunctionKind.MATHS for function in self.calls)


NOTHING = Effects()


def effects(expression: Expression) -> Effects:
    """What the expression and its operands touch."""
    own = _OWN.get(type(expression))
    touched = own(expression) if own else NOTHING
    for operand in operands(expression):
        touched |= effects(operand)
    return touched


def statement_effects(node: tree.Statement | tree.Expression | None) -> Effects:
    """What a statement and all inside it touch."""
    if node is None:
        return NOTHING
    parts = _PARTS.get(type(node))
    if parts is None:
        return effects(node)  # type: ignore[arg-type]
    touched = NOTHING
    for part in parts(node):
        touched |= statement_effects(part)
    return touched


def operands(expression: Expression) -> tuple[Expression, ...]:
    """The expressions that this one evaluates, in order; of the target of an assignment only its index."""
    rule = _OPERANDS.get(type(expression))
    if rule is None:
        raise InternalCompilerError(f"no operands are known of {expression!r}")
    return rule(expression)


def assigned(node: tree.Assign) -> Variable:
    """The variable that an assignment changes."""
    return _ASSIGNED[type(node.target)](node.target)


_ASSIGNED: dict[type, Callable[[Any], Variable]] = {
    tree.LocalName: lambda target: target.name,
    tree.SymbolName: lambda target: target.symbol,
    tree.Index: lambda target: target.base.symbol,
}

_OWN: dict[type, Callable[[Any], Effects]] = {
    tree.LocalName: lambda node: Effects(reads=frozenset({node.name})),
    tree.SymbolName: lambda node: Effects(reads=frozenset({node.symbol})),
    tree.Call: lambda node: Effects(calls=frozenset({node.function})),
    tree.Assign: lambda node: Effects(writes=frozenset({assigned(node)})),
}

_OPERANDS: dict[type, Callable[[Any], tuple[Expression, ...]]] = {
    tree.Number: lambda node: (),
    tree.LocalName: lambda node: (),
    tree.SymbolName: lambda node: (),
    tree.Unary: lambda node: (node.operand,),
    tree.Cast: lambda node: (node.operand,),
    tree.Binary: lambda node: (node.left, node.right),
    tree.Conditional: lambda node: (node.condition, node.then, node.otherwise),
    tree.Call: lambda node: node.arguments,
    tree.Index: lambda node: (node.base, node.index),
    tree.Assign: lambda node: (*_place(node.target), node.value),
}


def _place(target: tree.LocalName | tree.SymbolName | tree.Index) -> tuple[Expression, ...]:
    return (target.index,) if isinstance(target, tree.Index) else ()


_PARTS: dict[type, Callable[[Any], tuple[Any, ...]]] = {
    tree.Block: lambda node: node.statements,
    tree.Declare: lambda node: (node.value,),
    tree.Evaluate: lambda node: (node.expression,),
    tree.If: lambda node: (node.condition, node.then, node.otherwise),
    tree.While: lambda node: (node.condition, node.body, *node.steps),
    tree.Break: lambda node: (),
    tree.Continue: lambda node: (),
}
