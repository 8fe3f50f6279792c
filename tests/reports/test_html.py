"""The HTML page: right numbers, nothing from outside, hostile names harmless, readable at every width."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import itertools
import json
import re
import tomllib
from pathlib import Path, PurePath

import pytest

from ml_genn.reports import Confusion, LayerResult, Result, read_json, render_html, to_json, write_html
from ml_genn.reports.page import Page as Content
from ml_genn.reports.page import Section, render_page

from .page import Page
from .sample import few_spike_result, picture, rate_result

ROOT = Path(__file__).parents[2]


def saved_network_result() -> Result:
    """A saved network evaluated without Keras: everything that needs the ANN is missing."""
    few = few_spike_result()
    layers = tuple(dataclasses.replace(layer, activation_error=None) for layer in few.layers)
    return dataclasses.replace(
        few,
        ann=None,
        agreement=None,
        paired=None,
        calibration=None,
        timing=None,
        gates=(),
        folded=(),
        layers=layers,
        examples=tuple(dataclasses.replace(example, ann=None) for example in few.examples),
    )


def old_result() -> Result:
    """What a file holds that was written before single examples, activations and operations by layer were kept."""
    few = few_spike_result()
    fields = ("arriving_synops", "ann_macs", "threshold_note", "correlation", "activations")
    layers = tuple(dataclasses.replace(layer, **dict.fromkeys(fields)) for layer in few.layers)
    return dataclasses.replace(few, confusion=None, paired=None, examples=(), layers=layers)


RESULTS = {
    "few-spike": few_spike_result(),
    "rate": rate_result(),
    "saved": saved_network_result(),
    "old": old_result(),
}


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS.keys())
def test_well_formed_and_small(result: Result) -> None:
    text = render_html(result)
    page = Page(text)
    assert not page.open
    assert text.startswith("<!DOCTYPE html>")
    assert len(text.encode()) < 100_000  # 45 kB are usual: without scripts, and with pictures of a few pixels
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS.keys())
def test_nothing_from_outside_and_no_script(result: Result) -> None:
    text = render_html(result)
    page = Page(text)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "iframe", "object", "embed", "base", "form"}
    assert all(str(image["src"]).startswith("data:image/png;base64,") for image in page.all("img"))
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
    assert {"band snn", "line snn"} <= {path.get("class") for path in with_curve.all("path")}
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
    layer: LayerResult = dataclasses.replace(few.layers[0], name=HOSTILE, threshold=None, threshold_note=HOSTILE)
    result = dataclasses.replace(
        few,
        model=dataclasses.replace(few.model, name=HOSTILE, source=HOSTILE),
        layers=(layer,),
        warnings=(HOSTILE,),
        folded=(HOSTILE,),
        command=HOSTILE,
        notes=(HOSTILE,),
        method=dataclasses.replace(few.method, options={HOSTILE: HOSTILE}),
        data=dataclasses.replace(few.data, name=HOSTILE, source=HOSTILE, split=HOSTILE),
        calibration=dataclasses.replace(few.calibration, source=HOSTILE),
        gates=(dataclasses.replace(few.gates[0], name=HOSTILE),),
        environment=dataclasses.replace(few.environment, engine=HOSTILE, cpu=HOSTILE, packages={HOSTILE: HOSTILE}),
    )
    page = Page(render_html(result))
    assert not list(page.all("script"))
    assert page.text.count(HOSTILE) >= 20
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in Page(render_html(few)).elements}


def test_write_html_replaces_the_file(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("old")
    write_html(few_spike_result(), tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == render_html(few_spike_result())


@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS.keys())
def test_structure_for_those_who_hear_it(result: Result) -> None:
    page = Page(render_html(result))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert [tag for tag, _ in page.elements if tag in ("header", "nav", "main", "footer")] == [
        "header",
        "nav",
        "main",
        "footer",
    ]
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    for tag, attributes in page.elements:
        if tag == "section":
            assert attributes["aria-labelledby"] in ids
        if tag == "a":
            assert str(attributes["href"])[1:] in ids
    assert page.count("caption") == page.count("table")
    assert all("scope" in cell for cell in page.all("th"))
    assert all(image["alt"] for image in page.all("img"))
    assert next(page.all("html"))["lang"] == "en"


def test_same_result_same_bytes_and_the_file_gives_the_same_page(tmp_path: Path) -> None:
    for name, result in RESULTS.items():
        (tmp_path / name).write_text(to_json(result), encoding="utf-8")
        assert render_html(read_json(tmp_path / name)) == render_html(result)


def test_files_without_the_later_fields_still_render(tmp_path: Path) -> None:
    data = json.loads(to_json(few_spike_result()))
    for name in ("confusion", "paired", "examples"):
        del data[name]
    for layer in data["layers"]:
        for name in ("arriving_synops", "ann_macs", "threshold_note", "correlation", "activations"):
            del layer[name]
    (tmp_path / "old.json").write_text(json.dumps(data))
    assert read_json(tmp_path / "old.json") == old_result()
    page = Page(render_html(old_result()))
    assert "Confusion matrix" not in page.text
    assert "99.17\u00a0%" in page.text


def test_sections_say_what_the_result_holds() -> None:
    text = Page(render_html(few_spike_result())).text.replace("\u00a0", " ")
    assert "Both are right on 9,916 examples, only the ANN on 2, only the SNN on 1, neither on 81." in text
    assert "3 of 10,000 examples get different classes from ANN and SNN." in text
    assert "Example 1,014 label 6 ANN 6 ✓ right SNN 0 ✗ wrong" in text
    assert "max_pooling2d 4,721 80,231 0 –" in text  # spikes sent, operations arriving, the ANN's, and their ratio
    assert "conv2d_1 1,680 1,359,872 2,225,664 0.611 ×" in text
    assert "0.9 pJ for each synaptic operation" in text
    assert "Horowitz, ISSCC 2014" in text
    assert "An estimate, not a measurement" in text
    assert "dropout (Dropout) removed: it acts during training only" in text
    assert "merge_pooling ✓ equal 0 0.0001 100.00 % 64" in text


def test_why_there_is_no_threshold() -> None:
    few = few_spike_result()
    layer = dataclasses.replace(few.layers[2], threshold=None, threshold_note="follows its leading input")
    page = Page(render_html(dataclasses.replace(few, layers=(*few.layers[:2], layer, *few.layers[3:]))))
    assert "max_pooling2d 5,408 follows its leading input 0.873" in page.text


def test_some_layers_may_lack_their_histogram() -> None:
    few = few_spike_result()
    layer = dataclasses.replace(few.layers[1], spikes_histogram=None)
    page = Page(render_html(dataclasses.replace(few, layers=(few.layers[0], layer, *few.layers[2:]))))
    assert "conv2d 21,632 2.81 0.412 – 80,231" in page.text


def test_many_classes_are_drawn_and_very_many_listed() -> None:
    counts = tuple(tuple(90 if i == j else (i + j) % 3 for j in range(30)) for i in range(30))
    few = few_spike_result()
    assert few.confusion is not None
    thirty = dataclasses.replace(few.confusion, classes=30, snn=counts, ann=counts)
    page = Page(render_html(dataclasses.replace(few, confusion=thirty)))
    labels = [str(svg.get("aria-label")) for svg in page.all("svg")]
    assert any(label.startswith("Confusion matrix of 30 classes") for label in labels)
    assert "Most frequent mistakes of the spiking network" in page.text
    thousand = dataclasses.replace(few.confusion, classes=1000, snn=None, ann=None)
    page = Page(render_html(dataclasses.replace(few, confusion=thousand)))
    assert "Confusion matrix" not in page.text
    assert "1,000 classes. The most frequent mistake: class" in page.text


def test_no_mistakes_and_no_differences() -> None:
    few = few_spike_result()
    perfect = Confusion(classes=2, snn=((5, 0), (0, 5)), ann=((5, 0), (0, 5)))
    page = Page(render_html(dataclasses.replace(few, confusion=perfect, agreement=1.0, examples=())))
    assert "The spiking network makes no mistakes on these examples." in page.text
    assert "None of the 10,000 examples gets different classes from ANN and SNN." in page.text


def test_every_kind_of_input_has_its_form() -> None:
    few = few_spike_result()
    shapes = ((28, 28), (32, 32, 3), (12,), (200,))
    examples = tuple(dataclasses.replace(few.examples[0], input=picture(*shape)) for shape in shapes)
    page = Page(
        render_html(dataclasses.replace(few, examples=(*examples, dataclasses.replace(examples[0], input=None))))
    )
    alternatives = [str(image["alt"]) for image in page.all("img")]
    assert alternatives == [
        "Input 247, a grey picture of 28\u00a0×\u00a028 pixels, labelled 4",
        "Input 247, a colour picture of 32\u00a0×\u00a032 pixels, labelled 4",
    ]
    assert "0, 0.09, 0.18, 0.27, 0.36, 0.45, 0.55, 0.64, 0.73, 0.82, 0.91, 1" in page.text
    assert "Input 247, 200 numbers between 0 and 1, labelled 4" in {svg.get("aria-label") for svg in page.all("svg")}


def test_large_results_stay_small_pages() -> None:
    """Two hundred layers with full densities where they are kept, and a dozen large pictures: under 2 MB either way."""
    few = few_spike_result()
    full = dataclasses.replace(few.layers[1].activations, counts=((123_456,) * 48,) * 48)  # type: ignore[type-var]
    layers = tuple(
        dataclasses.replace(few.layers[1], name=f"layer_{i}_with_a_long_name", activations=full if i % 5 == 0 else None)
        for i in range(200)
    )
    examples = tuple(dataclasses.replace(few.examples[0], input=picture(32, 32, 3)) for _ in range(12))
    result = dataclasses.replace(few, layers=layers, examples=examples)
    assert len(to_json(result)) < 2e6
    assert len(render_html(result).encode()) < 2e6


def test_any_page_is_made_of_sections() -> None:
    content = Content(
        title="t",
        kind="k",
        heading="h",
        sections=(
            Section(
                name="again",
                title="Again",
                view={
                    "command": "do <it>",
                    "properties": (),
                },
            ),
        ),
    )
    page = Page(render_page(content))
    assert page.text.strip() == "Skip to the results mlGeNN k h Again do <it>"


def test_the_package_holds_all_templates_and_styles() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"]["ml_genn"]
    files = [path for path in (ROOT / "ml_genn" / "reports").rglob("*") if path.suffix in (".j2", ".css")]
    assert len(files) > 10
    for path in files:
        name = PurePath(path.relative_to(ROOT / "ml_genn"))
        assert any(name.match(pattern) for pattern in patterns), name


def colours(style: str, dark: bool) -> dict[str, str]:
    """The colours of one scheme by name."""
    light, _, rest = style.partition("@media screen and (prefers-color-scheme: dark)")
    found = re.findall(r"--([\w-]+): #([0-9a-f]{6});", light.partition("}")[0])
    return dict(found) | (dict(re.findall(r"--([\w-]+): #([0-9a-f]{6});", rest.partition("}")[0])) if dark else {})


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_has_contrast(dark: bool) -> None:
    found = colours((ROOT / "ml_genn" / "reports" / "assets" / "report.css").read_text(encoding="utf-8"), dark)
    shades = [name for name in found if name.startswith(("right-", "wrong-"))]
    assert len(shades) == 8
    pairs = [(text, "paper") for text in ("ink", "soft", "snn", "good", "bad")]
    pairs += [("ink", ground) for ground in ("warm", "code", *shades)]
    for text, ground in pairs:
        bright, low = sorted((luminance(found[text]), luminance(found[ground])), reverse=True)
        assert (bright + 0.05) / (low + 0.05) >= 4.5, (text, ground)
