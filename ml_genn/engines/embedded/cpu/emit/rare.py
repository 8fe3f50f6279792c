"""Branches through which few neurons go, and which would keep a loop over neurons from vectorising.

Such are branches that read or write where a pointer points, as a neuron that keeps a list of its spikes does at each of
them. A loop over all neurons notes who takes the branch; one over those neurons runs it.
"""

from __future__ import annotations

from collections.abc import Mapping

from ml_genn.engines.embedded.language import tree
from ml_genn.engines.embedded.language.effects import statement_effects
from ml_genn.engines.embedded.language.statements import flat
from ml_genn.engines.embedded.plan.plan import Binding, Code, Condition, Pointer


def is_rare(node: tree.Statement, bindings: Mapping[str, Binding]) -> bool:
    """Whether a statement is a branch, without another side, in which pointers are followed."""
    match node:
        case tree.If(condition, then, None):
            return points(then, bindings) and not points(condition, bindings)
        case _:
            return False


def has_rare(code: Code) -> bool:
    """Whether all neurons come to such a branch."""
    return any(is_rare(statement, code.bindings) for statement in flat(code.program.body))


def code_points(code: Code | Condition) -> bool:
    """Whether pointers are followed anywhere."""
    node = code.program.body if isinstance(code, Code) else code.formula.expression
    return points(node, code.bindings)


def points(node: tree.Statement | tree.Expression, bindings: Mapping[str, Binding]) -> bool:
    """Whether pointers are followed in a statement or an expression."""
    touched = statement_effects(node)
    names = (variable.name for variable in touched.reads | touched.writes if isinstance(variable, tree.Symbol))
    return any(isinstance(bindings.get(name), Pointer) for name in names)
