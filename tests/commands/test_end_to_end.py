"""The command on a real model and real data: convert, save, report, and evaluate again without Keras."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ml_genn.commands import main
from ml_genn.reports import Result, read_json

from .conftest import Run

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "models" / "digits_max_pool.keras"


@pytest.fixture(
    scope="module", params=[("few-spike", "--k", "8"), ("data-norm", "--timesteps", "16")], ids=lambda p: p[0]
)
def converted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with snn.h5, report.html and result.json."""
    folder = tmp_path_factory.mktemp("converted")
    method, option, value = request.param
    files = ["--out", folder / "snn.h5", "--report", folder / "report.html", "--json", folder / "result.json"]
    words = ["convert", MODEL, "--data", "digits", "--method", method, option, value, "--examples", 120, *files, "-q"]
    assert main([str(word) for word in words]) == 0
    return folder


def test_result_is_complete(converted: Path) -> None:
    result = read_json(converted / "result.json")
    assert result.ann is not None
    assert (result.ann.examples, result.snn.examples, result.data.split) == (120, 120, "test")
    assert result.model.parameters == 6090
    assert result.calibration is not None
    assert result.calibration.source == "first 1,437 training examples of digits"
    assert [layer.name for layer in result.layers] == ["image", "conv1", "pool1", "conv2", "pool2", "digit"]
    assert all(gate.passed for gate in result.gates)
    assert result.environment.compiler is None or result.environment.engine == "embedded"
    assert f"{result.snn.correct} of 120" in (converted / "report.html").read_text(encoding="utf-8")


def test_little_is_lost(converted: Path) -> None:
    """8 bits are finer than any decision of this small model; 16 timesteps of Poisson input are not."""
    result = read_json(converted / "result.json")
    assert result.agreement is not None
    assert result.agreement >= {"few-spike": 1.0, "data-norm": 0.9}[result.method.name]


def test_evaluate_without_keras_gives_the_same_spikes(converted: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from ml_genn.commands import main\n"
        "code = main(sys.argv[1:])\n"
        "assert not {'keras', 'tensorflow', 'ml_genn_tf'} & set(sys.modules)\n"
        "sys.exit(code)"
    )
    words = ["evaluate", converted / "snn.h5", "--data", "digits", "--examples", 120, "--json", tmp_path / "again.json"]
    subprocess.run([sys.executable, "-c", code, *map(str, words)], check=True, capture_output=True, cwd=ROOT)
    first, again = read_json(converted / "result.json"), read_json(tmp_path / "again.json")
    assert spikes(again) == spikes(first)
    assert (again.snn.correct, again.snn.timesteps) == (first.snn.correct, first.snn.timesteps)
    assert (again.ann, again.agreement) == (None, None)
    assert (again.model.name, again.model.source) == ("digits_max_pool", str(converted / "snn.h5"))
    assert (again.calibration, again.method, again.notes) == (first.calibration, first.method, first.notes)
    assert again.totals.ann_macs == first.totals.ann_macs
    assert again.environment.engine != "auto"


def spikes(result: Result) -> list[tuple[object, ...]]:
    """All counts of spikes, which must be equal bit for bit."""
    return [
        (layer.name, layer.spikes_per_neuron, layer.synops, layer.silent, layer.saturated, layer.spikes_histogram)
        for layer in result.layers
    ]


def test_evaluate_takes_other_data_and_refuses_wrong_ones(converted: Path, run: Run, tmp_path: Path) -> None:
    network = converted / "snn.h5"
    np.savez(tmp_path / "wrong.npz", x=np.zeros((3, 5)), y=np.zeros(3, int))
    done = run("evaluate", network, "--data", tmp_path / "wrong.npz")
    assert done.code == 1
    assert "an example has shape (5,), but the model takes (8, 8, 1)" in done.err
    np.savez(tmp_path / "labels.npz", x=np.zeros((3, 8, 8, 1)), y=np.full(3, 10))
    done = run("evaluate", network, "--data", tmp_path / "labels.npz")
    assert done.code == 1
    assert "the model has 10 classes" in done.err


@pytest.mark.parametrize("content", [None, b"", b"no network", b"\x89HDF\r\n\x1a\n cut"])
def test_evaluate_refuses_what_is_no_network(content: bytes | None, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "snn.h5"
    if content is not None:
        path.write_bytes(content)
    done = run("evaluate", path, "--data", "digits")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"Error: {path}")
    assert "Traceback" not in done.err


def test_check(run: Run) -> None:
    done = run("check", MODEL)
    assert (done.code, done.out) == (0, f"{MODEL} can be converted.\n")


@pytest.mark.parametrize("command", ["check", "convert"])
def test_what_is_no_model(command: str, run: Run, tmp_path: Path) -> None:
    options = ["--data", "digits"] if command == "convert" else []
    for content in (None, b"", b"no model"):
        path = tmp_path / "model.keras"
        if content is not None:
            path.write_bytes(content)
        done = run(command, path, *options)
        assert (done.code, done.out) == (3, "")
        assert "Traceback" not in done.err
        assert "model.keras" in done.err


def test_unsupported_layers_are_listed_together(run: Run, tmp_path: Path) -> None:
    import keras

    layers = [keras.layers.LSTM(4, name="remembers"), keras.layers.Dense(3, activation="celu", name="bends")]
    keras.Sequential([keras.Input((5, 2)), *layers]).save(tmp_path / "m.keras")
    for words in (["check"], ["convert", "--data", "digits"]):
        done = run(words[0], tmp_path / "m.keras", *words[1:])
        assert done.code == 3
        assert {"remembers", "bends"} <= set((done.out + done.err).replace("(", " ").split())


@pytest.mark.slow
def test_interrupting_a_long_simulation(tmp_path: Path) -> None:
    """Ctrl-C in the middle of the simulation: one line, exit code 130, within a second, and no file."""
    words = ["--data", "digits", "--method", "data-norm", "--timesteps", 1_000_000, "--out", tmp_path / "snn.h5"]
    with subprocess.Popen(
        [sys.executable, "cli.py", "convert", str(MODEL), *map(str, words)], stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("trained model"):
                break
        time.sleep(5)  # building the network takes less, simulating it minutes
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        sent = time.perf_counter()
        said = next(line for line in process.stderr if line.strip())
        assert time.perf_counter() - sent < 1
        assert said.strip() == "Interrupted; nothing was left half-written."
        assert process.stderr.read() == ""
        assert process.wait() == 130
    assert not list(tmp_path.iterdir())
