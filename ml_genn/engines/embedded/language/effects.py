"""What an expression reads, writes and calls; and the check that C would give it one meaning.

C leaves open in which order two operands, or a target and its value, are evaluated. This language evaluates from left
to right, random draws included, and refuses an expression in which one side changes a variable that the other side
uses, so that C's freedom shows in nothing but the order of draws and actions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from typing import Any, final

from ml_genn.engines.embedded.language import tree
from ml_genn.engines.embedded.language.errors import Code
from ml_genn.engines.embedded.language.tree import Expression, FunctionKind, Symbol
from ml_genn.errors import InternalCompilerError

Variable = Symbol | str
"""A symbol of the scope, or the unique name of a local variable."""


@final
@dataclass(frozen=True)
class Effects:
    """Variables read and written, and functions called."""

    reads: frozenset[Variable] = frozenset()
    writes: frozenset[Variable] = frozenset()
    calls: frozenset[tree.Function] = frozenset()

    def __or__(self, other: Effects) -> Effects:
        return Effects(self.reads | other.reads, self.writes | other.writes, self.calls | other.calls)

    @property
    def is_pure(self) -> bool:
        """Whether evaluating twice is the same as evaluating once."""
        return not self.writes and all(function.kind is FunctionKind.MATHS for function in self.calls)


NOTHING = Effects()


def effects(expression: Expression, code: Code) -> Effects:
    """Returns what the expression touches.

    Raises:
        ModelCodeError: it changes a variable and uses it elsewhere, in an order that C leaves open.
    """
    rule = _RULES.get(type(expression))
    if rule is None:
        raise InternalCompilerError(f"no effects are known of {expression!r}")
    return rule(expression, code)


def _of_number(node: tree.Number, code: Code) -> Effects:
    return NOTHING


def _of_local(node: tree.LocalName, code: Code) -> Effects:
    return Effects(reads=frozenset({node.name}))


def _of_symbol(node: tree.SymbolName, code: Code) -> Effects:
    return Effects(reads=frozenset({node.symbol}))


def _of_operand(node: tree.Unary | tree.Cast, code: Code) -> Effects:
    return effects(node.operand, code)


def _of_binary(node: tree.Binary, code: Code) -> Effects:
    sides = effects(node.left, code), effects(node.right, code)
    if node.operator not in ("&&", "||"):  # whose left side comes first in C too
        _refuse_conflict(sides, node, code)
    return sides[0] | sides[1]


def _of_conditional(node: tree.Conditional, code: Code) -> Effects:
    return effects(node.condition, code) | effects(node.then, code) | effects(node.otherwise, code)


def _of_call(node: tree.Call, code: Code) -> Effects:
    arguments = [effects(argument, code) for argument in node.arguments]
    _refuse_conflict(arguments, node, code)
    return reduce(Effects.__or__, arguments, Effects(calls=frozenset({node.function})))


def _of_index(node: tree.Index, code: Code) -> Effects:
    sides = effects(node.base, code), effects(node.index, code)
    return sides[0] | sides[1]


def _of_assign(node: tree.Assign, code: Code) -> Effects:
    value = effects(node.value, code)
    target = node.target
    place = effects(target.index, code) if isinstance(target, tree.Index) else NOTHING
    variable = _variable(target)
    _refuse_conflict((place, value), node, code)
    if variable in place.writes | value.writes:
        raise _conflict(variable, node, code)
    return place | value | Effects(writes=frozenset({variable}))


def _variable(target: tree.LocalName | tree.SymbolName | tree.Index) -> Variable:
    if isinstance(target, tree.Index):
        return target.base.symbol
    return target.name if isinstance(target, tree.LocalName) else target.symbol


def _refuse_conflict(sides: tuple[Effects, ...] | list[Effects], node: Any, code: Code) -> None:
    for one, other in combinations(sides, 2):
        shared = (one.writes & (other.reads | other.writes)) | (other.writes & one.reads)
        if shared:
            raise _conflict(min(shared, key=_name), node, code)


def _conflict(variable: Variable, node: Any, code: Code) -> Exception:
    reason = f"'{_name(variable)}' is changed and used again here, in an order that C leaves open; use two statements"
    return code.error(node.position, reason)


def _name(variable: Variable) -> str:
    return variable if isinstance(variable, str) else variable.name


_RULES: dict[type, Callable[[Any, Code], Effects]] = {
    tree.Number: _of_number,
    tree.LocalName: _of_local,
    tree.SymbolName: _of_symbol,
    tree.Unary: _of_operand,
    tree.Cast: _of_operand,
    tree.Binary: _of_binary,
    tree.Conditional: _of_conditional,
    tree.Call: _of_call,
    tree.Index: _of_index,
    tree.Assign: _of_assign,
}
