"""First steps: code strings become typed trees, and say what they touch."""

from __future__ import annotations

import pytest

from ml_genn.engines.embedded.language import ModelCodeError, Scope, compile_program
from ml_genn.engines.embedded.language.tree import Function, FunctionKind, Symbol
from ml_genn.engines.embedded.language.types import FLOAT, VOID, Precision

SCOPE = Scope(
    [Symbol("V", FLOAT, writable=True), Symbol("Vreset", FLOAT), Symbol("Isyn", FLOAT)],
    [Function("addToPost", (FLOAT,), VOID, FunctionKind.ACTION)],
)


def test_program_says_what_it_touches() -> None:
    program = compile_program("V = exp(Isyn); addToPost(Vreset);", SCOPE, "hidden.sim_code", Precision())
    assert (program.reads, program.writes, program.calls) == ({"Isyn", "Vreset"}, {"V"}, {"exp", "addToPost"})


def test_error_shows_the_place() -> None:
    with pytest.raises(ModelCodeError) as caught:
        compile_program("// reset\n  V = Vrset;", SCOPE, "hidden.sim_code", Precision())
    assert str(caught.value) == (
        "hidden.sim_code:2:7: unknown name 'Vrset' (did you mean 'Vreset'?)\n    V = Vrset;\n        ^"
    )
