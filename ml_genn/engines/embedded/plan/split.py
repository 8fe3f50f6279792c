"""Propagations whose code adds to several targets, split by target: each is then a loop of one kind.

    addToPre(g * L); Gradient -= L;    becomes    addToPre(g * L);    and    Gradient -= L;

What is added to one target stays together and in its order, so that nothing changes but which target comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ml_genn.engines.embedded.language import fold_program
from ml_genn.engines.embedded.language.statements import flat
from ml_genn.engines.embedded.language.tree import Block, Call, Evaluate, FunctionKind, Statement
from ml_genn.engines.embedded.plan.plan import Code, Propagation, StepKernel

_TARGETS = {"maxToPost": "addToPost"}
"""Actions that share a target with another one."""


def split(step: Iterable[StepKernel]) -> tuple[StepKernel, ...]:
    """The step with a propagation for each target."""
    return tuple(part for kernel in step for part in _parts(kernel))


def _parts(kernel: StepKernel) -> Iterator[StepKernel]:
    additions = _additions(kernel) if isinstance(kernel, Propagation) else None
    if not isinstance(kernel, Propagation) or additions is None:
        yield kernel
        return
    targets: dict[str, list[Statement]] = {}
    for action, statement in additions:
        targets.setdefault(_TARGETS.get(action, action), []).append(statement)
    if len(targets) == 1:
        (statements,) = targets.values()
        whole = tuple(statements)  # without the blocks that phases leave, which hide how plain the code is
        yield (
            kernel if whole == kernel.code.program.body.statements else replace(kernel, code=_code(kernel.code, whole))
        )
        return
    for number, statements in enumerate(targets.values()):
        yield replace(kernel, name=f"{kernel.name}.{number}", code=_code(kernel.code, tuple(statements)))


def _additions(propagation: Propagation) -> list[tuple[str, Statement]] | None:
    """Action and statement of a code that does nothing but add; None of any other."""
    program = propagation.code.program
    if program.writes or any(name.startswith("gennrand") for name in program.calls):
        return None
    found: list[tuple[str, Statement]] = []
    for statement in flat(program.body):
        match statement:
            case Evaluate(Call(function)) if function.kind is FunctionKind.ACTION:
                found.append((function.name, statement))
            case _:
                return None
    return found


def _code(code: Code, statements: tuple[Statement, ...]) -> Code:
    """The same with some of its statements."""
    program = fold_program(replace(code.program, body=Block(statements)), {})
    return Code(program, {name: bound for name, bound in code.bindings.items() if name in program.reads})
