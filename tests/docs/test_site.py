"""The site builds without a warning, needs no network, and its tables say what the registries say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ml_genn.exchange.nir.registry import NEURON_PAIRS
from ml_genn.registry import COMPILERS, CONNECTIVITY, NEURONS
from ml_genn.values import declared_values
from tools.docs import nir, reference, support, units
from tools.docs.support import Trial

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_nothing_is_loaded_from_the_network(site: Path) -> None:
    loaded = re.compile(r"<(?:script|link|img|iframe)[^>]*?(?:src|href)=\"((?:https?:)?//[^\"]+)\"")
    found = {url for path in site.rglob("*.html") for url in loaded.findall(path.read_text(encoding="utf-8"))}
    styles = {url for path in site.rglob("*.css") for url in re.findall(r"url\(['\"]?(\w+://[^)]+)", path.read_text())}
    assert not found | styles


@pytest.mark.slow
def test_reference_describes_every_public_name(site: Path) -> None:
    for package in reference.packages():
        text = (site / reference.file_name(package)).with_suffix(".html").read_text(encoding="utf-8")
        missing = [name for name in reference.public_names(package) if f'id="{package}.{name}"' not in text]
        assert not missing, f"{package}: {missing}"


@pytest.mark.slow
def test_support_table_has_every_layer_and_method(site: Path) -> None:
    from ml_genn_tf.methods import METHODS
    from ml_genn_tf.translate import TRANSLATORS
    from ml_genn_tf.translate.activations import ACTIVATIONS

    text = re.sub(r"<[^>]+>", " ", (site / "support.html").read_text(encoding="utf-8"))
    assert not [name for name in (*TRANSLATORS, *ACTIVATIONS, *METHODS) if name not in text]


def test_packages_without_a_page_exist() -> None:
    assert all((ROOT / "ml_genn" / name).is_dir() for name in reference.NO_PAGE)
    assert "ml_genn.neurons" in reference.packages()
    assert "LeakyIntegrateFire" in reference.public_names("ml_genn.neurons")


def test_units_have_every_declared_value() -> None:
    page = units.page()
    expected = "| `tau_mem` | ms | above 0 | a number, array, no initializer | `20.0` | `Alpha` |"
    assert expected in page.partition("### LeakyIntegrateFire\n")[2].partition("###")[0]
    for family in units.families():
        for cls in family.classes.values():
            own = page.partition(f"### {cls.__name__}\n")[2].partition("#")[0]
            for value in declared_values(cls):
                assert f"| `{value.name}` | {value.unit or '–'} |" in own


def test_support_table_has_every_neuron_and_compiler() -> None:
    table = support.neurons_by_compiler()
    head = re.search(r"\| neuron \|.*", table)
    assert head is not None
    assert all(f"`{cls.__name__}`" in head[0] for cls in COMPILERS.classes.values())
    rows = dict(re.findall(r"^\| `(\w+)` \|(.*)\|$", table, re.MULTILINE))
    assert set(rows) == {cls.__name__ for cls in NEURONS.classes.values()}


def test_support_is_what_compilers_say() -> None:
    trials = {(trial.row, trial.column): trial for trial in support.neuron_trials()}
    assert trials["LeakyIntegrateFire", "InferenceCompiler"].cell == "yes"
    assert trials["FewSpikeRelu", "FewSpikeCompiler"].cell == "yes"
    refused = trials["FewSpikeRelu", "InferenceCompiler"]
    assert refused.cell == "no"
    assert f"- `FewSpikeRelu` with `InferenceCompiler`: {refused.reason}\n" in "".join(support.reasons([refused]))


def test_what_is_said_of_several_is_said_once() -> None:
    trials = [
        Trial("a", "x", "a is odd"),
        Trial("b", "x", "b is odd"),
        Trial("a", "y", "a is odd"),
        Trial("b", "y", ""),
    ]
    assert list(support.reasons(trials))[1:] == [
        "- `a`, `b` with `x`: for example, a is odd\n",
        "- `a` with `y`: a is odd\n",
    ]
    both = [Trial("a", "x", "a is odd"), Trial("a", "y", "a is odd")]
    assert list(support.reasons(both))[1:] == ["- `a` with `x`, `y`: a is odd\n"]
    assert list(support.reasons([Trial("a", "x", "")])) == []


def test_nir_pairs_are_those_of_the_registry() -> None:
    page = nir.page()
    for pair in NEURON_PAIRS:
        assert re.search(rf"^\| `{pair.neuron}`.* \| `{pair.synapse}` \| `{pair.node}` \| ", page, re.MULTILINE)
    assert "| `AvgPoolConv2D` | `SumPool2d` → `Scale` → `Conv2d` | yes |" in page
    assert "| `OneToOne` | no node | no |" in page
    named = set(re.findall(r"`(\w+)`", page))
    classes = {cls.__name__ for cls in (*NEURONS.classes.values(), *CONNECTIVITY.classes.values())}
    assert {name for name in classes if not name.startswith("FewSpike")} <= named
