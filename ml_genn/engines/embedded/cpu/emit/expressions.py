"""Checked trees as C text, node by node; a node without a rule is refused.

The order in which C evaluates operands is not fixed, the language's is (left to right): operands with effects
(assignments, random draws, actions) are therefore put into temporaries inside a statement expression.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.functions import maths_function, random_function
from ml_genn.engines.embedded.cpu.emit.literals import literal
from ml_genn.engines.embedded.language import tree
from ml_genn.engines.embedded.language.tree import FunctionKind
from ml_genn.engines.embedded.language.types import NumericType
from ml_genn.errors import InternalCompilerError

Action = Callable[[Sequence[str]], str]

_WRAPPED = frozenset({"/", "%", "<<", ">>"})  # integer operators which C leaves partly undefined
_HELPERS = {"/": "divide", "%": "modulo", "<<": "shift_left", ">>": "shift_right"}


@final
@dataclass(frozen=True)
class Names:
    """What the names of one code string become: C text of scope names and actions, and the draws random calls take.

    `delayed` is the text of a name with an index where the index is a delay, of which it gets text and expression.
    """

    symbol: Callable[[tree.Symbol], str]
    actions: Mapping[str, Action] = field(default_factory=dict)
    draws: Callable[[], str] | None = None
    local: Callable[[str], str] = "gen_x_{}".format
    delayed: Callable[[tree.Symbol, str, tree.Expression], str | None] = lambda *_: None


@final
class Printer:
    """Prints the expressions and statements of one code string."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._temporaries = 0
        self._expressions: dict[type, Callable[[Any], str]] = {
            tree.Number: self._number,
            tree.LocalName: self._local,
            tree.SymbolName: self._symbol,
            tree.Unary: self._unary,
            tree.Binary: self._binary,
            tree.Cast: self._cast,
            tree.Conditional: self._conditional,
            tree.Call: self._call,
            tree.Index: self._index,
            tree.Assign: self._assign,
        }
        self._statements: dict[type, Callable[[Any, Buffer], None]] = {
            tree.Block: self._block,
            tree.Declare: self._declare,
            tree.Evaluate: self._evaluate,
            tree.If: self._if,
            tree.While: self._while,
            tree.Break: lambda _, out: out.line("break;"),
            tree.Continue: lambda _, out: out.line("continue;"),
        }

    def expression(self, node: tree.Expression) -> str:
        """C text of an expression, in parentheses where it is not a primary."""
        rule = self._expressions.get(type(node))
        if rule is None:
            raise InternalCompilerError(f"no C for the expression {node!r}; this is a bug in ml_genn")
        return rule(node)

    def statement(self, node: tree.Statement, out: Buffer) -> None:
        """Adds a statement to `out`."""
        rule = self._statements.get(type(node))
        if rule is None:
            raise InternalCompilerError(f"no C for the statement {node!r}; this is a bug in ml_genn")
        rule(node, out)

    def program(self, program: tree.Program, out: Buffer) -> None:
        """Adds a whole code string, in a scope of its own."""
        if program.body.statements:
            with out.block():
                for statement in program.body.statements:
                    self.statement(statement, out)

    def loop_head(self, node: tree.While) -> str:
        """C text of a loop up to its body."""
        steps = ", ".join(f"(void){self.expression(step)}" for step in node.steps)
        condition = self.expression(node.condition)
        if node.test_first:
            return f"for (; {condition}; {steps})"
        # in a for loop `continue` runs the steps and then the test, as the language wants of do-while too
        first = self._temporary()
        ends = ", ".join(filter(None, (f"{first} = false", steps)))
        return f"for (bool {first} = true; {first} || {condition}; {ends})"

    # expressions

    def _number(self, node: tree.Number) -> str:
        return literal(node.value, node.type)

    def _local(self, node: tree.LocalName) -> str:
        return self._names.local(node.name)

    def _symbol(self, node: tree.SymbolName) -> str:
        return self._names.symbol(node.symbol)

    def _unary(self, node: tree.Unary) -> str:
        return _narrowed(f"({node.operator}{self.expression(node.operand)})", node.type)

    def _binary(self, node: tree.Binary) -> str:
        if node.operator in ("&&", "||"):
            return f"({self.expression(node.left)} {node.operator} {self.expression(node.right)})"
        return self._in_order((node.left, node.right), lambda texts: _binary_text(node, texts[0], texts[1]))

    def _cast(self, node: tree.Cast) -> str:
        source, text = node.operand.type, self.expression(node.operand)
        if not isinstance(source, NumericType):
            raise InternalCompilerError(f"a cast of {source}; this is a bug in ml_genn")
        if node.type.kind == "bool":
            return f"({text} != 0)"
        if source.is_float and not node.type.is_float:
            return f"gen_{node.type.name}_of_{source.name}({text})"
        return f"(({node.type.name}){text})"

    def _conditional(self, node: tree.Conditional) -> str:
        parts = (self.expression(part) for part in (node.condition, node.then, node.otherwise))
        return "({} ? {} : {})".format(*parts)

    def _call(self, node: tree.Call) -> str:
        return self._in_order(node.arguments, lambda texts: self._call_text(node.function, texts))

    def _call_text(self, function: tree.Function, arguments: Sequence[str]) -> str:
        if function.kind is FunctionKind.MATHS:
            return f"{maths_function(function)}({', '.join(arguments)})"
        if function.kind is FunctionKind.RANDOM:
            if self._names.draws is None:
                raise InternalCompilerError(f"{function.name} where nothing draws; this is a bug in ml_genn")
            return f"{random_function(function)}({', '.join((f'&{self._names.draws()}', *arguments))})"
        action = self._names.actions.get(function.name)
        if action is None:
            raise InternalCompilerError(f"{function.name} means nothing here; this is a bug in ml_genn")
        return action(arguments)

    def _index(self, node: tree.Index) -> str:
        index = self.expression(node.index)
        return self._names.delayed(node.base.symbol, index, node.index) or f"{self.expression(node.base)}[{index}]"

    def _assign(self, node: tree.Assign) -> str:
        if not node.yields_old:
            return f"({self._store(node)})"
        type_, target = node.target.type, self.expression(node.target)
        old = self._temporary()
        return f"({{ const {type_} {old} = {target}; {self._store(node)}; {old}; }})"

    def _store(self, node: tree.Assign) -> str:
        if isinstance(node.target, tree.Index):
            base, type_ = self.expression(node.target.base), node.target.type
            return self._in_order(
                (node.target.index, node.value), lambda texts: f"{base}[{texts[0]}] = {texts[1]}", result=str(type_)
            )
        return f"{self.expression(node.target)} = {self.expression(node.value)}"

    def _in_order(
        self, operands: Sequence[tree.Expression], combine: Callable[[Sequence[str]], str], result: str = ""
    ) -> str:
        """Combines the operands' texts; through temporaries where their order could be seen."""
        texts = [self.expression(operand) for operand in operands]
        if len(operands) < 2 or not any(has_effects(operand) for operand in operands):
            return combine(texts)
        names = [self._temporary() for _ in operands]
        declared = "".join(
            f"const {operand.type} {name} = {text}; "
            for operand, name, text in zip(operands, names, texts, strict=True)
        )
        return f"({{ {declared}{combine(names)}; }})"

    def _temporary(self) -> str:
        self._temporaries += 1
        return f"gen_t{self._temporaries}"

    # statements

    def _block(self, node: tree.Block, out: Buffer) -> None:
        with out.block():
            for statement in node.statements:
                self.statement(statement, out)

    def _declare(self, node: tree.Declare, out: Buffer) -> None:
        value = "0" if node.value is None else self.expression(node.value)
        out.line(f"{node.type} {self._names.local(node.name)} = {value};")

    def _evaluate(self, node: tree.Evaluate, out: Buffer) -> None:
        expression = node.expression
        if isinstance(expression, tree.Assign):
            out.line(f"{self._store(expression)};")
        elif has_effects(expression):
            out.line(f"{self.expression(expression)};")

    def _if(self, node: tree.If, out: Buffer) -> None:
        with out.block(f"if ({self.expression(node.condition)})"):
            self._flat(node.then, out)
        if node.otherwise is not None:
            with out.block("else"):
                self._flat(node.otherwise, out)

    def _while(self, node: tree.While, out: Buffer) -> None:
        with out.block(self.loop_head(node)):
            self._flat(node.body, out)

    def _flat(self, node: tree.Statement, out: Buffer) -> None:
        """The statements of a block without its braces, which the caller has written."""
        for statement in node.statements if isinstance(node, tree.Block) else (node,):
            self.statement(statement, out)


def has_effects(node: tree.Expression) -> bool:
    """Whether evaluating the expression changes anything: an assignment, a random draw or an action."""
    match node:
        case tree.Assign():
            return True
        case tree.Call():
            return node.function.kind is not FunctionKind.MATHS or any(map(has_effects, node.arguments))
        case tree.Unary() | tree.Cast():
            return has_effects(node.operand)
        case tree.Binary():
            return has_effects(node.left) or has_effects(node.right)
        case tree.Conditional():
            return any(map(has_effects, (node.condition, node.then, node.otherwise)))
        case tree.Index():
            return has_effects(node.index)
        case _:
            return False


def _binary_text(node: tree.Binary, left: str, right: str) -> str:
    if node.operator in _WRAPPED and not node.type.is_float:
        if node.operator in ("<<", ">>"):
            right = f"(uint32_t){right}"
        return f"gen_{_HELPERS[node.operator]}_{node.type.name}({left}, {right})"
    if node.operator == "-" and node.type.is_float and _is_constant(node.left) and not _is_plain(node.right):
        return f"gen_minus_{node.type.name}({left}, {right})"
    return _narrowed(f"({left} {node.operator} {right})", node.type)


def _is_constant(node: tree.Expression) -> bool:
    match node:
        case tree.Number():
            return True
        case tree.Unary(_, operand) | tree.Cast(operand):
            return _is_constant(operand)
        case tree.Binary(_, left, right):
            return _is_constant(left) and _is_constant(right)
        case _:
            return False


def _is_plain(node: tree.Expression) -> bool:
    """Whether gcc cannot see in the expression that it is never -0.0.

    Where it can, such as for a converted integer, it makes 0.0 - x into -x, which is -0.0 for zero. It looks no further
    than one expression, so a function in between hides x from it.
    """
    match node:
        case tree.Cast() | tree.Conditional() | tree.Call():
            return False
        case tree.Unary(_, operand):
            return _is_plain(operand)
        case tree.Binary(_, left, right):
            return _is_plain(left) and _is_plain(right)
        case _:
            return True


def _narrowed(text: str, type_: NumericType) -> str:
    """C computes integers of less than 32 bits as int; the language in their own type."""
    return f"(({type_.name}){text})" if type_.kind in ("int", "uint") and type_.bits < 32 else text
