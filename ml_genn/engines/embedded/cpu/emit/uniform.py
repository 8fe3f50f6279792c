"""Which loops of a code string run alike for all neurons of a population.

A value is uniform if all neurons have the same: numbers, parameters, `t`, and locals that are only ever given uniform
values under uniform conditions. A loop is uniform if its condition is and nothing leaves it early. A compiler cannot
vectorise a loop over neurons around another loop; knowing the inner one to be uniform, we can turn the two around.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import final

from ml_genn.engines.embedded.language import tree
from ml_genn.engines.embedded.language.tree import FunctionKind
from ml_genn.engines.embedded.plan.plan import Axis, Binding, Builtin, Code, Element, Value

_UNIFORM_BUILTINS = frozenset({Builtin.T, Builtin.DT, Builtin.BATCH, Builtin.NUM_BATCH, Builtin.NUM_NEURONS})


@final
class Uniformity:
    """What is uniform in one code string."""

    def __init__(self, code: Code) -> None:
        self._code = code
        body = code.program.body
        self._locals = {node.name for node in _statements(body) if isinstance(node, tree.Declare)}
        before = -1
        while len(self._locals) != before:  # each round may take names away, which may take others with them
            before = len(self._locals)
            self._demote(body, alike=True)

    @property
    def bindings(self) -> Mapping[str, Binding]:
        """What the names of the code are bound to."""
        return self._code.bindings

    def is_uniform(self, node: tree.Expression) -> bool:
        """Whether an expression has one value for all neurons, and no effect."""
        match node:
            case tree.Number():
                return True
            case tree.LocalName():
                return node.name in self._locals
            case tree.SymbolName():
                return self._symbol_is_uniform(node.symbol.name)
            case tree.Call():
                return node.function.kind is FunctionKind.MATHS and all(map(self.is_uniform, node.arguments))
            case tree.Assign() | tree.Index():
                return False
            case _:
                return all(map(self.is_uniform, _operands(node)))

    def is_uniform_local(self, name: str) -> bool:
        """Whether a local variable has one value for all neurons throughout."""
        return name in self._locals

    def loops_alike(self, loop: tree.While) -> bool:
        """Whether all neurons run through a loop equally often."""
        leaves = any(isinstance(node, tree.Break | tree.Continue) for node in _statements(loop.body))
        return self.is_uniform(loop.condition) and not leaves and all(map(self._steps_alike, loop.steps))

    def _steps_alike(self, step: tree.Expression) -> bool:
        """Whether a step of a loop does the same for all neurons, outside the loop over them."""
        match step:
            case tree.Assign(tree.LocalName(name), value):
                return name in self._locals and self.is_uniform(value)
            case _:
                return False

    def has_uniform_loop(self, node: tree.Statement | None = None) -> bool:
        """Whether a uniform loop is reached by all neurons alike."""
        match self._code.program.body if node is None else node:
            case tree.Block(statements):
                return any(map(self.has_uniform_loop, statements))
            case tree.While() as loop:
                return self.loops_alike(loop)
            case tree.If(condition, then, otherwise) if self.is_uniform(condition):
                return self.has_uniform_loop(then) or (otherwise is not None and self.has_uniform_loop(otherwise))
            case _:
                return False

    def is_outside(self, node: tree.If) -> bool:
        """Whether a branch must stand outside the loop over neurons: for a loop in it, or because it is done once.

        `if (K > 2) { n += 1; }` with a uniform `n` is such a one: inside, each neuron would add to it.
        """
        return self.has_uniform_loop(node) or any(map(self._gives_uniform, _statements(node)))

    def _gives_uniform(self, node: tree.Statement) -> bool:
        match node:
            case tree.Evaluate(tree.Assign(tree.LocalName(name))):
                return name in self._locals
            case _:
                return False

    def has_other_loop(self) -> bool:
        """Whether some loop is not uniform."""
        loops = (node for node in _statements(self._code.program.body) if isinstance(node, tree.While))
        return not all(map(self.loops_alike, loops))

    def _symbol_is_uniform(self, name: str) -> bool:
        match self._code.bindings.get(name):
            case Element(_, Axis.SHARED):
                return name not in self._code.program.writes
            case Value(builtin):
                return builtin in _UNIFORM_BUILTINS
            case _:
                return False

    def _demote(self, node: tree.Statement, *, alike: bool) -> None:
        """Takes away locals that are given other values; `alike`: all neurons come here or none."""
        match node:
            case tree.Block(statements):
                for statement in statements:
                    self._demote(statement, alike=alike)
            case tree.Declare(name, _, value):
                self._give(name, value, alike=alike)
            case tree.Evaluate(expression):
                self._evaluate(expression, alike=alike)
            case tree.If(condition, then, otherwise):
                self._inside(condition)
                within = alike and self.is_uniform(condition)
                for branch in (then, otherwise):
                    if branch is not None:
                        self._demote(branch, alike=within)
            case tree.While(condition, body, steps):
                self._inside(condition)
                within = alike and self.loops_alike(node)
                self._demote(body, alike=within)
                for step in steps:
                    self._evaluate(step, alike=within)

    def _evaluate(self, expression: tree.Expression, *, alike: bool) -> None:
        match expression:
            case tree.Assign(tree.LocalName(name), value):
                self._give(name, value, alike=alike)
            case _:
                self._inside(expression)

    def _give(self, name: str, value: tree.Expression | None, *, alike: bool) -> None:
        if value is not None:
            self._inside(value)
        if not alike or not (value is None or self.is_uniform(value)):
            self._locals.discard(name)

    def _inside(self, expression: tree.Expression) -> None:
        """Assignments in the midst of an expression are not followed: what they assign counts as not uniform."""
        if isinstance(expression, tree.Assign) and isinstance(expression.target, tree.LocalName):
            self._locals.discard(expression.target.name)
        for operand in _operands(expression):
            self._inside(operand)


def _statements(node: tree.Statement) -> Iterator[tree.Statement]:
    """A statement and all inside it."""
    yield node
    match node:
        case tree.Block(statements):
            inner: tuple[tree.Statement | None, ...] = statements
        case tree.If(_, then, otherwise):
            inner = (then, otherwise)
        case tree.While(_, body):
            inner = (body,)
        case _:
            inner = ()
    for statement in inner:
        if statement is not None:
            yield from _statements(statement)


def _operands(node: tree.Expression) -> tuple[tree.Expression, ...]:
    match node:
        case tree.Unary(_, operand) | tree.Cast(operand):
            return (operand,)
        case tree.Binary(_, left, right):
            return (left, right)
        case tree.Conditional(condition, then, otherwise):
            return (condition, then, otherwise)
        case tree.Call(_, arguments):
            return arguments
        case tree.Index(_, index):
            return (index,)
        case tree.Assign(target, value):
            return (target, value)
        case _:
            return ()
