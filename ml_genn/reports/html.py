"""The report as one self-contained HTML page: no script, no network, styles and figures inside."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..atomic import write_text_atomic
from . import figures, words
from .result import LayerResult, Result

_FOLDER = Path(__file__).parent


@final
@dataclass(frozen=True)
class LayerRow:
    """A layer with the lengths of its small bars, in percent."""

    layer: LayerResult
    spikes: float
    synops: float
    error: float
    histogram: tuple[figures.Bar, ...]


def render_html(result: Result) -> str:
    """The page as text. Every text of the result is escaped."""
    style = (_FOLDER / "assets" / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            result=result,
            style=Markup(style),  # noqa: S704 - our own file, and the policy of the page admits exactly these bytes
            style_hash=digest,
            **_view(result),
        )
    )


def write_html(result: Result, path: Path) -> None:
    """Write the page to `path`, completely or not at all.

    Raises:
        OutputError: `path` cannot be written.
    """
    write_text_atomic(path, render_html(result))


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for convert in (
        words.percent,
        words.fraction_percent,
        words.error_percent,
        words.interval,
        words.whole,
        words.compact,
        words.significant,
        words.energy,
        words.seconds,
        words.shape,
        words.option,
    ):
        environment.filters[convert.__name__] = convert
    environment.filters["at"] = lambda position: f"{position:.2f}%"
    environment.globals.update(words=words, plural=words.plural)
    return environment


def _view(result: Result) -> dict[str, Any]:
    """What the template shows besides the result itself."""
    layers = result.layers
    few_spike = result.method.name == "few-spike"
    histograms = [layer.spikes_histogram for layer in layers if layer.spikes_histogram is not None]
    return {
        "method_line": words.method_line(result),
        "intervals": figures.interval_figure(result),
        "curve": figures.curve_figure(result),
        "timing": () if result.timing is None else figures.timing_shares(result.timing),
        "rows": _rows(layers),
        "neurons": sum(layer.neurons for layer in layers),
        "few_spike": few_spike,
        "threshold_name": "α" if few_spike else "Threshold",
        "any_error": any(layer.activation_error is not None for layer in layers),
        "any_histogram": bool(histograms),
        "histogram_range": (histograms[0].low, histograms[0].high) if histograms else (0.0, 0.0),
    }


def _rows(layers: tuple[LayerResult, ...]) -> list[LayerRow]:
    spikes = figures.relative([layer.spikes_per_neuron for layer in layers])
    synops = figures.relative([layer.synops for layer in layers])
    errors = figures.relative([layer.activation_error for layer in layers])
    return [
        LayerRow(layer, a, b, c, figures.histogram_bars(layer.spikes_histogram) if layer.spikes_histogram else ())
        for layer, a, b, c in zip(layers, spikes, synops, errors, strict=True)
    ]
