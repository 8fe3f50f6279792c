"""The page in a browser: nothing sticks out, nothing is complained of, the numbers of RESULT.json can be read."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from ml_genn.reports import Result, to_json, write_html
from ml_genn.reports.diagnosis_page import render_diagnosis
from ml_genn.reports.methods_page import render_comparison

from .browser import show
from .sample import few_spike_result, picture
from .sample_methods import methods_comparison
from .test_html import RESULTS

WIDTHS = (360, 700, 1280)


def with_long_names(result: Result) -> Result:
    """Names that no line can hold, and inputs of every form."""
    name = "a_layer_with_a_very_long_name_" * 4
    layer = dataclasses.replace(result.layers[1], name=name)
    shapes = ((28, 28), (32, 20, 3), (14,), (200,))
    examples = tuple(dataclasses.replace(few_spike_result().examples[0], input=picture(*shape)) for shape in shapes)
    return dataclasses.replace(
        result,
        layers=(*result.layers, layer),
        examples=examples if result.examples else (),
        gates=tuple(dataclasses.replace(gate, name=name) for gate in result.gates),
        command=f"{result.command} --out {'folder/' * 40}snn.h5",
        model=dataclasses.replace(result.model, name=name, source="folder/" * 40),
    )


def numbers(data: dict[str, Any]) -> list[str]:
    """Figures of RESULT.json as the page writes them."""
    found = [f"{100 * data[part]['accuracy']:.2f} %" for part in ("ann", "snn") if data[part]]
    found += [f"{data[part]['correct']:,} of {data[part]['examples']:,}" for part in ("ann", "snn") if data[part]]
    found += [f"{100 * data['agreement']:.2f} %"] if data["agreement"] else []
    found += [f"{layer['neurons']:,}" for layer in data["layers"]]
    found += [layer["name"] for layer in data["layers"]]
    found += [f"{round(layer['ann_macs']):,}" for layer in data["layers"] if layer["ann_macs"]]
    found += [f"{round(layer['arriving_synops']):,}" for layer in data["layers"] if layer["arriving_synops"]]
    found += [f"Example {example['position']:,}" for example in data["examples"]]
    found += [gate["name"] for gate in data["gates"]] + data["folded"] + data["notes"] + data["warnings"]
    if data["confusion"] and data["confusion"]["snn"]:
        found += [str(row[i]) for i, row in enumerate(data["confusion"]["snn"])]
    if data["paired"]:
        found += [f"only the ANN on {data['paired']['only_ann']:,}", f"only the SNN on {data['paired']['only_snn']:,}"]
    return [*found, data["command"], data["totals"]["energy_estimate"]["source"]]


@pytest.mark.parametrize("name", RESULTS)
def test_in_a_browser(name: str, tmp_path: Path) -> None:
    result = with_long_names(RESULTS[name])
    write_html(result, tmp_path / "report.html")
    pages, console = show(tmp_path / "report.html", WIDTHS, tmp_path)
    assert console == []
    expected = numbers(json.loads(to_json(result)))
    assert len(expected) > 20
    for page in pages:
        assert page.scroll <= page.client, (page.width, page.wide)
        assert page.broken == 0
        text = page.text.replace("\u00a0", " ")
        assert [number for number in expected if number not in text] == []


def test_other_pages_in_a_browser(tmp_path: Path) -> None:
    """The pages of `compare` and `why`, with names that no line can hold."""
    name = "a_layer_with_a_very_long_name_" * 4
    result = few_spike_result()
    layers = tuple(dataclasses.replace(layer, name=name) for layer in result.diagnosis)
    comparison = methods_comparison()
    refused = tuple(dataclasses.replace(one, reason=name) for one in comparison.refused)
    pages = {
        "why": render_diagnosis(dataclasses.replace(result, diagnosis=layers)),
        "compare": render_comparison(dataclasses.replace(comparison, refused=refused)),
    }
    for kind, text in pages.items():
        path = tmp_path / f"{kind}.html"
        path.write_text(text, encoding="utf-8")
        shown, console = show(path, WIDTHS, tmp_path)
        assert console == []
        for page in shown:
            assert page.scroll <= page.client, (kind, page.width, page.wide)
            assert name in page.text


def test_the_browser_would_complain(tmp_path: Path) -> None:
    """The test above can fail: a page that is too wide, with a script that the policy forbids."""
    write_html(few_spike_result(), tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    wide = '<svg width="900" height="9"></svg><script>document.title = "x"</script></main>'
    (tmp_path / "report.html").write_text(text.replace("</main>", wide), encoding="utf-8")
    (narrow, *_), console = show(tmp_path / "report.html", WIDTHS, tmp_path)
    assert narrow.scroll > narrow.client
    assert len(console) >= 1
