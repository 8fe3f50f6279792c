"""docs/result_file.md describes every field of RESULT.json, and none that is not there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ml_genn.reports import to_json
from ml_genn.reports.json_file import to_text

from .sample import few_spike_result
from .sample_methods import methods_comparison

DOCUMENT = Path(__file__).parents[2] / "docs" / "result_file.md"
OPEN = {"method.options", "environment.packages", "runs[].method.options", "search.runs[].options"}
"""Objects whose keys are names, not fields."""


def paths(value: Any, path: str = "") -> Iterator[str]:
    """Paths of all fields: `a.b` for objects, `a[].b` for lists of objects."""
    if isinstance(value, dict) and path not in OPEN:
        for key, inner in value.items():
            yield f"{path}.{key}".lstrip(".")
            yield from paths(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        yield from paths(value[0], f"{path}[]")


def documented_fields(section: int) -> set[str]:
    """Fields in the tables of RESULT.json (0) and COMPARISON.json (1)."""
    text = DOCUMENT.read_text(encoding="utf-8").split("\n## COMPARISON.json")[section]
    return set(re.findall(r"^\| `([^`]+)`", text, re.MULTILINE))


def test_every_field_of_a_comparison_is_documented() -> None:
    documented = documented_fields(1)
    shared = ("model.", "data.", "calibration.", "ann.", "environment.", "runs[].snn.")  # "as in RESULT.json"
    written = {path for path in paths(json.loads(to_text(methods_comparison()))) if not path.startswith(shared)}
    owners = {path.rpartition(".")[0].removesuffix("[]") for path in documented}
    assert written - owners == documented


def test_every_field_is_documented() -> None:
    documented = documented_fields(0)
    written = set(paths(json.loads(to_json(few_spike_result()))))
    written = {path for path in written if not path.startswith("ann.")}  # "same fields as `snn`"
    owners = {path.rpartition(".")[0].removesuffix("[]") for path in documented}  # described by their fields
    optional_owners = {  # and by a line of their own
        "calibration",
        "ann",
        "timing",
        "confusion",
        "paired",
        "examples[].input",
        "layers[].activations",
        "layers[].spikes_histogram",
        "search",
    }
    assert written - (owners - optional_owners) == documented
