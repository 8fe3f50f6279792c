"""The report of a conversion, or of the evaluation of a saved network, as one HTML page."""

from __future__ import annotations

from pathlib import Path

from ..atomic import write_text_atomic
from . import words
from .page import Page, render_page
from .result import Result
from .sections import result_sections


def render_html(result: Result) -> str:
    """The page as text. Every text of the result is escaped."""
    return render_page(result_page(result))


def result_page(result: Result) -> Page:
    """The page of a result."""
    version = result.environment.packages.get("ml_genn", "")
    examples = words.plural(result.snn.examples, "example")
    return Page(
        title=f"{result.model.name}: {words.percent(result.snn.accuracy)} as a spiking network",
        kind="conversion report" if result.ann else "evaluation report",
        heading=result.model.name,
        facts=(words.method_line(result), f"{examples} of {result.data.name} ({result.data.split})"),
        date=result.environment.date,
        lede=" ".join(
            (words.conversion_sentence(result), words.accuracy_sentence(result), words.cost_sentence(result))
        ),
        warnings=result.warnings,
        sections=result_sections(result),
        footer=f"Written by mlGeNN {version}".strip()
        + f". The same numbers, for programs: result schema {result.schema}.",
    )


def write_html(result: Result, path: Path) -> None:
    """Write the page to `path`, completely or not at all.

    Raises:
        OutputError: `path` cannot be written.
    """
    write_text_atomic(path, render_html(result))
