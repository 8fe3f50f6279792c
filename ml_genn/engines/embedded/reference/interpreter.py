"""Evaluates checked code over all lanes of a kernel: the meaning of the modelling language, one node at a time.

Every evaluation is given the lanes that are active there, and looks at no others: `if`, `?:`, `&&`, `||` narrow them,
loops run until none is left. Values are arrays of one entry per active lane, or scalars where all lanes agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast, final

import numpy as np
from numpy.typing import NDArray

from ml_genn.engines.embedded.language import semantics
from ml_genn.engines.embedded.language.tree import (
    Assign,
    Binary,
    Block,
    Break,
    Call,
    Cast,
    Conditional,
    Continue,
    Declare,
    Evaluate,
    Expression,
    FunctionKind,
    If,
    Index,
    LocalName,
    Number,
    Statement,
    SymbolName,
    Unary,
    While,
)
from ml_genn.engines.embedded.language.types import NumericType
from ml_genn.engines.embedded.plan.plan import (
    Arrival,
    Binding,
    Builtin,
    Code,
    Condition,
    Delayed,
    Element,
    Pointer,
    Value,
)
from ml_genn.engines.embedded.reference.draws import draw
from ml_genn.engines.embedded.reference.frame import Frame
from ml_genn.engines.embedded.reference.lanes import Indices, Values, narrow, pick, placed
from ml_genn.engines.embedded.reference.library import maths
from ml_genn.errors import DataError

Action = Callable[[Indices, tuple[Values, ...]], None]
"""An effect on the network, called with the active lanes and the arguments' values."""

Store = Callable[[Values], None]
"""Gives the target of an assignment its new value."""

_LOCAL_BUILTINS = (Builtin.ACCUMULATOR, Builtin.REDUCTION)


def run_code(
    code: Code,
    frame: Frame,
    stream: int = 0,
    actions: Mapping[str, Action] | None = None,
    lanes: Indices | None = None,
) -> None:
    """Runs a code string in some lanes of a frame, or in all."""
    interpreter = Interpreter(frame, code.bindings, code.program.where, stream, actions or {})
    interpreter.execute(code.program.body, frame.space.all if lanes is None else lanes)


def lanes_where(condition: Condition, frame: Frame, stream: int = 0) -> Indices:
    """The lanes of a frame for which a condition holds."""
    lanes = frame.space.all
    interpreter = Interpreter(frame, condition.bindings, condition.formula.where, stream, {})
    return narrow(lanes, interpreter.evaluate(condition.formula.expression, lanes))


@final
class Interpreter:
    """One code string in one frame; `where` is what errors call it."""

    def __init__(
        self, frame: Frame, bindings: Mapping[str, Binding], where: str, stream: int, actions: Mapping[str, Action]
    ) -> None:
        self.frame = frame
        self.size = frame.space.size
        self.bindings = bindings
        self.where = where
        self.stream = stream
        self.actions = actions
        self.locals: dict[str, Values] = {}
        self.continued: list[Indices] = []

    # Statements return the lanes that reach their end

    def execute(self, statement: Statement, lanes: Indices) -> Indices:
        """Runs a statement in the active lanes; returns those that `break` and `continue` have not taken elsewhere."""
        if lanes.size == 0:
            return lanes
        return _STATEMENTS[type(statement)](self, statement, lanes)

    def _block(self, block: Block, lanes: Indices) -> Indices:
        for statement in block.statements:
            lanes = self.execute(statement, lanes)
        return lanes

    def _declare(self, declaration: Declare, lanes: Indices) -> Indices:
        values: Values = declaration.type.dtype.type(0)
        if declaration.value is not None:
            values = self.evaluate(declaration.value, lanes)
        self.locals[declaration.name] = placed(self.locals.get(declaration.name), lanes, values, self.size)
        return lanes

    def _evaluate(self, statement: Evaluate, lanes: Indices) -> Indices:
        self.evaluate(statement.expression, lanes)
        return lanes

    def _if(self, branch: If, lanes: Indices) -> Indices:
        truth = self.evaluate(branch.condition, lanes)
        then = self.execute(branch.then, narrow(lanes, truth))
        otherwise = narrow(lanes, np.logical_not(truth))
        if branch.otherwise is not None:
            otherwise = self.execute(branch.otherwise, otherwise)
        return _together([then, otherwise])

    def _while(self, loop: While, lanes: Indices) -> Indices:
        outer = self.continued
        running = lanes
        test_now = loop.test_first
        while running.size:
            self.continued = []
            if test_now:
                running = narrow(running, self.evaluate(loop.condition, running))
            test_now = True
            running = _together([self.execute(loop.body, running), *self.continued])
            if running.size:
                for step in loop.steps:
                    self.evaluate(step, running)
        self.continued = outer
        return lanes

    def _break(self, _: Break, lanes: Indices) -> Indices:
        return lanes[:0]

    def _continue(self, _: Continue, lanes: Indices) -> Indices:
        self.continued.append(lanes)
        return lanes[:0]

    # Expressions

    def evaluate(self, expression: Expression, lanes: Indices) -> Values:
        """Value of an expression in the active lanes."""
        return _EXPRESSIONS[type(expression)](self, expression, lanes)

    def _number(self, number: Number, _: Indices) -> Values:
        return number.type.dtype.type(number.value)

    def _local(self, name: LocalName, lanes: Indices) -> Values:
        return pick(self.locals[name.name], lanes, self.size)

    def _symbol(self, name: SymbolName, lanes: Indices) -> Values:
        bound = self.bindings[name.symbol.name]
        return _READERS[type(bound)](self, name, bound, lanes)

    def _element(self, _: SymbolName, bound: Element, lanes: Indices) -> Values:
        return self.frame.element(bound, lanes)

    def _builtin(self, name: SymbolName, bound: Value, lanes: Indices) -> Values:
        if bound.builtin in _LOCAL_BUILTINS:
            return self.frame.local(name.symbol.name, lanes)
        return self.frame.builtin(bound, _number_type(name), lanes)

    def _arrival(self, _: SymbolName, bound: Arrival, lanes: Indices) -> Values:
        later = bound.element.array.type.dtype.type(self.frame.surroundings.dt * bound.steps)
        time: Values = np.add(later, self.frame.element(bound.element, lanes))
        return time

    def _unary(self, unary: Unary, lanes: Indices) -> Values:
        return semantics.UNARY[unary.operator](self.evaluate(unary.operand, lanes), unary.type)

    def _binary(self, binary: Binary, lanes: Indices) -> Values:
        left = self.evaluate(binary.left, lanes)
        if binary.operator == "&&":
            return self._where(binary.right, left, left, lanes)
        if binary.operator == "||":
            return self._where(binary.right, np.logical_not(left), left, lanes)
        right = self.evaluate(binary.right, lanes)
        return semantics.BINARY[binary.operator](left, right, _number_type(binary.left))

    def _cast(self, node: Cast, lanes: Indices) -> Values:
        return semantics.convert(self.evaluate(node.operand, lanes), _number_type(node.operand), node.type)

    def _conditional(self, conditional: Conditional, lanes: Indices) -> Values:
        truth = self.evaluate(conditional.condition, lanes)
        chosen = self._where(conditional.then, truth, conditional.type.dtype.type(0), lanes)
        return self._where(conditional.otherwise, np.logical_not(truth), chosen, lanes)

    def _where(self, expression: Expression, needed: Values, otherwise: Values, lanes: Indices) -> Values:
        """The expression in the lanes that need it, evaluated in no other; `otherwise` in the rest."""
        if np.all(needed):
            return self.evaluate(expression, lanes)
        result = np.array(np.broadcast_to(otherwise, lanes.shape))
        if np.any(needed):
            result[np.asarray(needed)] = self.evaluate(expression, narrow(lanes, needed))
        return result

    def _call(self, call: Call, lanes: Indices) -> Values:
        arguments = tuple(self.evaluate(argument, lanes) for argument in call.arguments)
        if call.function.kind is FunctionKind.ACTION:
            self.actions[call.function.name](lanes, arguments)
            return _NOTHING
        if call.function.kind is FunctionKind.RANDOM:
            return draw(call.function, arguments, self.frame, self.stream, lanes)
        return maths(call.function, arguments)

    def _index(self, index: Index, lanes: Indices) -> Values:
        bound = self.bindings[index.base.symbol.name]
        if isinstance(bound, Delayed):
            return self.frame.delayed(bound, lanes, self.evaluate(index.index, lanes))
        array, example, place = self._address(index, lanes)
        values: Values = array[example, place]
        return values

    def _address(self, index: Index, lanes: Indices) -> tuple[NDArray[Any], Indices | int, Indices]:
        """The array [examples][elements] that a pointer means, and where in it each active lane looks."""
        name = index.base.symbol.name
        bound = cast(Pointer, self.bindings[name])
        place = np.asarray(self.evaluate(index.index, lanes)).astype(np.intp)
        outside = (place < 0) | (place >= bound.array.elements)
        if np.any(outside):
            at = f"{self.where}:{index.position.line}:{index.position.column}"
            raise DataError(f"{at}: {name}[{place[outside][0]}] lies outside its {bound.array.elements} elements")
        example = np.asarray(pick(self.frame.space.example, lanes, self.size)) if bound.array.batched else 0
        return self.frame.surroundings.storage[bound.array.name][0], example, place

    def _assign(self, assign: Assign, lanes: Indices) -> Values:
        store = _TARGETS[type(assign.target)](self, assign.target, lanes)
        old = self.evaluate(assign.target, lanes) if assign.yields_old else _NOTHING
        values = self.evaluate(assign.value, lanes)
        store(values)
        return old if assign.yields_old else values

    def _to_local(self, name: LocalName, lanes: Indices) -> Store:
        def store(values: Values) -> None:
            self.locals[name.name] = placed(self.locals[name.name], lanes, values, self.size)

        return store

    def _to_symbol(self, name: SymbolName, lanes: Indices) -> Store:
        bound = self.bindings[name.symbol.name]
        if isinstance(bound, Element):
            return partial(self.frame.write, bound, lanes)
        return partial(self.frame.write_local, name.symbol.name, lanes)

    def _to_index(self, index: Index, lanes: Indices) -> Store:
        array, example, place = self._address(index, lanes)
        return partial(array.__setitem__, (example, place))


def _number_type(expression: Expression) -> NumericType:
    """Type of an operand, which the checker has made sure is a number."""
    return cast(NumericType, expression.type)


def _together(parts: list[Indices]) -> Indices:
    """Lanes that meet again, ascending."""
    filled = [part for part in parts if part.size]
    return filled[0] if len(filled) == 1 else np.sort(np.concatenate(parts))


_NOTHING = np.bool_(False)

_STATEMENTS: dict[type, Callable[[Interpreter, Any, Indices], Indices]] = {
    Block: Interpreter._block,
    Declare: Interpreter._declare,
    Evaluate: Interpreter._evaluate,
    If: Interpreter._if,
    While: Interpreter._while,
    Break: Interpreter._break,
    Continue: Interpreter._continue,
}

_EXPRESSIONS: dict[type, Callable[[Interpreter, Any, Indices], Values]] = {
    Number: Interpreter._number,
    LocalName: Interpreter._local,
    SymbolName: Interpreter._symbol,
    Unary: Interpreter._unary,
    Binary: Interpreter._binary,
    Cast: Interpreter._cast,
    Conditional: Interpreter._conditional,
    Call: Interpreter._call,
    Index: Interpreter._index,
    Assign: Interpreter._assign,
}

_TARGETS: dict[type, Callable[[Interpreter, Any, Indices], Store]] = {
    LocalName: Interpreter._to_local,
    SymbolName: Interpreter._to_symbol,
    Index: Interpreter._to_index,
}

_READERS: dict[type, Callable[[Interpreter, SymbolName, Any, Indices], Values]] = {
    Element: Interpreter._element,
    Value: Interpreter._builtin,
    Arrival: Interpreter._arrival,
}
