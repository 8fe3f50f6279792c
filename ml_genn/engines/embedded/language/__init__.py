"""Typed trees of the GeNN modelling language, from code strings; knows nothing of engines or networks.

Code string -> `scanner` -> tokens -> `parser` -> untyped tree (`syntax`) -> `checker`, `expressions` -> typed tree
(`tree`), which the reference interprets and the cpu engine prints. `semantics` defines what its operations yield.
"""

from __future__ import annotations

from ml_genn.engines.embedded.language.errors import ModelCodeError
from ml_genn.engines.embedded.language.folding import fold_formula, fold_program
from ml_genn.engines.embedded.language.mentions import indexed, mentioned
from ml_genn.engines.embedded.language.parser import RESERVED_WORDS
from ml_genn.engines.embedded.language.pipeline import compile_formula, compile_program, resolve_type
from ml_genn.engines.embedded.language.scope import Scope

__all__ = [
    "RESERVED_WORDS",
    "ModelCodeError",
    "Scope",
    "compile_formula",
    "compile_program",
    "fold_formula",
    "fold_program",
    "indexed",
    "mentioned",
    "resolve_type",
]
