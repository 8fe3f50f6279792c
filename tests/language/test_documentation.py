"""The page about the language names every function, type and operator there is."""

from __future__ import annotations

import re
from pathlib import Path

from ml_genn.engines.embedded.language.functions import library
from ml_genn.engines.embedded.language.scanner import OPERATORS
from ml_genn.engines.embedded.language.type_names import TYPE_WORDS

from .model import SINGLE

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text(encoding="utf-8")


def test_page_names_every_function() -> None:
    table = PAGE.partition("## Functions")[2].partition("A function works")[0]
    assert set(re.findall(r"\b\w+\b", " ".join(re.findall(r"`([^`]*)`", table)))) == set(library(SINGLE))


def test_page_names_every_type() -> None:
    types = PAGE.partition("## Types")[2].partition("## Statements")[0]
    named = set(re.findall(r"\w+", types)) | {"int16_t", "int32_t", "uint16_t", "uint32_t"}  # within its "..."
    assert named >= TYPE_WORDS


def test_page_names_every_operator() -> None:
    statements = PAGE.partition("## Statements")[2].partition("## Functions")[0]
    words = set(" ".join(re.findall(r"`([^`]*)`", statements)).split())
    written = words | {"?", ":", "=", ",", ";", "(", ")", "[", "]", "{", "}"}  # parts of what is shown
    assert set(OPERATORS) <= written | {"++", "--"}
