"""Tokens -> untyped tree: recursive descent for statements, operator precedence by table for expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar, Literal, final

from ml_genn.engines.embedded.language import syntax
from ml_genn.engines.embedded.language.errors import Code, ModelCodeError, nearest
from ml_genn.engines.embedded.language.scanner import Token, TokenKind, scan
from ml_genn.engines.embedded.language.tree import Position
from ml_genn.engines.embedded.language.type_names import TYPE_WORDS, type_named
from ml_genn.engines.embedded.language.types import NumericType, PointerType, Precision

MAX_DEPTH = 100
"""Levels to which parentheses, operators and statements may nest; a chain `a + b + c` nests once per operator."""

TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels; split this into several statements"

# binding power of what stands between two operands (C99 6.5), weakest first
_WEAKEST_FIRST = (
    ("=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^="),
    ("?",),
    ("||",),
    ("&&",),
    ("|",),
    ("^",),
    ("&",),
    ("==", "!="),
    ("<", "<=", ">", ">="),
    ("<<", ">>"),
    ("+", "-"),
    ("*", "/", "%"),
)
POWER = {operator: power for power, operators in enumerate(_WEAKEST_FIRST, 1) for operator in operators}
ASSIGNMENT, TERNARY = POWER["="], POWER["?"]
UNARY = len(_WEAKEST_FIRST) + 1

PREFIXES = ("-", "+", "~", "!", "*", "++", "--")

REFUSED_WORDS = {
    "goto": "goto is not part of the language",
    "return": "a code string is no function and returns nothing; store the result in a variable",
    "sizeof": "sizeof is not part of the language",
    "struct": "structures are not part of the language",
    "union": "structures are not part of the language",
    "enum": "enumerations are not part of the language; give constants as parameters",
    "typedef": "new types cannot be made; use scalar, timepoint and the types of C",
    "void": "void belongs to functions, and code strings cannot define any",
    "auto": "write the type of the variable, such as scalar or int",
    "static": "static variables are not part of the language; declare a model variable",
    "extern": "extern is not part of the language; name variables in the model",
    "register": "register is not part of the language; leave it out",
    "volatile": "volatile is not part of the language; leave it out",
    "restrict": "restrict is not part of the language; leave it out",
    "inline": "code strings cannot define functions",
    "for_each_synapse": "for_each_synapse loops over the synapses of a row in connectivity updates only",
}

KEYWORDS = frozenset(
    {"if", "else", "while", "do", "for", "switch", "case", "default", "break", "continue", "true", "false", "const"}
)

RESERVED_WORDS = KEYWORDS | TYPE_WORDS | frozenset(REFUSED_WORDS)
"""Words that can name neither a variable nor a parameter."""


@final
class Parser:
    """One pass over the tokens of one code string; each method consumes what it is named after."""

    def __init__(self, code: Code, precision: Precision) -> None:
        self._code = code
        self._precision = precision
        self._tokens = scan(code)
        self._next = 0
        self._depth = 0

    def program(self) -> syntax.Compound:
        """Statements up to the end of the code."""
        statements = []
        while self._token.kind is not TokenKind.END:
            statements.append(self._statement())
        return syntax.Compound(tuple(statements), Position(1, 1))

    def formula(self) -> syntax.Expression:
        """One expression and nothing else."""
        expression = self._expression()
        if self._token.kind is not TokenKind.END:
            hint = ", which takes no ';'" if self._token.text == ";" else ""
            raise self._error(self._token.position, f"unexpected {self._token} behind the expression{hint}")
        return expression

    def type_alone(self) -> NumericType | PointerType:
        """A type, or a pointer to one, and nothing else."""
        if not self._at_type():
            raise self._error(
                self._token.position, f"expected a type, found {self._token}", nearest(self._token.text, TYPE_WORDS)
            )
        numeric, _ = self._type()
        pointer = self._accept("*")
        if self._token.kind is not TokenKind.END:
            raise self._error(self._token.position, f"unexpected {self._token} behind the type")
        return PointerType(numeric) if pointer else numeric

    # Tokens

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _advance(self) -> Token:
        token = self._token
        if token.kind is not TokenKind.END:
            self._next += 1
        return token

    def _accept(self, text: str) -> bool:
        if self._token.text != text:
            return False
        self._advance()
        return True

    def _expect(self, text: str, place: str) -> Token:
        if self._token.text == text:
            return self._advance()
        if self._token.text == ",":
            raise self._error(self._token.position, "the comma operator works only in the parts of a for (...)")
        behind = self._tokens[self._next - 1].end if self._next else self._token.position
        raise self._error(behind, f"expected '{text}' {place}, found {self._token}")

    def _error(self, position: Position, reason: str, suggestions: Iterable[str] = ()) -> ModelCodeError:
        return self._code.error(position, reason, suggestions)

    def _descend(self) -> None:
        """Enters one more level; the levels left behind by an error are of no interest."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(self._token.position, TOO_DEEP)

    # Types

    def _at_type(self, ahead: int = 0) -> bool:
        text = self._tokens[min(self._next + ahead, len(self._tokens) - 1)].text
        return text in TYPE_WORDS or text == "const"

    def _type(self) -> tuple[NumericType, bool]:
        """A type and whether it is const, which may stand before and behind it."""
        start, words = self._token.position, []
        while self._at_type():
            words.append(self._advance().text)
        named = tuple(word for word in words if word != "const")
        type_ = type_named(named, self._precision)
        if type_ is None:
            what = f"'{' '.join(named)}' is not a type" if named else "const needs a type behind it"
            raise self._error(start, what)
        return type_, "const" in words

    # Statements

    def _statement(self) -> syntax.Statement:
        self._descend()
        rule = self._STATEMENTS.get(self._token.text)
        if rule is not None:
            statement = rule(self)
        elif self._at_type():
            statement = self._declaration()
        else:
            statement = self._act()
        self._depth -= 1
        return statement

    def _body(self, of: str) -> syntax.Statement:
        """The statement that an `if`, an `else` or a loop governs."""
        if self._at_type():
            raise self._error(self._token.position, f"a declaration needs braces to be the body of {of}")
        return self._statement()

    def _compound(self) -> syntax.Compound:
        opening = self._advance().position
        statements = []
        while self._token.text != "}":
            if self._token.kind is TokenKind.END:
                raise self._error(opening, "this '{' is never closed")
            statements.append(self._statement())
        self._advance()
        return syntax.Compound(tuple(statements), opening)

    def _empty(self) -> syntax.Compound:
        return syntax.Compound((), self._advance().position)

    def _declaration(self) -> syntax.Declaration:
        position = self._token.position
        type_, constant = self._type()
        declarators = [self._declarator()]
        while self._accept(","):
            declarators.append(self._declarator())
        self._expect(";", "at the end of the declaration")
        return syntax.Declaration(type_, constant, tuple(declarators), position)

    def _declarator(self) -> syntax.Declarator:
        if self._token.text == "*":
            raise self._error(self._token.position, "pointers cannot be declared in code; index the one of the model")
        name = self._new_name()
        if self._token.text == "[":
            raise self._error(self._token.position, "arrays cannot be declared in code; use an extra global parameter")
        if self._token.text == "(":
            raise self._error(self._token.position, "code strings cannot define functions")
        value = self._expression() if self._accept("=") else None
        return syntax.Declarator(name.text, value, name.position)

    def _new_name(self) -> Token:
        token = self._token
        if token.kind is not TokenKind.NAME:
            raise self._error(token.position, f"expected a name for the variable, found {token}")
        if token.text in RESERVED_WORDS:
            raise self._error(token.position, f"{token} is a word of the language and cannot name a variable")
        return self._advance()

    def _act(self) -> syntax.Act:
        position = self._token.position
        expression = self._expression()
        self._expect(";", "at the end of the statement")
        return syntax.Act((expression,), position)

    def _if(self) -> syntax.Branch:
        position = self._advance().position
        condition = self._condition("if")
        then = self._body("an if")
        otherwise = self._body("an else") if self._accept("else") else None
        return syntax.Branch(condition, then, otherwise, position)

    def _stray(self) -> syntax.Statement:
        owner = "an if" if self._token.text == "else" else "a switch"
        raise self._error(self._token.position, f"{self._token} stands here without {owner} that it belongs to")

    def _condition(self, word: str) -> syntax.Expression:
        self._expect("(", f"after {word}")
        condition = self._expression()
        self._expect(")", "behind the condition")
        return condition

    def _while(self) -> syntax.Loop:
        position = self._advance().position
        condition = self._condition("while")
        return syntax.Loop(None, condition, (), self._body("a loop"), True, position)

    def _do(self) -> syntax.Loop:
        position = self._advance().position
        body = self._body("a loop")
        self._expect("while", "behind the body of do")
        condition = self._condition("while")
        self._expect(";", "at the end of do ... while (...)")
        return syntax.Loop(None, condition, (), body, False, position)

    def _for(self) -> syntax.Loop:
        position = self._advance().position
        self._expect("(", "after for")
        first = self._for_first()
        condition = None if self._token.text == ";" else self._expression()
        self._expect(";", "behind the condition of the for")
        steps = () if self._token.text == ")" else self._several()
        self._expect(")", "behind the steps of the for")
        return syntax.Loop(first, condition, steps, self._body("a loop"), True, position)

    def _for_first(self) -> syntax.Statement | None:
        if self._at_type():
            return self._declaration()
        if self._accept(";"):
            return None
        position = self._token.position
        expressions = self._several()
        self._expect(";", "behind the first part of the for")
        return syntax.Act(expressions, position)

    def _several(self) -> tuple[syntax.Expression, ...]:
        expressions = [self._expression()]
        while self._accept(","):
            expressions.append(self._expression())
        return tuple(expressions)

    def _switch(self) -> syntax.Switch:
        position = self._advance().position
        selector = self._condition("switch")
        opening = self._expect("{", "to open the switch").position
        sections = []
        while not self._accept("}"):
            if self._token.kind is TokenKind.END:
                raise self._error(opening, "this '{' is never closed")
            sections.append(self._section())
        return syntax.Switch(selector, tuple(sections), position)

    def _section(self) -> syntax.Section:
        position = self._token.position
        labels: list[syntax.Expression | None] = []
        while self._token.text in ("case", "default"):
            labels.append(self._expression() if self._advance().text == "case" else None)
            self._expect(":", "behind the label")
        if not labels:
            raise self._error(position, f"expected case or default, found {self._token}")
        statements = []
        while self._token.text not in ("case", "default", "}", ""):
            statements.append(self._statement())
        return syntax.Section(tuple(labels), tuple(statements), position)

    def _jump(self) -> syntax.Jump:
        token = self._advance()
        self._expect(";", f"behind {token.text}")
        word: Literal["break", "continue"] = "break" if token.text == "break" else "continue"
        return syntax.Jump(word, token.position)

    _STATEMENTS: ClassVar[dict[str, Callable[[Parser], syntax.Statement]]] = {
        "{": _compound,
        ";": _empty,
        "if": _if,
        "else": _stray,
        "case": _stray,
        "default": _stray,
        "switch": _switch,
        "while": _while,
        "do": _do,
        "for": _for,
        "break": _jump,
        "continue": _jump,
    }

    # Expressions

    def _expression(self, weakest: int = ASSIGNMENT) -> syntax.Expression:
        """An operand and every operator behind it that binds at least as strongly as `weakest`."""
        self._descend()
        left = self._postfixed(self._operand())
        while (power := POWER.get(self._token.text, 0)) >= weakest:
            left = self._infix(left, self._advance(), power)
        self._depth -= 1
        return left

    def _infix(self, left: syntax.Expression, operator: Token, power: int) -> syntax.Expression:
        if power == ASSIGNMENT:
            return syntax.Assignment(operator.text[:-1] or None, left, self._expression(power), operator.position)
        if power == TERNARY:
            then = self._expression()
            self._expect(":", "to separate the two results of '?'")
            return syntax.Ternary(left, then, self._expression(power), operator.position)
        return syntax.Infix(operator.text, left, self._expression(power + 1), operator.position)

    def _operand(self) -> syntax.Expression:
        token = self._token
        if token.kind is TokenKind.NUMBER:
            return syntax.NumberText(self._advance().text, token.position)
        if token.kind is TokenKind.NAME:
            return self._named()
        if token.text == "(":
            return self._parenthesised()
        if token.text in PREFIXES:
            self._advance()
            return syntax.Prefix(token.text, self._expression(UNARY), token.position)
        if token.text == "&":
            raise self._error(token.position, "addresses cannot be taken; '&' stands between two integers only")
        raise self._error(token.position, f"expected a value, found {token}")

    def _named(self) -> syntax.Expression:
        token = self._token
        if token.text in REFUSED_WORDS:
            raise self._error(token.position, REFUSED_WORDS[token.text])
        if token.text in ("true", "false"):
            return syntax.Truth(self._advance().text == "true", token.position)
        if self._at_type():
            raise self._error(token.position, f"a type cannot stand here; write ({token.text})x to convert x")
        if token.text in RESERVED_WORDS:
            raise self._error(token.position, f"expected a value, found {token}")
        self._advance()
        if self._accept("("):
            return self._invocation(token)
        return syntax.Name(token.text, token.position)

    def _invocation(self, name: Token) -> syntax.Invocation:
        arguments: tuple[syntax.Expression, ...] = () if self._token.text == ")" else self._several()
        self._expect(")", f"behind the arguments of {name.text}")
        return syntax.Invocation(name.text, arguments, name.position)

    def _parenthesised(self) -> syntax.Expression:
        opening = self._advance().position
        if not self._at_type():
            inner = self._expression()
            self._expect(")", "to close the parenthesis")
            return inner
        type_, _ = self._type()
        if self._token.text == "*":
            raise self._error(self._token.position, "numbers cannot be converted to pointers")
        self._expect(")", "behind the type")
        return syntax.Conversion(type_, self._expression(UNARY), opening)

    def _postfixed(self, operand: syntax.Expression) -> syntax.Expression:
        """The operand with every `[index]`, `++` and `--` behind it."""
        while True:
            token = self._token
            if token.text == "[":
                self._advance()
                index = self._expression()
                self._expect("]", "behind the index")
                operand = syntax.Subscript(operand, index, token.position)
            elif token.text in ("++", "--"):
                operand = syntax.Postfix(self._advance().text, operand, token.position)
            else:
                return operand
