"""The diagnosis in words and as a section of a page."""

from __future__ import annotations

import dataclasses
import io

from rich.console import Console

from ml_genn.reports import LayerDiagnosis, first_drop, render_html, suspect
from ml_genn.reports.diagnosis_page import render_diagnosis
from ml_genn.reports.diagnosis_terminal import print_diagnosis
from ml_genn.reports.diagnosis_words import others, verdict
from ml_genn.reports.sections.diagnosis import diagnosis

from .sample import few_spike_result

LAYERS = few_spike_result().diagnosis


def with_agreement(*agreements: float) -> tuple[LayerDiagnosis, ...]:
    return tuple(
        dataclasses.replace(layer, agreement=agreement) for layer, agreement in zip(LAYERS, agreements, strict=True)
    )


def text(sentences: tuple[str, ...]) -> str:
    return " ".join(sentences).replace("\u00a0", " ")


def test_the_first_drop() -> None:
    assert first_drop(()) is None
    assert first_drop(with_agreement(1, 1, 1, 1, 1, 1)) is None
    found = first_drop(with_agreement(1, 0.99, 0.95, 0.9, 0.9, 0.9))
    assert found is not None
    assert found.name == LAYERS[2].name  # 0.04 of 0.1; the layer before costs a tenth only
    assert first_drop(with_agreement(0.98, 0.96, 0.94, 0.92, 0.9, 0.88)) is None


def test_the_verdict_says_where_and_what() -> None:
    said = text(verdict(with_agreement(1, 0.99, 0.95, 0.9, 0.9, 0.9)))
    assert "Answers first change at max_pooling2d: with spikes up to there" in said
    assert "agreement falls from 99.00 % to 95.00 %." in said
    assert "Look first at conv2d_1" in said
    said = text(verdict(with_agreement(0.98, 0.96, 0.94, 0.92, 0.9, 0.88)))
    assert "Answers change little by little: no layer alone costs a third of the agreement that is lost." in said
    said = text(verdict(with_agreement(1, 1, 1, 1, 1, 1)))
    assert "for all 256 examples looked at. No layer changes an answer. Nothing needs mending." in said
    assert "What would help" not in said
    assert verdict(()) == ()


def test_what_is_said_twice_is_said_once() -> None:
    alike = tuple(
        dataclasses.replace(layer, finding="Off.", remedy="Mend it.", suspect=False) if at < 2 else layer
        for at, layer in enumerate(LAYERS)
    )
    assert others(alike) == ("input, conv2d: Off. Mend it.",)
    assert suspect(()) is None


def test_the_section() -> None:
    result = few_spike_result()
    section = diagnosis(result)
    assert section is not None
    bars = section.view["bars"]
    assert [bar.name for bar in bars if bar.suspect] == ["conv2d_1"]
    assert max(bar.inherited + bar.own for bar in bars) <= 100.0001
    assert diagnosis(dataclasses.replace(result, diagnosis=())) is None
    for page in (render_html(result), render_diagnosis(result)):
        assert page.count("look here first") == 1
        assert ">Where it differs</h2>" in page


def test_the_terminal_is_wide_enough() -> None:
    """80 columns hold every column, whatever the layers are called."""
    console = Console(width=80, record=True, file=io.StringIO())
    print_diagnosis(few_spike_result(), console)
    said = console.export_text().replace("\u00a0", " ")
    assert "…" not in said
    assert said.count("95.31 %") == 5  # in three rows and two sentences


def test_nothing_differs_at_all() -> None:
    """All errors zero: bars have no length, and nothing is divided by it."""
    none = dict.fromkeys(("error", "inherited_error", "own_error", "rounding_error", "lasting_error"), 0.0)
    layers = tuple(dataclasses.replace(layer, agreement=1.0, **none) for layer in LAYERS)
    section = diagnosis(dataclasses.replace(few_spike_result(), diagnosis=layers))
    assert section is not None
    assert all((bar.own, bar.inherited, bar.rounding) == (0, 0, 0) for bar in section.view["bars"])
