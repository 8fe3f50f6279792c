"""`ml-genn convert`: options, what it hands to the converter, what it writes. The conversion itself is a fake here."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import numpy as np
import pytest

from ml_genn.commands import convert
from ml_genn.commands.options import ENGINES
from ml_genn.data import load_data
from ml_genn.engines.select import ENGINE_NAMES
from ml_genn.neurons.few_spike import MAX_BITS
from ml_genn.reports import read_json
from ml_genn_tf.methods import METHODS
from tests.data.files import write_npz

from .conftest import Run
from .fakes import FakeConverter


def test_writes_everything(run: Run, converter: FakeConverter, model: Path, tmp_path: Path) -> None:
    files = {"--out": tmp_path / "snn.h5", "--report": tmp_path / "r.html", "--json": tmp_path / "r.json"}
    done = run("convert", model, "--data", "digits", *(word for pair in files.items() for word in pair))
    assert done.code == 0
    assert "99.17 % " in done.out  # 357 of 360
    for path in files.values():
        assert f"wrote {path}" in done.err
    result = read_json(files["--json"])
    assert (result.model.name, result.model.source) == ("little", str(model))
    assert (result.model.parameters, result.model.sha256 is not None) == (6090, True)
    assert (result.data.name, result.data.split, result.data.examples) == ("digits", "test", 360)
    assert result.data.sha256 == load_data("digits").sha256
    assert result.calibration is not None
    assert result.calibration.source == "first 1,437 training examples of digits"
    assert result.command.startswith(f"ml-genn convert {model} --data digits --out ")
    assert "357 of 360" in files["--report"].read_text(encoding="utf-8")


def test_hands_over_data_and_options(run: Run, converter: FakeConverter, model: Path) -> None:
    run(
        "convert",
        model,
        "--data",
        "digits",
        "--method",
        "data-norm",
        "--timesteps",
        64,
        "--batch-size",
        5,
        "--unsigned",
    )
    call = converter.calls[0]
    np.testing.assert_array_equal(call.pop("calibration"), load_data("digits:train", expected_shape=(8, 8, 1)).x)
    call.pop("model")
    assert call == {"method": "data-norm", "timesteps": 64, "signed": False, "batch_size": 5}


def test_options_of_the_method(run: Run, converter: FakeConverter, model: Path) -> None:
    options = ["percentile=99.5", "norm_examples=64", "negative_spikes=FALSE", "correct=potential", "input_type=none"]
    words = [word for option in options for word in ("--option", option)]
    run("convert", model, "--data", "digits", "--method", "rate", *words)
    call = {name: value for name, value in converter.calls[0].items() if name not in ("calibration", "model")}
    assert call == {
        "method": "rate",
        "timesteps": 32,
        "percentile": 99.5,
        "norm_examples": 64,
        "negative_spikes": False,
        "correct": "potential",
        "input_type": None,
    }


def test_early_exit(run: Run, converter: FakeConverter, model: Path, tmp_path: Path) -> None:
    options = ["--method", "rate", "--early-exit", 0.01, "--json", tmp_path / "r.json"]
    assert run("convert", model, "--data", "digits", *options).code == 0
    assert "Early exit: 0.01 of 360" in read_json(tmp_path / "r.json").notes


def test_defaults(run: Run, converter: FakeConverter, model: Path) -> None:
    run("convert", model, "--data", "digits")
    run(
        "convert", model, "--data", "digits", "--method", "simple", "--seed", 3, "--engine", "reference", "--threads", 2
    )
    first, second = ({k: v for k, v in call.items() if k not in ("calibration", "model")} for call in converter.calls)
    assert first == {"method": "few-spike", "k": 10}
    assert second == {"method": "simple", "timesteps": 128, "seed": 3, "engine": "reference", "threads": 2}


def test_engine_of_the_environment(
    run: Run, converter: FakeConverter, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ML_GENN_ENGINE", "reference")
    run("convert", model, "--data", "digits")
    run("convert", model, "--data", "digits", "--engine", "embedded")
    assert [call["engine"] for call in converter.calls] == ["reference", "embedded"]
    monkeypatch.setenv("ML_GENN_ENGINE", "warp")
    done = run("convert", model, "--data", "digits")
    assert done.code == 2
    assert "ML_GENN_ENGINE is 'warp'; set it to one of auto, embedded, reference, pygenn" in done.err


def test_examples(run: Run, converter: FakeConverter, model: Path, tmp_path: Path) -> None:
    run("convert", model, "--data", "digits", "--examples", 50, "--json", tmp_path / "r.json")
    assert read_json(tmp_path / "r.json").data.examples == 50
    done = run("convert", model, "--data", "digits", "--examples", 361)
    assert done.code == 1
    assert "has 360 examples; asked for the first 361" in done.err


def test_quiet_and_the_two_streams(run: Run, converter: FakeConverter, model: Path) -> None:
    quiet, loud = run("convert", model, "--data", "digits", "-q"), run("convert", model, "--data", "digits")
    assert quiet.out == loud.out != ""
    assert quiet.err == ""
    assert "simulation: 360 done" in loud.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--timesteps", 10], r"--timesteps goes with rate coding, --method few-spike takes --k"),
        (["--method", "simple", "--k", 4], r"--k goes with --method few-spike, --method simple takes --timesteps"),
        (["--option", "percentile"], "Invalid value for '--option': 'percentile' is no option; give NAME=VALUE as in"),
        (["--early-exit", 2], "Invalid value for '--early-exit': 2.0 is not in the range 0<=x<=1"),
        (["--k", 0], "Invalid value for '--k': 0 is not in the range 1<=x<=24"),
        (["--k", 25], "Invalid value for '--k': 25 is not in the range 1<=x<=24"),
        (["--k", "many"], "Invalid value for '--k': 'many' is not a valid integer"),
        (["--method", "data-norm", "--timesteps", 0], "Invalid value for '--timesteps': 0 is not in the range x>=1"),
        (["--method", "magic"], "Invalid value for '--method': 'magic' is not one of"),
        (["--batch-size", 0], "Invalid value for '--batch-size'"),
        (["--threads", 0], "Invalid value for '--threads'"),
        (["--engine", "warp"], "Invalid value for '--engine': 'warp' is not one of"),
        (["--examples", 0], "Invalid value for '--examples'"),
        (
            ["--shape", "8,x"],
            "Invalid value for '--shape': '8,x' is no shape; give positive whole numbers as in 28,28,1",
        ),
        (["--shape", "8,-1"], "Invalid value for '--shape': '8,-1' is no shape"),
        (["--scale", "big"], "Invalid value for '--scale': scale must be a number or a fraction such as 1/255"),
        (["--scale", "0"], "Invalid value for '--scale': scale must be greater than 0"),
        (["--out", "a.x", "--json", "./a.x"], "--out and --json both name a.x; give each its own file"),
    ],
)
def test_wrong_usage(options: list[object], message: str, run: Run, converter: FakeConverter, model: Path) -> None:
    done = run("convert", model, "--data", "digits", *options)
    assert (done.code, done.out, converter.calls) == (2, "", [])
    assert message in " ".join(done.err.split())


def test_words_are_those_of_the_library() -> None:
    """The command lists them itself, so that its help loads nothing."""
    assert set(convert.METHODS) == set(METHODS)
    assert convert.MAX_K == MAX_BITS
    assert inspect.signature(METHODS["few-spike"]).parameters["k"].default == convert.DEFAULT_K
    assert inspect.signature(METHODS["data-norm"]).parameters["timesteps"].default == convert.DEFAULT_TIMESTEPS
    assert inspect.signature(METHODS["rate"]).parameters["timesteps"].default == convert.DEFAULT_RATE_TIMESTEPS
    assert ENGINES == ENGINE_NAMES


def test_data_is_required(run: Run, converter: FakeConverter, model: Path) -> None:
    done = run("convert", model)
    assert done.code == 2
    assert "Missing option '--data'" in done.err


def test_calibration_data_missing(run: Run, converter: FakeConverter, model: Path, tmp_path: Path) -> None:
    data = write_npz(tmp_path / "a.npz", x=np.zeros((6, 8, 8, 1)))
    done = run("convert", model, "--data", data)
    assert done.code == 2
    assert "does not say which examples are for training; name some with --norm-data" in done.err
    assert run("convert", model, "--data", data, "--method", "simple").code == 0
    assert converter.calls[0]["calibration"] is None
    assert run("convert", model, "--data", data, "--norm-data", "digits").code == 0


def test_misspelt_data_shows_before_the_model_is_loaded(run: Run, model: Path) -> None:
    for option in ("--data", "--norm-data"):
        options = {"--data": "digits", option: "digts"}
        done = run("convert", model, *(word for pair in options.items() for word in pair))
        assert done.code == 1
        assert "data 'digts' do not exist" in done.err


def test_labels_out_of_range(run: Run, converter: FakeConverter, model: Path, tmp_path: Path) -> None:
    data = write_npz(tmp_path / "a.npz", x=np.zeros((6, 8, 8, 1)), y=np.array([0, 10, 0, 0, 0, 0]))
    done = run("convert", model, "--data", data, "--norm-data", "digits")
    assert done.code == 1
    assert "y[1] is 10, but the model has 10 classes" in done.err


def test_differently_scaled_calibration_is_warned_of(
    run: Run, converter: FakeConverter, model: Path, tmp_path: Path
) -> None:
    data = write_npz(tmp_path / "a.npz", x=np.full((6, 8, 8, 1), 255.0), y=np.zeros(6, int))
    done = run("convert", model, "--data", data, "--norm-data", "digits")
    assert "Warning: The largest absolute input is 255 in the evaluation data and 1" in done.out


@pytest.mark.parametrize("option", ["--out", "--report", "--json"])
def test_unwritable_output_fails_before_the_work(
    option: str, run: Run, converter: FakeConverter, model: Path, tmp_path: Path
) -> None:
    done = run("convert", model, "--data", "digits", option, tmp_path / "no" / "file")
    assert (done.code, converter.calls) == (1, [])
    assert f"cannot write {tmp_path / 'no' / 'file'}: the folder" in done.err


def test_json_is_strict(run: Run, converter: FakeConverter, model: Path, tmp_path: Path) -> None:
    run("convert", model, "--data", "digits", "--json", tmp_path / "r.json")
    json.loads((tmp_path / "r.json").read_text(), parse_constant=lambda name: pytest.fail(f"{name} in RESULT.json"))
