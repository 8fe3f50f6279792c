"""`ml-genn train`, and `ml-genn evaluate` of what it leaves."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_genn.callbacks import RunLog
from ml_genn.commands import train
from ml_genn.errors import ToolchainError
from ml_genn.experiments import Training

from .conftest import Run

SMALL = ("--set", "n_epochs=1", "--set", "n_train=200", "--set", "num_hidden=20")


def test_train_and_evaluate(run: Run, tmp_path: Path) -> None:
    done = run("train", "latency-digits", *SMALL, "--out", tmp_path / "run", "--quiet")
    assert (done.code, done.err) == (0, "")
    first, second = done.out.splitlines()
    assert first.startswith("latency-digits: ")
    assert "of 1,597 test examples (95 % interval" in first
    assert second.startswith("1 epoch in ")
    again = run("evaluate", tmp_path / "run")
    assert (again.code, again.out) == (0, f"{first}\n")


def test_resume_and_report(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert run("train", "latency-digits", *SMALL, "--out", folder, "--quiet").code == 0
    more = run("train", "latency-digits", *SMALL, "--set", "n_epochs=2", "--out", folder, "--quiet", "--resume")
    assert (more.code, more.err) == (0, "")
    assert more.out.splitlines()[1].startswith("2 epochs in ")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "2 epochs of 200 examples in 2 runs." in page
    (folder / "report.html").unlink()
    again = run("report", folder)
    assert (again.code, again.out) == (0, f"{folder / 'report.html'}\n")
    assert (folder / "report.html").read_text(encoding="utf-8") == page
    elsewhere = run("report", folder, "--out", tmp_path / "page.html")
    assert elsewhere.code == 0
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page


def test_an_interrupted_run_can_be_looked_at(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert run("train", "latency-digits", *SMALL, "--out", folder, "--quiet").code == 0
    for name in ("result.json", "weights.h5", "report.html"):  # as if killed before they were written
        (folder / name).unlink()
    done = run("evaluate", folder)
    assert done.code == 0
    assert "of 1,597 test examples" in done.out
    assert "has not ended; these are the weights after its last whole epoch" in done.err
    assert run("report", folder).code == 0


def test_data_may_lie_elsewhere(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever folder commands are given in, and where the data were moved to since."""
    signals = np.random.default_rng(1).integers(0, 255, (40, 12))
    letters = {"offsets": np.arange(0, 41, 4), "label": np.arange(10) % 2, "repetition": np.arange(10)}
    (tmp_path / "data").mkdir()
    np.savez(tmp_path / "data" / "letters.npz", taxel=signals, **letters)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path / "data")
    small = ("--set", "n_epochs=1", "--set", "num_hidden=4", "--set", "trial_ms=20", "--quiet")
    for name, place in (("a", "letters.npz"), ("b", "~/data/letters.npz")):
        done = run("train", "braille", "--set", f"data={place}", *small, "--out", tmp_path / name)
        assert (done.code, done.err) == (0, "")
    monkeypatch.chdir(tmp_path)
    expected = done.out.splitlines()[0]
    assert [run("evaluate", name).out for name in "ab"] == [f"{expected}\n"] * 2
    (tmp_path / "data").rename(tmp_path / "moved")
    assert f"there are no recordings at {tmp_path / 'data' / 'letters.npz'}" in run("evaluate", "a").err
    assert run("evaluate", "a", "--data", "moved/letters.npz").out == f"{expected}\n"
    more = ("--set", "n_epochs=2", "--set", "data=moved/letters.npz", "--quiet")
    assert run("train", "--resume", *more, "--out", "a").code == 0
    assert run("evaluate", "a").code == 0
    assert "latency-digits has no parameter 'data'" in _evaluated_with_data(run, tmp_path).err


def _evaluated_with_data(run: Run, folder: Path) -> Any:
    assert run("train", "latency-digits", *SMALL, "--out", folder / "digits", "--quiet").code == 0
    return run("evaluate", folder / "digits", "--data", "digits")


def test_interrupted(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C leaves a folder that the next command goes on with, and says so."""

    def interrupted(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(RunLog, "on_epoch_begin", interrupted)
    done = run("train", "latency-digits", *SMALL, "--out", tmp_path / "run", "--quiet")
    assert done.code == 130
    assert f"`ml-genn train --resume --out {tmp_path / 'run'}` goes on where the last epoch ended" in done.err
    monkeypatch.undo()
    assert run("train", "--resume", "--out", tmp_path / "run", "--quiet").code == 0


def test_resuming_needs_no_setting_again(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "a run"
    assert run("train", "latency-digits", *SMALL, "--out", folder, "--quiet").code == 0
    more = run("train", "--resume", "--set", "n_epochs=2", "--out", folder, "--quiet")
    assert (more.code, more.err) == (0, "")
    assert "of 1,597 test examples" in more.out
    command = json.loads((folder / "run.json").read_text())["command"]
    changed = "--set n_epochs=2 --set n_train=200 --set num_hidden=20"
    assert command == f"ml-genn train latency-digits {changed} --out '{folder}'"  # from the beginning
    for words, message in {
        ("--set", "num_hidden=30"): "has num_hidden=20, not 30; only n_epochs may change",
        ("yin-yang",): "holds a run of latency-digits, which yin-yang cannot resume",
    }.items():
        done = run("train", "--resume", *words, "--out", folder, "--quiet")
        assert done.code == 2
        assert message in done.err
    none = run("train", "--resume", "--out", tmp_path / "none", "--quiet")
    assert (none.code, none.err) == (2, f"Error: {tmp_path / 'none'} holds no run to resume\n")


def test_the_machine_is_written_down_with_its_compiler(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or as one that ran the reference, where there is none; warnings are one line."""
    assert run("train", "latency-digits", *SMALL, "--out", tmp_path / "a", "--threads", 1, "--quiet").code == 0
    environment = json.loads((tmp_path / "a" / "run.json").read_text())["environment"]
    assert environment["compiler"]
    assert f"<p>embedded, 1 thread</p><p>{environment['compiler']}</p>" in (tmp_path / "a" / "report.html").read_text()
    monkeypatch.setattr(train, "command_line", lambda *_: warnings.warn("a slow engine", stacklevel=1) or "train")

    def missing() -> None:
        raise ToolchainError("there is none")

    monkeypatch.setattr("ml_genn.engines.embedded.cpu.build.toolchain.find_toolchain", missing)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        done = run("train", "latency-digits", *SMALL, "--out", tmp_path / "b", "--quiet")
    assert (done.code, done.err) == (0, "Warning: a slow engine\n")
    assert json.loads((tmp_path / "b" / "run.json").read_text())["environment"]["engine"] == "reference"


def test_interrupted_before_anything_was_learnt(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Training, "_train", interrupted)
    done = run("train", "latency-digits", *SMALL, "--out", tmp_path / "run", "--quiet")
    assert (done.code, list(tmp_path.iterdir())) == (130, [])
    assert "--resume" not in done.err


def test_what_cannot_begin_leaves_nothing(run: Run, tmp_path: Path) -> None:
    done = run("train", "latency-mnist", "--out", tmp_path / "run", "--quiet")
    assert (done.code, list(tmp_path.iterdir())) == (2, [])
    assert "latency-mnist needs data: give --set data=FOLDER" in done.err


def test_progress_goes_to_stderr(run: Run, tmp_path: Path) -> None:
    done = run("train", "latency-digits", *SMALL, "--out", tmp_path / "run")
    assert done.code == 0
    assert done.err.startswith("latency-digits: reading the data\n")
    assert "Epoch 0" in done.err
    again = run("evaluate", tmp_path / "run")
    assert again.err == "latency-digits: reading the data\n"


def test_lists(run: Run) -> None:
    assert "  8 x 8 digits, one spike per pixel" in run("train", "--list").out
    assert "time of the darkest pixel that spikes [ms]" in run("train", "latency-digits", "--list").out


def test_wrong_usage(run: Run, tmp_path: Path) -> None:
    (tmp_path / "snn.h5").touch()
    cases = {
        ("train",): "which experiment? Give one of ",
        ("train", "nothing"): "there is no experiment 'nothing'",
        ("train", "latency-digits"): "training takes a while; give --out DIR",
        ("train", "latency-digits", "--set", "n_epochs"): "is no option; give NAME=VALUE",
        ("evaluate", tmp_path, "--examples", 3): "which has its own examples and batches; leave out --examples",
        ("evaluate", tmp_path / "none"): "none; give a saved network or a folder of `train`",
        ("evaluate", tmp_path / "snn.h5"): "a saved network needs data to run on; give --data",
    }
    for arguments, message in cases.items():
        done = run(*arguments)
        assert done.code == 2
        assert message in done.err
        assert not done.out
