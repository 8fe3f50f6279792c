"""Checks statements: untyped tree -> typed tree, with loops lowered to `While` and local variables made unique."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import singledispatchmethod
from typing import Literal, final

from ml_genn.engines.embedded.language import syntax, tree
from ml_genn.engines.embedded.language.conversions import converted, promote
from ml_genn.engines.embedded.language.effects import NOTHING, Effects, effects
from ml_genn.engines.embedded.language.errors import Code
from ml_genn.engines.embedded.language.expressions import ExpressionChecker
from ml_genn.engines.embedded.language.order import refuse_unordered
from ml_genn.engines.embedded.language.scope import Scope
from ml_genn.engines.embedded.language.types import BOOL, NumericType, PointerType, Precision
from ml_genn.errors import InternalCompilerError

Statements = tuple[tree.Statement, ...]


@final
class Checker:
    """Checks one code string; `effects` collects what all of it reads, writes and calls."""

    def __init__(self, code: Code, scope: Scope, precision: Precision) -> None:
        self.effects: Effects = NOTHING
        self._code = code
        self._expressions = ExpressionChecker(code, scope, precision)
        self._locals = self._expressions.locals
        self._around: list[Literal["loop", "switch"]] = []  # what a break could leave, innermost last

    def program(self, node: syntax.Compound) -> tree.Block:
        """The statements of a whole program."""
        return self._in_block(node.statements)

    def formula(self, node: syntax.Expression, result: NumericType | None) -> tree.Expression:
        """An expression that changes nothing, converted to `result` if that is given."""
        expression = self._noted(self._expressions.value(node, result))
        if self.effects.writes:
            raise self._code.error(node.position, "a condition or formula cannot change variables")
        return expression

    def _noted(self, expression: tree.Expression) -> tree.Expression:
        refuse_unordered(expression, self._code, self._locals.shown)
        self.effects |= effects(expression)
        return expression

    # Statements: each becomes none, one or several

    @singledispatchmethod
    def _lowered(self, node: object) -> Statements:
        raise InternalCompilerError(f"no rule checks {node!r}")

    def _one(self, node: syntax.Statement) -> tree.Statement:
        statements = self._lowered(node)
        return statements[0] if len(statements) == 1 else tree.Block(statements)

    def _in_block(self, nodes: Iterable[syntax.Statement]) -> tree.Block:
        with self._locals.block():
            return tree.Block(tuple(statement for node in nodes for statement in self._lowered(node)))

    @_lowered.register
    def _compound(self, node: syntax.Compound) -> Statements:
        block = self._in_block(node.statements)
        return (block,) if block.statements else ()

    @_lowered.register
    def _declaration(self, node: syntax.Declaration) -> Statements:
        return tuple(self._declared(node, declarator) for declarator in node.declarators)

    def _declared(self, node: syntax.Declaration, declarator: syntax.Declarator) -> tree.Declare:
        local = self._locals.declare(declarator.name, node.type, node.constant)
        if local is None:
            raise self._code.error(declarator.position, f"'{declarator.name}' is declared twice in this block")
        value = None
        if declarator.value is not None:
            value = self._noted(self._expressions.value(declarator.value, node.type))
        local.ready = True
        return tree.Declare(local.unique, node.type, value, declarator.position)

    @_lowered.register
    def _act(self, node: syntax.Act) -> Statements:
        return tuple(tree.Evaluate(self._effect(expression)) for expression in node.expressions)

    def _effect(self, node: syntax.Expression) -> tree.Expression:
        """An expression whose value nobody uses, so that `x++` may yield the new one like `++x`."""
        expression = self._expressions.check(node)
        if isinstance(expression.type, PointerType):
            self._expressions.number_type(expression)
        if isinstance(expression, tree.Assign):
            expression = replace(expression, yields_old=False)
        return self._noted(expression)

    @_lowered.register
    def _branch(self, node: syntax.Branch) -> Statements:
        condition = self._condition(node.condition)
        then = self._one(node.then)
        otherwise = self._one(node.otherwise) if node.otherwise else None
        return (tree.If(condition, then, otherwise),)

    @_lowered.register
    def _loop(self, node: syntax.Loop) -> Statements:
        with self._locals.block():
            first = self._lowered(node.first) if node.first else ()
            condition = self._condition(node.condition) if node.condition else tree.Number(True, BOOL, node.position)
            self._around.append("loop")
            body = self._one(node.body)
            self._around.pop()
            steps = tuple(self._effect(step) for step in node.steps)
        loop = tree.While(condition, body, steps, node.test_first)
        return (tree.Block((*first, loop)),) if first else (loop,)

    @_lowered.register
    def _switch(self, node: syntax.Switch) -> Statements:
        """A loop of one round, which `break` leaves: each section runs once a label has been met, so they fall through.

        `found` says that one has been; `default` is last and needs no asking.
        """
        selector = self._expressions.value(node.selector)
        type_ = promote(self._expressions.number_type(selector))
        if type_.is_float:
            raise self._code.error(selector.position, f"a switch needs an integer, got {type_}")
        chosen = tree.LocalName(self._locals.hidden("chosen"), type_, node.position)
        found = tree.LocalName(self._locals.hidden("found"), BOOL, node.position)
        self._around.append("switch")
        body = tuple(
            statement
            for section in node.sections
            for statement in self._section(section, chosen, found, is_last=section is node.sections[-1])
        )
        self._around.pop()
        return (
            tree.Block(
                (
                    tree.Declare(chosen.name, type_, self._noted(converted(selector, type_)), node.position),
                    tree.Declare(found.name, BOOL, None, node.position),
                    tree.While(tree.Number(False, BOOL, node.position), tree.Block(body), test_first=False),
                )
            ),
        )

    def _section(
        self, node: syntax.Section, chosen: tree.LocalName, found: tree.LocalName, *, is_last: bool
    ) -> Iterator[tree.Statement]:
        mark = tree.Evaluate(tree.Assign(found, tree.Number(True, BOOL, node.position), node.position))
        cases = [label for label in node.labels if label is not None]
        for label in cases:
            same = self._expressions.operation("==", chosen, self._label(label, chosen.type), label.position)
            yield tree.If(same, mark, None)
        body = self._in_block(node.statements)
        if len(cases) == len(node.labels):
            yield tree.If(found, body, None)
        elif is_last:
            yield from (body,) if body.statements else ()
        else:
            raise self._code.error(node.position, "the section with default must be the last one of its switch")

    def _label(self, node: syntax.Expression, type_: NumericType) -> tree.Expression:
        label = self._expressions.value(node)
        if self._expressions.number_type(label).is_float or effects(label) != NOTHING:
            raise self._code.error(label.position, "a label of a switch must be a constant integer")
        return converted(label, type_)

    @_lowered.register
    def _jump(self, node: syntax.Jump) -> Statements:
        if not self._around:
            raise self._code.error(node.position, f"{node.word} stands in no loop")
        if node.word == "continue" and self._around[-1] == "switch":
            raise self._code.error(node.position, "continue cannot leave a switch; set a variable and test it behind")
        return (tree.Break() if node.word == "break" else tree.Continue(),)

    def _condition(self, node: syntax.Expression) -> tree.Expression:
        return self._noted(self._expressions.value(node, BOOL))
