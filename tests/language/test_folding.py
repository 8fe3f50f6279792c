"""Known values in checked code: what they decide is gone, all else stays as it was."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from ml_genn.engines.embedded.language import fold_formula, fold_program
from ml_genn.engines.embedded.language.printer import print_formula, print_program
from ml_genn.errors import InternalCompilerError

from .model import formula, program

# n, k and V are known to be 2, 1 and 0
KNOWN = {"n": 2, "k": 1, "V": 0}

STATEMENTS = [
    ("d = n + 1;", "d = 3.0d;"),
    ("d = V;", "d = 0.0d;"),
    ("d = n - 3;", "d = (double)(2 - 3);"),  # numbers of the tree are never negative
    ("d = V + 1.0;", "d = (double)(0.0f + 1.0f);"),  # floats are left to whoever runs the code
    ("l = n / 0 + (k << 33);", "l = 2l;"),
    ("b = n == 2 && k < n && V == 0;", "b = true;"),
    ("b = b && n == 2;", "b = b && true;"),
    ("b = n != 2 || b;", "b = b;"),
    ("b = n == 2 || b;", "b = true;"),
    ("b = !(n == 2);", "b = false;"),
    ("l = ~n - -k;", "l = (int64_t)((~2) - (-1));"),
    ("u = n ? (unsigned int)l : u;", "u = (uint32_t)l;"),
    ("u = l ? n : u;", "u = (bool)l ? 2u : u;"),
    ("w[n] = w[k];", "w[2] = w[1];"),
    ("addToPost(n * d);", "addToPost((float)(2.0d * d));"),
    ("if (n == 2) { d = 1; } else { u = 2; }", "{\n    d = 1.0d;\n}"),
    ("if (n == 1) { d = 1; } else if (n == 2) { u = 2; } else { u = 3; }", "{\n    u = 2u;\n}"),
    ("if (n == 1) { d = 1; }", ""),
    ("if (d > 0) { if (n == 1) { d = 1; } }", ""),
    ("if (d++ > 0) { if (n == 1) { d = 1; } }", "if ((d++) > 0.0d) {\n}"),
    ("if (d > 0) { if (n == 1) { d = 1; } } else { u = 1; }", "if (d > 0.0d) {\n}\nelse {\n    u = 1u;\n}"),
    ("if (d > 0) { u = 1; } else if (n == 1) { u = 2; }", "if (d > 0.0d) {\n    u = 1u;\n}"),
    ("while (n == 1) { u++; }", ""),
    ("do { u++; } while (n == 1);", "do {\n    u = u + 1u;\n} while (false);"),
    ("for (int i = 0; i < n; i++) { u += i; }", None),
    ("scalar x = n; d = x;", "float x = 2.0f;\nd = (double)x;"),
    ("scalar x; d = x;", "float x;\nd = (double)x;"),
    (
        "while (d > 0) { if (n == 2) break; if (k == 0) continue; }",
        "while (d > 0.0d) {\n    {\n        break;\n    }\n}",
    ),
]


@pytest.mark.parametrize(("code", "folded"), STATEMENTS)
def test_statements(code: str, folded: str | None) -> None:
    result = print_program(fold_program(program(code), KNOWN))
    if folded is None:
        assert "i < 2" in result
    else:
        assert result == folded


def test_conditions() -> None:
    folded = fold_formula(formula("n == 2 && d > V"), KNOWN)
    assert print_formula(folded) == "d > 0.0d"
    assert folded.reads == {"d"}


def test_what_is_left_is_all_that_is_touched() -> None:
    code = "if (n == 2) { d = exp(d); } else { u = l + gennrand(); addToPost(w[0]); }"
    folded = fold_program(program(code), KNOWN)
    assert (folded.reads, folded.writes, folded.calls) == ({"d"}, {"d"}, {"exp"})
    other = fold_program(program(code), {"n": 1})
    assert (other.reads, other.writes, other.calls) == ({"l", "w"}, {"u"}, {"gennrand", "addToPost"})


def test_code_that_names_nothing_known_stays() -> None:
    code = program("d = l; if (d > 0.0d) { d = 0.0; }")
    assert fold_program(code, KNOWN) == code


@dataclass
class Unheard:
    """No node of the tree."""


@pytest.mark.parametrize("field", ["expression", "statement"])
def test_unheard_nodes_are_refused(field: str) -> None:
    whole = program("d = 1;")
    statement = Unheard() if field == "statement" else type(whole.body.statements[0])(Unheard())
    broken = type(whole)(**{**vars(whole), "body": type(whole.body)((statement,))})
    with pytest.raises(InternalCompilerError, match="no rule folds Unheard"):
        fold_program(broken, KNOWN)
