"""The code of one neuron after another, in passes: over all neurons of a block, or over those that take a rare branch.

    for each neuron:                    load; { code }; note who takes the branch; store
    for each neuron that has taken it:  load; { the branch }; store
    for each neuron:                    load; { code after it }; store

Without branches that few take (rare.py) there is one pass, which vectorises. A pass loads what it names and stores what
it may have changed; what has no memory of its own waits in an array from one pass to the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import final

from ml_genn.engines.embedded.cpu.emit.body import Body
from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.elements import DRAWS, Variable
from ml_genn.engines.embedded.cpu.emit.expressions import Names, Printer
from ml_genn.engines.embedded.cpu.emit.literals import literal
from ml_genn.engines.embedded.cpu.emit.rare import has_rare, is_rare
from ml_genn.engines.embedded.cpu.emit.uniform import Uniformity
from ml_genn.engines.embedded.language import tree
from ml_genn.engines.embedded.language.effects import statement_effects
from ml_genn.engines.embedded.language.statements import flat
from ml_genn.engines.embedded.language.tree import FunctionKind
from ml_genn.engines.embedded.plan.plan import Code


@final
@dataclass
class _Pass:
    """Lines for all neurons, or for those whose flag is set, the names in them and those that they may change.

    `alike`: a condition, called `gen_alike` in the lines, of which all neurons of a step have the same truth.
    """

    lines: list[str]
    changed: set[str]
    flags: str | None = None
    alike: str | None = None
    names: set[str] = field(default_factory=set)


@final
class InPasses(Body):
    """Loops over neurons, one after another."""

    def __init__(self) -> None:
        self._inner = Buffer()
        self._changed: set[str] = set()
        self._alike: str | None = None
        self._passes: list[_Pass] = []
        self._flags: list[str] = []
        self._once = Buffer()
        self._locals: list[Variable] = []
        self._programs = 0

    @property
    def inner(self) -> Buffer:
        return self._inner

    def variable(self, name: str) -> str:
        return name

    def program(self, code: Code, names: Names) -> None:
        constants = set(_constants(code))
        if not has_rare(code) and not any(_is_drawn_alike(one, code, constants) for one in flat(code.program.body)):
            lines = Buffer()
            Printer(names).program(code.program, lines)
            self._add(lines, _changed(code.program.body, names))
            return
        local = f"gen_x{self._programs}_{{}}".format
        self._programs += 1
        names = replace(names, local=local)
        for statement in flat(code.program.body):
            match statement:
                case tree.Declare(name) if name in constants:
                    Printer(names).statement(statement, self._once)
                case tree.If(condition, then) if is_rare(statement, code.bindings):
                    self._branch(condition, then, names)
                case tree.If(condition) if self._alike is None and _is_drawn_alike(statement, code, constants):
                    self._alike = Printer(names).expression(condition)
                    self._versions(statement, names)
                case _:
                    self._statement(statement, names)

    def _versions(self, branch: tree.If, names: Names) -> None:
        """A branch of a pass that is written once with it and once without."""
        lines, printer = Buffer(), Printer(names)
        with lines.block("if (gen_alike)"):
            printer.statement(branch.then, lines)
        if branch.otherwise is not None:
            with lines.block("else"):
                printer.statement(branch.otherwise, lines)
        self._add(lines, _changed(branch, names))

    def _statement(self, statement: tree.Statement, names: Names) -> None:
        lines = Buffer()
        match statement:
            case tree.Declare(name, type_, value):
                local = names.local(name)
                self._locals.append(Variable(type_, local, literal(0, type_)))
                if value is not None:
                    lines.line(f"{local} = {Printer(names).expression(value)};")
                changed = _changed(statement, names)
                self._add(lines, None if changed is None else {local, *changed})
            case _:
                Printer(names).statement(statement, lines)
                self._add(lines, _changed(statement, names))

    def where(self, flag: str, flags: str, lines: Buffer, *, apart: bool) -> None:
        if apart:
            self._flush()
            self._passes.append(_Pass(list(lines), _words(lines), flags))
            return
        with self._inner.block(f"if ({flag})"):
            self._add(lines, None)

    def write(self, variables: Sequence[Variable], out: Buffer) -> None:
        self._flush()
        known = {variable.name: variable for variable in (*variables, *self._locals)}
        for one in self._passes:
            one.names = known.keys() & _words(one.lines)
        for name, variable in known.items():
            self._open(name, variable)
        out.lines(self._once)
        out.lines(f"uint8_t {flags}[GEN_BLOCK];" for flags in self._flags)
        waiting = (variable for name, variable in known.items() if _waits(variable) and self._spans(name))
        out.lines(f"{variable.type} {_array(variable)}[GEN_BLOCK];" for variable in waiting)
        for number in range(len(self._passes)):
            self._write_pass(number, known, out)

    def _add(self, lines: Buffer, changed: set[str] | None) -> None:
        """Adds lines for all neurons that change what these names mean, or all that is named in them."""
        self._inner.lines(lines)
        self._changed |= _words(lines) if changed is None else changed

    def _branch(self, condition: tree.Expression, then: tree.Statement, names: Names) -> None:
        """A branch that few neurons take."""
        flags, test, lines = f"gen_taken{len(self._flags)}", Buffer(), Buffer()
        self._flags.append(flags)
        test.line(f"{flags}[gen_k] = {Printer(names).expression(condition)};")
        self._add(test, _changed(condition, names))
        Printer(names).statement(then, lines)
        self.where("", flags, lines, apart=True)

    def _flush(self) -> None:
        """Ends a pass over all neurons."""
        lines = list(self._inner)
        if lines:
            self._passes.append(_Pass(lines, self._changed, alike=self._alike))
            self._inner, self._changed, self._alike = Buffer(), set(), None

    def _spans(self, name: str) -> bool:
        """Whether several passes name a variable."""
        return sum(name in one.names for one in self._passes) > 1

    def _open(self, name: str, variable: Variable) -> None:
        """Has a variable that starts elsewhere than it is kept copied for all neurons, not only those of a branch."""
        first = next((number for number, one in enumerate(self._passes) if name in one.names), None)
        if first is None or not variable.written or variable.start == variable.end:
            return
        if variable.end is not None or self._spans(name):
            opening = max(number for number in range(first + 1) if self._passes[number].flags is None)
            self._passes[opening].names.add(name)
            self._passes[opening].changed.add(name)

    def _write_pass(self, number: int, known: dict[str, Variable], out: Buffer) -> None:
        one = self._passes[number]
        named = [variable for name, variable in known.items() if name in one.names]
        before = set[str]().union(*(earlier.names for earlier in self._passes[:number]))
        after = set[str]().union(*(later.names for later in self._passes[number + 1 :]))
        lines = Buffer()
        for variable in named:
            begun = variable.written and variable.name in before
            lines.line(f"{variable.type} {variable.name} = {_kept(variable) if begun else variable.start};")
        lines.lines(one.lines)
        for variable in (each for each in named if each.name in one.changed or each.type == DRAWS):
            if variable.end is not None or (variable.written and variable.name in after):
                lines.line(f"{_kept(variable)} = {variable.name};")
        if one.alike is None:
            self._loop(one.flags, lines, out)
            return
        for head, truth in ((f"if ({one.alike})", "true"), ("else", "false")):
            with out.block(head):
                out.line(f"const bool gen_alike = {truth};")
                self._loop(one.flags, lines, out)

    def _loop(self, flags: str | None, lines: Buffer, out: Buffer) -> None:
        """Lines for each neuron, or for those whose flag is set."""
        if flags is None:
            with out.block("for (int64_t gen_k = 0; gen_k < gen_count; ++gen_k)"):
                out.line("const int64_t gen_i = gen_first + gen_k;")
                out.lines(lines)
            return
        with out.block("for (int64_t gen_base = 0; gen_base < gen_count; gen_base += 64)"):
            taken = f"uint64_t gen_taken = gen_set_flags({flags} + gen_base, gen_count - gen_base)"
            with out.block(f"for ({taken}; gen_taken != 0; gen_taken &= gen_taken - 1)"):
                out.line("const int64_t gen_k = gen_base + __builtin_ctzll(gen_taken);")
                out.line("const int64_t gen_i = gen_first + gen_k;")
                out.lines(lines)


def _changed(node: tree.Statement | tree.Expression, names: Names) -> set[str] | None:
    """What code assigns to; None where the actions that it calls may change more."""
    touched = statement_effects(node)
    if any(function.kind is not FunctionKind.MATHS for function in touched.calls):
        return None
    return {names.local(one) if isinstance(one, str) else names.symbol(one) for one in touched.writes}


def _words(lines: Iterable[str]) -> set[str]:
    return set(re.findall(r"\w+", "\n".join(lines)))


def _constants(code: Code) -> Iterator[str]:
    """Local variables that have one value, the same for all neurons."""
    uniformity, changed = Uniformity(code), statement_effects(code.program.body).writes
    found = set[str]()
    for statement in flat(code.program.body):
        match statement:
            case tree.Declare(name, _, value) if uniformity.is_uniform_local(name) and name not in changed:
                read = statement_effects(value).reads
                if all(one in found for one in read if isinstance(one, str)):
                    found.add(name)
                    yield name


def _is_drawn_alike(node: tree.Statement, code: Code, constants: set[str]) -> bool:
    """Whether a statement is a branch that all neurons take or none, and that draws random numbers.

    Compilers leave such a branch in the loop, which then does not vectorise: it is large.
    """
    match node:
        case tree.If(condition):
            draws = any(function.kind is FunctionKind.RANDOM for function in statement_effects(node).calls)
            known = all(one in constants for one in statement_effects(condition).reads if isinstance(one, str))
            return draws and known and Uniformity(code).is_uniform(condition)
        case _:
            return False


def _waits(variable: Variable) -> bool:
    """Whether a variable has no memory of its own."""
    return variable.written and variable.end is None


def _array(variable: Variable) -> str:
    return f"gen_b_{variable.name.removeprefix('gen_')}"


def _kept(variable: Variable) -> str:
    """C text of where a variable is from one pass to the next."""
    return f"{_array(variable)}[gen_k]" if variable.end is None else variable.end
