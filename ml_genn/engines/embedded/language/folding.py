"""Known values put into checked code: what they decide is decided, and what cannot run any more is left out.

    if (Phase == 0) { V += Isyn; } else { V -= LambdaV; }      with Phase = 1 becomes      { V -= LambdaV; }

Integers and comparisons are computed, by the same functions as the reference interpreter's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, final

from ml_genn.engines.embedded.language import semantics, tree
from ml_genn.engines.embedded.language.conversions import converted
from ml_genn.engines.embedded.language.effects import effects, statement_effects
from ml_genn.engines.embedded.language.types import BOOL, INT32, NumericType
from ml_genn.errors import InternalCompilerError

_EMPTY = tree.Block(())


def fold_program(program: tree.Program, known: Mapping[str, int]) -> tree.Program:
    """The program with names of its scope replaced by whole numbers from 0 on."""
    body = _Folder(known).block(program.body)
    done = statement_effects(body)
    names = (frozenset(one.name for one in some if isinstance(one, tree.Symbol)) for some in (done.reads, done.writes))
    reads, writes = names
    calls = frozenset(function.name for function in done.calls)
    return replace(program, body=body, reads=reads, writes=writes, calls=calls)


def fold_formula(formula: tree.Formula, known: Mapping[str, int]) -> tree.Formula:
    """The formula with names of its scope replaced by whole numbers from 0 on."""
    expression = _Folder(known).expression(formula.expression)
    done = effects(expression)
    reads = frozenset(one.name for one in done.reads if isinstance(one, tree.Symbol))
    return replace(formula, expression=expression, reads=reads, calls=frozenset(one.name for one in done.calls))


@final
class _Folder:
    def __init__(self, known: Mapping[str, int]) -> None:
        self._known = known

    # Expressions

    def expression(self, node: tree.Expression) -> tree.Expression:
        rule = _EXPRESSIONS.get(type(node))
        if rule is None:
            raise InternalCompilerError(f"no rule folds {node!r}")
        return rule(self, node)

    def _same(self, node: tree.Number | tree.LocalName) -> tree.Expression:
        return node

    def _symbol(self, node: tree.SymbolName) -> tree.Expression:
        value = self._known.get(node.symbol.name)
        if value is None or not isinstance(node.type, NumericType):  # a pointer is no parameter
            return node
        return converted(tree.Number(value, INT32, node.position), node.type)

    def _unary(self, node: tree.Unary) -> tree.Expression:
        operand = self.expression(node.operand)
        if node.operator == "!" and isinstance(operand, tree.Number):
            return replace(operand, value=not operand.value)
        return replace(node, operand=operand)

    def _binary(self, node: tree.Binary) -> tree.Expression:
        left, right = self.expression(node.left), self.expression(node.right)
        if node.operator in ("&&", "||") and isinstance(left, tree.Number):
            return right if left.value == (node.operator == "&&") else left
        exact = node.type == BOOL or not node.type.is_float
        if exact and isinstance(left, tree.Number) and isinstance(right, tree.Number):
            value = semantics.BINARY[node.operator](left.value, right.value, left.type).item()
            if value >= 0:
                return tree.Number(value, node.type, node.position)
        return replace(node, left=left, right=right)

    def _cast(self, node: tree.Cast) -> tree.Expression:
        operand = self.expression(node.operand)
        return converted(operand, node.type, node.position)

    def _conditional(self, node: tree.Conditional) -> tree.Expression:
        condition = self.expression(node.condition)
        if isinstance(condition, tree.Number):
            return self.expression(node.then if condition.value else node.otherwise)
        then, otherwise = self.expression(node.then), self.expression(node.otherwise)
        return replace(node, condition=condition, then=then, otherwise=otherwise)

    def _call(self, node: tree.Call) -> tree.Expression:
        return replace(node, arguments=tuple(map(self.expression, node.arguments)))

    def _index(self, node: tree.Index) -> tree.Index:
        return replace(node, index=self.expression(node.index))

    def _assign(self, node: tree.Assign) -> tree.Expression:
        target = self._index(node.target) if isinstance(node.target, tree.Index) else node.target
        return replace(node, target=target, value=self.expression(node.value))

    # Statements

    def block(self, node: tree.Block) -> tree.Block:
        statements = map(self.statement, node.statements)
        return tree.Block(tuple(statement for statement in statements if statement != _EMPTY))

    def statement(self, node: tree.Statement) -> tree.Statement:
        rule = _STATEMENTS.get(type(node))
        if rule is None:
            raise InternalCompilerError(f"no rule folds {node!r}")
        return rule(self, node)

    def _jump(self, node: tree.Break | tree.Continue) -> tree.Statement:
        return node

    def _declare(self, node: tree.Declare) -> tree.Statement:
        return node if node.value is None else replace(node, value=self.expression(node.value))

    def _evaluate(self, node: tree.Evaluate) -> tree.Statement:
        return tree.Evaluate(self.expression(node.expression))

    def _if(self, node: tree.If) -> tree.Statement:
        condition = self.expression(node.condition)
        otherwise = _EMPTY if node.otherwise is None else node.otherwise
        if isinstance(condition, tree.Number):
            chosen = self.statement(node.then if condition.value else otherwise)
            return chosen if isinstance(chosen, tree.Block) else tree.Block((chosen,))
        then, otherwise = self.statement(node.then), self.statement(otherwise)
        if then == otherwise == _EMPTY and effects(condition).is_pure:
            return _EMPTY
        return tree.If(condition, then, None if otherwise == _EMPTY else otherwise)

    def _while(self, node: tree.While) -> tree.Statement:
        condition = self.expression(node.condition)
        if node.test_first and isinstance(condition, tree.Number) and not condition.value:
            return _EMPTY
        return replace(
            node, condition=condition, body=self.statement(node.body), steps=tuple(map(self.expression, node.steps))
        )


_EXPRESSIONS: dict[type, Callable[[_Folder, Any], tree.Expression]] = {
    tree.Number: _Folder._same,
    tree.LocalName: _Folder._same,
    tree.SymbolName: _Folder._symbol,
    tree.Unary: _Folder._unary,
    tree.Binary: _Folder._binary,
    tree.Cast: _Folder._cast,
    tree.Conditional: _Folder._conditional,
    tree.Call: _Folder._call,
    tree.Index: _Folder._index,
    tree.Assign: _Folder._assign,
}

_STATEMENTS: dict[type, Callable[[_Folder, Any], tree.Statement]] = {
    tree.Block: _Folder.block,
    tree.Declare: _Folder._declare,
    tree.Evaluate: _Folder._evaluate,
    tree.If: _Folder._if,
    tree.While: _Folder._while,
    tree.Break: _Folder._jump,
    tree.Continue: _Folder._jump,
}
