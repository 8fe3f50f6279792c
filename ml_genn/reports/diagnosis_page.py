"""The page of `ml-genn why`: the diagnosis first, then what it rests on."""

from __future__ import annotations

from pathlib import Path

from ..atomic import write_text_atomic
from . import words
from .page import Page, render_page
from .result import Result
from .sections.activations import activations
from .sections.again import again
from .sections.conversion import conversion
from .sections.diagnosis import diagnosis
from .sections.layers import layers

SECTIONS = (diagnosis, layers, activations, conversion, again)


def render_diagnosis(result: Result) -> str:
    """The page as text. Every text of the result is escaped."""
    found = (section(result) for section in SECTIONS)
    version = result.environment.packages.get("ml_genn", "")
    examples = words.plural(result.snn.examples, "example")
    return render_page(
        Page(
            title=f"{result.model.name}: why the networks differ",
            kind="diagnosis",
            heading=result.model.name,
            facts=(words.method_line(result), f"{examples} of {result.data.name} ({result.data.split})"),
            date=result.environment.date,
            lede=words.accuracy_sentence(result),
            warnings=result.warnings,
            sections=tuple(section for section in found if section is not None),
            footer=f"Written by mlGeNN {version}".strip() + f". The same for programs: result schema {result.schema}.",
        )
    )


def write_diagnosis_html(result: Result, path: Path) -> None:
    """Write the page to `path`, completely or not at all.

    Raises:
        OutputError: `path` cannot be written.
    """
    write_text_atomic(path, render_diagnosis(result))
