"""Checks and types expressions: untyped tree -> typed tree with every conversion explicit."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatchmethod
from typing import cast, final

from ml_genn.engines.embedded.language import syntax
from ml_genn.engines.embedded.language.conversions import common_type, converted, promote
from ml_genn.engines.embedded.language.effects import effects
from ml_genn.engines.embedded.language.errors import Code, ModelCodeError, nearest
from ml_genn.engines.embedded.language.functions import REFUSED_CALLS, Overloads, choose, library
from ml_genn.engines.embedded.language.literals import LiteralError, read_number
from ml_genn.engines.embedded.language.parser import MAX_DEPTH, TOO_DEEP
from ml_genn.engines.embedded.language.scope import Locals, Scope
from ml_genn.engines.embedded.language.tree import (
    Assign,
    Binary,
    BinaryOperator,
    Call,
    Conditional,
    Expression,
    Function,
    Index,
    LocalName,
    Number,
    Position,
    Symbol,
    SymbolName,
    Unary,
    UnaryOperator,
    addition,
)
from ml_genn.engines.embedded.language.types import BOOL, INT32, NumericType, PointerType, Precision, Type, VoidType
from ml_genn.errors import InternalCompilerError

ARITHMETIC = frozenset({"+", "-", "*", "/"})
INTEGER_ONLY = frozenset({"%", "&", "|", "^"})
SHIFTS = frozenset({"<<", ">>"})
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
LOGIC = frozenset({"&&", "||"})

Target = LocalName | SymbolName | Index


@final
class ExpressionChecker:
    """Checks the expressions of one code string, against what its model offers and the variables declared so far."""

    def __init__(self, code: Code, scope: Scope, precision: Precision) -> None:
        self.code = code
        self.locals = Locals(scope.symbols)
        self._scope = scope
        self._scalar = precision.scalar
        self._precision = precision
        self._library = library(precision)
        self._depth = 0

    def check(self, node: syntax.Expression) -> Expression:
        """The expression, of whatever type it is."""
        # an assignment counts twice because `a += b` becomes two operations of the typed tree
        levels = 2 if isinstance(node, syntax.Assignment) else 1
        self._depth += levels
        if self._depth > MAX_DEPTH:
            raise self.code.error(node.position, TOO_DEEP)
        expression = self._typed(node)
        self._depth -= levels
        return expression

    def value(self, node: syntax.Expression, target: NumericType | None = None) -> Expression:
        """The expression as a number, of type `target` if one is given."""
        expression = self.check(node)
        self.number_type(expression)
        return converted(expression, target) if target else expression

    def number_type(self, expression: Expression) -> NumericType:
        """Type of an expression that must be a number."""
        type_ = expression.type
        if isinstance(type_, PointerType):
            name = cast(SymbolName, expression).symbol.name
            raise self.code.error(expression.position, f"'{name}' is a pointer; take an element, such as {name}[0]")
        if isinstance(type_, VoidType):
            name = cast(Call, expression).function.name
            raise self.code.error(expression.position, f"{name} gives no value; call it as a statement of its own")
        return type_

    @singledispatchmethod
    def _typed(self, node: object) -> Expression:
        raise InternalCompilerError(f"no rule checks {node!r}")

    # Leaves

    @_typed.register
    def _number(self, node: syntax.NumberText) -> Expression:
        try:
            value, type_ = read_number(node.text, self._precision)
        except LiteralError as error:
            raise self.code.error(node.position, str(error)) from None
        return Number(value, type_, node.position)

    @_typed.register
    def _truth(self, node: syntax.Truth) -> Expression:
        return Number(node.value, BOOL, node.position)

    @_typed.register
    def _name(self, node: syntax.Name) -> Expression:
        local = self.locals.find(node.name)
        if local is not None:
            if not local.ready:
                raise self.code.error(node.position, f"'{node.name}' is used in its own initial value")
            return LocalName(local.unique, local.type, node.position)
        symbol = self._scope.symbols.get(node.name)
        if symbol is None:
            raise self._unknown_name(node)
        if symbol.summed:
            raise self.code.error(
                node.position, f"'{node.name}' is a sum: code can add to it, {node.name} += x, and do nothing else"
            )
        return SymbolName(symbol, node.position)

    def _unknown_name(self, node: syntax.Name) -> ModelCodeError:
        if node.name in self._functions():
            return self.code.error(node.position, f"'{node.name}' is a function; call it: {node.name}(...)")
        known = [*self.locals.names(), *self._scope.symbols]
        return self.code.error(node.position, f"unknown name '{node.name}'", nearest(node.name, known))

    # Operators

    @_typed.register
    def _prefix(self, node: syntax.Prefix) -> Expression:
        if node.operator in ("++", "--"):
            return self._step(node, yields_old=False)
        if node.operator == "*":
            return self._element(node.operand, Number(0, INT32, node.position), node.position)
        if node.operator == "!":
            return Unary("!", self.value(node.operand, BOOL), BOOL, node.position)
        operand = self.value(node.operand)
        type_ = promote(self.number_type(operand))
        if node.operator == "~" and type_.is_float:
            raise self.code.error(node.position, f"operator '~' needs an integer, got {type_}")
        operand = converted(operand, type_)
        return operand if node.operator == "+" else Unary(_unary(node.operator), operand, type_, node.position)

    @_typed.register
    def _postfix(self, node: syntax.Postfix) -> Expression:
        return self._step(node, yields_old=True)

    def _step(self, node: syntax.Prefix | syntax.Postfix, *, yields_old: bool) -> Expression:
        """`++` and `--` are `+= 1` and `-= 1`, but for the value they yield."""
        target = self._compound_target(node.operand, node.operator)
        one = Number(1, INT32, node.position)
        return self._assign(target, node.operator[0], one, node.position, yields_old=yields_old)

    @_typed.register
    def _infix(self, node: syntax.Infix) -> Expression:
        return self.operation(node.operator, self.value(node.left), self.value(node.right), node.position)

    def operation(self, operator: str, left: Expression, right: Expression, position: Position) -> Expression:
        """`left operator right` with the conversions of C99 6.5.5 to 6.5.14."""
        name = cast(BinaryOperator, operator)
        types = self.number_type(left), self.number_type(right)
        if operator in LOGIC:
            return Binary(name, converted(left, BOOL), converted(right, BOOL), BOOL, position)
        if operator in INTEGER_ONLY | SHIFTS and (types[0].is_float or types[1].is_float):
            hint = "; use fmod for floats" if operator == "%" else ""
            raise self.code.error(
                position, f"operator '{operator}' needs integers, got {types[0]} and {types[1]}{hint}"
            )
        if operator in SHIFTS:
            shifted, count = promote(types[0]), promote(types[1])
            return Binary(name, converted(left, shifted), converted(right, count), shifted, position)
        if operator not in ARITHMETIC | INTEGER_ONLY | COMPARISONS:
            raise InternalCompilerError(f"no rule checks operator {operator}")
        type_ = common_type(*types)
        result = BOOL if operator in COMPARISONS else type_
        return Binary(name, converted(left, type_), converted(right, type_), result, position)

    @_typed.register
    def _ternary(self, node: syntax.Ternary) -> Expression:
        condition = self.value(node.condition, BOOL)
        then, otherwise = self.value(node.then), self.value(node.otherwise)
        type_ = common_type(self.number_type(then), self.number_type(otherwise))
        return Conditional(condition, converted(then, type_), converted(otherwise, type_), type_, node.position)

    @_typed.register
    def _conversion(self, node: syntax.Conversion) -> Expression:
        return converted(self.value(node.operand), node.type, node.position)

    # Assignments

    @_typed.register
    def _assignment(self, node: syntax.Assignment) -> Expression:
        if node.operator in ("+", "-"):
            summed = self._summed(node.target)
            if summed is not None:
                return self._addition(summed, node)
        if node.operator is None:
            target = self._target(node.target, "=")
            return Assign(target, self.value(node.value, _element_type(target)), node.position)
        target = self._compound_target(node.target, f"{node.operator}=")
        return self._assign(target, node.operator, self.value(node.value), node.position)

    def _summed(self, node: syntax.Expression) -> Symbol | None:
        """The variable that a name means, if it is one that can only be added to."""
        if not isinstance(node, syntax.Name) or self.locals.find(node.name) is not None:
            return None
        symbol = self._scope.symbols.get(node.name)
        return symbol if symbol is not None and symbol.summed else None

    def _addition(self, summed: Symbol, node: syntax.Assignment) -> Expression:
        """What is added has the variable's own type."""
        type_ = cast(NumericType, summed.type)
        value = self.value(node.value, type_)
        if node.operator == "-":
            value = Unary("-", value, type_, node.position)
        return Call(addition(summed), (value,), node.position)

    def _assign(
        self, target: Target, operator: str, right: Expression, position: Position, *, yields_old: bool = False
    ) -> Expression:
        result = self.operation(operator, target, right, position)
        return Assign(target, converted(result, _element_type(target)), position, yields_old)

    def _compound_target(self, node: syntax.Expression, operator: str) -> Target:
        """A target which is read, then written; its index is evaluated for both."""
        target = self._target(node, operator)
        if isinstance(target, Index) and not effects(target.index).is_pure:
            reason = f"the index before '{operator}' may change nothing and draw nothing; take it out into a variable"
            raise self.code.error(target.index.position, reason)
        return target

    def _target(self, node: syntax.Expression, operator: str) -> Target:
        expression = self.check(node)
        if not isinstance(expression, Target):
            raise self.code.error(
                node.position, f"'{operator}' can change a variable or an element of a pointer, and this is neither"
            )
        if isinstance(expression, LocalName):
            self._refuse_constant(node, expression)
            return expression
        symbol = expression.base.symbol if isinstance(expression, Index) else expression.symbol
        if expression.type == symbol.type and isinstance(symbol.type, PointerType):
            raise self.code.error(
                node.position, f"the pointer '{symbol.name}' cannot be changed; assign to an element, {symbol.name}[0]"
            )
        if not symbol.writable:
            raise self.code.error(expression.position, f"'{symbol.name}' is read-only here and cannot be changed")
        return expression

    def _refuse_constant(self, node: syntax.Expression, target: LocalName) -> None:
        local = self.locals.find(cast(syntax.Name, node).name)
        if local is not None and local.constant:
            raise self.code.error(target.position, f"'{local.name}' is const and cannot be changed")

    # Elements and calls

    @_typed.register
    def _subscript(self, node: syntax.Subscript) -> Expression:
        index = self.value(node.index)
        type_ = self.number_type(index)
        if type_.is_float:
            raise self.code.error(index.position, f"an index must be an integer, got {type_}; write (int)")
        return self._element(node.base, converted(index, promote(type_)), node.position)

    def _element(self, node: syntax.Expression, index: Expression, position: Position) -> Expression:
        base = self.check(node)
        if not isinstance(base, SymbolName) or not isinstance(base.type, PointerType):
            what = f"'{node.name}'" if isinstance(node, syntax.Name) else "this"
            raise self.code.error(base.position, f"{what} is no pointer and has no elements")
        return Index(base, index, base.type.element, base.position)

    @_typed.register
    def _invocation(self, node: syntax.Invocation) -> Expression:
        overloads = self._functions().get(node.name)
        if overloads is None:
            raise self._unknown_function(node)
        arguments = tuple(self.check(argument) for argument in node.arguments)
        function = choose(overloads, [argument.type for argument in arguments], self._scalar)
        if function is None:
            raise self.code.error(node.position, _wrong_count(node, overloads))
        pairs = zip(function.parameters, arguments, strict=True)
        return Call(function, tuple(self._argument(function, *pair) for pair in pairs), node.position)

    def _argument(self, function: Function, parameter: Type, argument: Expression) -> Expression:
        if isinstance(parameter, NumericType):
            self.number_type(argument)
            return converted(argument, parameter)
        if argument.type != parameter:
            raise self.code.error(argument.position, f"{function.name} needs a {parameter} here, got {argument.type}")
        return argument

    def _unknown_function(self, node: syntax.Invocation) -> ModelCodeError:
        if node.name in REFUSED_CALLS:
            return self.code.error(node.position, REFUSED_CALLS[node.name])
        if self.locals.find(node.name) or node.name in self._scope.symbols:
            return self.code.error(node.position, f"'{node.name}' is a variable, not a function")
        suggestions = nearest(node.name, self._functions())
        return self.code.error(node.position, f"unknown function '{node.name}'", suggestions)

    def _functions(self) -> dict[str, Overloads]:
        return {**self._library, **self._scope.actions}


def _unary(operator: str) -> UnaryOperator:
    return "-" if operator == "-" else "~"


def _element_type(target: Target) -> NumericType:
    return cast(NumericType, target.type)


def _wrong_count(node: syntax.Invocation, overloads: Iterable[Function]) -> str:
    counts = sorted({len(function.parameters) for function in overloads})
    wanted = " or ".join(map(str, counts))
    noun = "argument" if counts == [1] else "arguments"
    return f"{node.name} takes {wanted} {noun}, got {len(node.arguments)}"
