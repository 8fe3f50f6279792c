"""The HTML page: right numbers, nothing from outside, hostile names harmless, readable at every width."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ml_genn.reports import LayerResult, Result, render_html, to_json, write_html

from .sample import few_spike_result, rate_result

VOID = {"meta", "link", "br"}


class Page(HTMLParser):
    """Collects elements and text, and checks that elements close in the order they opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.texts))

    def all(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.elements if name == tag)


def saved_network_result() -> Result:
    """A saved network evaluated without Keras: everything that needs the ANN is missing."""
    few = few_spike_result()
    layers = tuple(dataclasses.replace(layer, activation_error=None) for layer in few.layers)
    return dataclasses.replace(
        few, ann=None, agreement=None, calibration=None, timing=None, gates=(), folded=(), layers=layers
    )


RESULTS = {"few-spike": few_spike_result(), "rate": rate_result(), "saved": saved_network_result()}


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS.keys())
def test_well_formed_and_small(result: Result) -> None:
    text = render_html(result)
    page = Page(text)
    assert not page.open
    assert text.startswith("<!DOCTYPE html>")
    assert len(text.encode()) < 100_000  # a page without scripts and pictures has no reason to be larger
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS.keys())
def test_nothing_from_outside_and_no_script(result: Result) -> None:
    text = render_html(result)
    page = Page(text)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "img", "iframe", "object", "embed", "base", "form"}
    assert not re.search(r"https?:|url\(|@import|javascript:", text)
    attributes = {name for _, found in page.elements for name in found}
    assert not {name for name in attributes if name.startswith("on")}
    assert "style" not in attributes  # the policy would ignore it
    assert [link["href"] for link in page.all("link")] == ["data:,"]


def test_the_policy_admits_exactly_our_style() -> None:
    text = render_html(few_spike_result())
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = next(meta["content"] for meta in Page(text).all("meta") if "http-equiv" in meta)
    assert policy is not None
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'")


def test_headline_numbers_are_those_of_the_json() -> None:
    data = json.loads(to_json(few_spike_result()))
    text = Page(render_html(few_spike_result())).text.replace("\u00a0", " ")
    for part in ("ann", "snn"):
        low, high = data[part]["confidence_95"]
        assert f"{100 * data[part]['accuracy']:.2f} %" in text
        assert f"{data[part]['correct']:,} of {data[part]['examples']:,}" in text
        assert f"95 % interval {100 * low:.2f} – {100 * high:.2f} %" in text
    assert f"{100 * data['agreement']:.2f} %" in text
    for layer in data["layers"]:
        assert layer["name"] in text
        assert f"{layer['neurons']:,}" in text
    assert data["command"] in text
    assert data["calibration"]["source"] in text


def test_sentence_in_plain_words() -> None:
    text = Page(render_html(few_spike_result())).text.replace("\u00a0", " ")
    assert "became a spiking network of 37,178 neurons in 6 layers, under few-spike coding." in text
    assert "it classifies 99.17 % correctly, 1 example (0.01 points) fewer than the model it came from" in text
    assert "an estimate from counted operations, not a measurement" in text


def test_an_output_that_is_read_shows_no_activity() -> None:
    text = Page(render_html(few_spike_result())).text
    assert "dense 10 – its values are read directly, it does not spike 0.16" in text


def test_a_curve_is_drawn_where_there_is_one() -> None:
    with_curve, without = Page(render_html(rate_result())), Page(render_html(few_spike_result()))
    assert "Accuracy by timestep" in with_curve.text
    assert len(list(with_curve.all("path"))) == 1
    assert "Accuracy by timestep" not in without.text
    assert "there is no accuracy at earlier times" in without.text


def test_plots_have_text_alternatives() -> None:
    page = Page(render_html(rate_result()))
    for svg in page.all("svg"):
        named = "aria-label" in svg or "aria-labelledby" in svg
        assert named or svg.get("aria-hidden") == "true" or "viewbox" in svg  # the latter lies in a named one


HOSTILE = "<script>alert('x')</script>\"&{{ 7 * 7 }}"


def test_hostile_names_are_escaped() -> None:
    few = few_spike_result()
    layer: LayerResult = dataclasses.replace(few.layers[0], name=HOSTILE)
    result = dataclasses.replace(
        few,
        model=dataclasses.replace(few.model, name=HOSTILE, source=HOSTILE),
        layers=(layer,),
        warnings=(HOSTILE,),
        folded=(HOSTILE,),
        command=HOSTILE,
    )
    page = Page(render_html(result))
    assert not list(page.all("script"))
    assert page.text.count(HOSTILE) >= 6


def test_write_html_replaces_the_file(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("old")
    write_html(few_spike_result(), tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == render_html(few_spike_result())


MEASURE = """<!DOCTYPE html><body><iframe src="report.html" width="{width}" height="4000"></iframe><pre></pre><script>
document.querySelector("iframe").onload = event => {{
  const root = event.target.contentDocument.documentElement;
  document.querySelector("pre").textContent = `scroll ${{root.scrollWidth}} client ${{root.clientWidth}}`;
}};</script>"""


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("name", RESULTS)
def test_no_sideways_scrolling_in_a_browser(name: str, width: int, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("needs the browser chromium, which is not installed")
    result = RESULTS[name]
    long_name = dataclasses.replace(result.layers[0], name="a_layer_with_a_very_long_name_" * 4)
    write_html(dataclasses.replace(result, layers=(*result.layers, long_name)), tmp_path / "report.html")
    (tmp_path / "measure.html").write_text(MEASURE.format(width=width))
    arguments = "--headless --no-sandbox --disable-gpu --allow-file-access-from-files --virtual-time-budget=5000"
    done = subprocess.run(
        [
            browser,
            *arguments.split(),
            "--window-size=1600,1000",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--dump-dom",
            (tmp_path / "measure.html").as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    measured = re.search(r"scroll (\d+) client (\d+)", done.stdout)
    assert measured is not None, done.stdout
    assert int(measured[1]) <= int(measured[2])
