"""RESULT.json: round trip, schema, and refusal of damaged files."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from ml_genn.errors import DataError
from ml_genn.reports import Result, read_json, to_json, write_json

from .sample import few_spike_result, rate_result


@pytest.mark.parametrize("result", [few_spike_result(), rate_result()], ids=["few-spike", "rate"])
def test_round_trip(result: Result, tmp_path: Path) -> None:
    write_json(result, tmp_path / "RESULT.json")
    assert read_json(tmp_path / "RESULT.json") == result


def test_keys_are_those_of_the_documented_schema() -> None:
    data = json.loads(to_json(few_spike_result()))
    assert next(iter(data)) == "schema"
    assert data["schema"] == 1
    documented = {
        "": "schema model data calibration method ann snn agreement accuracy_by_timestep layers totals "
        "environment command",
        "calibration": "source examples",
        "method": "name options",
        "ann": "accuracy correct examples confidence_95 seconds",
        "snn": "accuracy correct examples confidence_95 seconds timesteps",
        "totals": "spikes synops ann_macs energy_estimate",
    }
    for part, keys in documented.items():
        assert set(keys.split()) <= set(data[part] if part else data), part
    layer = "name neurons threshold spikes_per_neuron synops saturated silent activation_error"
    assert set(layer.split()) <= set(data["layers"][0])
    assert data["accuracy_by_timestep"] == [[8, 0.9917]]


def test_numpy_scalars_are_written_as_numbers() -> None:
    sample = few_spike_result()
    layer = dataclasses.replace(
        sample.layers[0], neurons=np.int64(3), synops=np.float32(2.5), activation_error=np.float64(0.25)
    )
    data = json.loads(to_json(dataclasses.replace(sample, layers=(layer,))))
    assert (data["layers"][0]["neurons"], data["layers"][0]["synops"]) == (3, 2.5)


def test_optional_nan_becomes_null_and_required_nan_is_refused() -> None:
    sample = few_spike_result()
    layer = dataclasses.replace(sample.layers[0], activation_error=float("nan"))
    text = to_json(dataclasses.replace(sample, layers=(layer,)))
    assert json.loads(text)["layers"][0]["activation_error"] is None
    assert "NaN" not in text
    layer = dataclasses.replace(sample.layers[0], synops=float("inf"))
    with pytest.raises(DataError, match=r"layers\[0\]\.synops is inf; a result holds finite numbers only"):
        to_json(dataclasses.replace(sample, layers=(layer,)))


def test_keys_of_a_later_version_are_ignored(tmp_path: Path) -> None:
    data = json.loads(to_json(few_spike_result()))
    data["something_new"] = 1
    data["snn"]["something_new"] = [1]
    (tmp_path / "r.json").write_text(json.dumps(data))
    assert read_json(tmp_path / "r.json") == few_spike_result()


def damaged(path: tuple[str | int, ...], value: object) -> object:
    """The sample's JSON with one value replaced; REMOVE takes it out."""
    data = json.loads(to_json(few_spike_result()))
    owner = data
    for key in path[:-1]:
        owner = owner[key]
    if value is REMOVE:
        del owner[path[-1]]
    else:
        owner[path[-1]] = value
    return data


REMOVE = object()


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            ("snn", "accuracy"),
            "high",
            r"damaged: snn\.accuracy: expected a number, got 'high'; write it again with `ml-genn convert --json`",
        ),
        (("snn", "accuracy"), REMOVE, r"snn\.accuracy is missing"),
        (("snn", "correct"), 1.5, r"snn\.correct: expected a whole number, got 1\.5"),
        (("snn", "correct"), True, r"snn\.correct: expected a whole number, got True"),
        (("snn",), [1], r"snn: expected an object, got \[1\]"),
        (("layers",), 3, r"layers: expected a list, got 3"),
        (("layers", 1), 3, r"layers\[1\]: expected an object, got 3"),
        (("snn", "confidence_95"), [0.1], r"snn\.confidence_95: expected 2 items, got 1"),
        (("gates", 0, "passed"), 1, r"gates\[0\]\.passed: expected true or false, got 1"),
        (("command",), 1, r"command: expected a text, got 1"),
        (("method", "options"), 1, r"method\.options: expected an object, got 1"),
        (("method", "options", "k"), [8], r"method\.options\.k: expected"),
        (("schema",), 2, r"has schema 2, this version of ml_genn reads schema 1; write it again with this version"),
        (("schema",), REMOVE, r"is no result file: it has no \"schema\""),
    ],
)
def test_damaged_file(path: tuple[str | int, ...], value: object, message: str, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text(json.dumps(damaged(path, value)))
    with pytest.raises(DataError, match=message):
        read_json(file)


def test_not_json(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text('{"schema": 1, ')
    with pytest.raises(DataError, match=r"r\.json is not JSON"):
        read_json(file)
    with pytest.raises(DataError, match=r"cannot read .*missing\.json: No such file"):
        read_json(tmp_path / "missing.json")
