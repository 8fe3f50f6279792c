"""The group: quick help, exit codes, errors in one line."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import click
import pytest

from ml_genn import errors
from ml_genn.commands import main as main_function
from ml_genn.commands.main import COMMANDS, group, module_of

from .conftest import Run
from .fakes import FakeConverter

ROOT = Path(__file__).parents[2]


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout


def test_help_loads_nothing_heavy() -> None:
    code = "import sys, ml_genn.commands as commands\ncommands.main(['--help'])\nprint('modules:', *sys.modules)\n"
    loaded = set(python(code).partition("modules:")[2].split())
    assert "click" in loaded
    assert not loaded & {"numpy", "keras", "tensorflow", "h5py", "jinja2", "rich", "pygenn", "ml_genn.engines"}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_loads_nothing_heavy(command: str) -> None:
    code = (
        "import sys, ml_genn.commands as commands\n"
        f"commands.main(['{command}', '--help'])\n"
        "print('modules:', *sys.modules)\n"
    )
    loaded = set(python(code).partition("modules:")[2].split())
    assert not loaded & {"numpy", "keras", "tensorflow", "h5py", "jinja2", "rich", "pygenn"}


def test_leaving_is_quick() -> None:
    """Python's last look for garbage, a second of work once TensorFlow is loaded, finds nothing to look at."""
    code = (
        "import atexit, gc, ml_genn.commands as commands\n"
        "atexit.register(lambda: print('frozen:', gc.get_freeze_count()))\n"
        "commands.main(['--help'])\n"
    )
    assert int(python(code).partition("frozen:")[2]) > 1000


def test_every_command_is_where_the_table_says() -> None:
    for name in COMMANDS:
        command = importlib.import_module(f"ml_genn.commands.{module_of(name)}").command
        assert isinstance(command, click.Command)
        assert command.name == name
        assert command.help


def test_cli_is_the_same_command() -> None:
    assert python("import cli; from ml_genn.commands import main; print(cli.main is main)").strip() == "True"


def test_unknown_command_and_option(run: Run) -> None:
    done = run("convrt")
    assert (done.code, done.out) == (2, "")
    assert "No such command 'convrt'" in done.err
    done = run("convert", "model.keras", "--data", "digits", "--speed", 1)
    assert done.code == 2
    assert "No such option" in done.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.DataError("the data are bad"), 1),
        (errors.UsageError("the options are bad"), 2),
        (errors.ModelFileError("the file is bad"), 3),
        (errors.UnsupportedModelError("the model is bad"), 3),
        (errors.GateError("the pass is bad"), 3),
        (errors.OutputError("the disk is full"), 1),
        (errors.ToolchainError("no compiler"), 1),
    ],
)
def test_errors_are_one_message_and_an_exit_code(
    error: errors.MlGennError, code: int, run: Run, converter: FakeConverter, model: Path
) -> None:
    converter.fails_with = error
    done = run("convert", model, "--data", "digits", "--quiet")
    assert (done.code, done.out, done.err) == (code, "", f"Error: {error}\n")


def test_a_fault_of_ours_is_not_hidden(run: Run, converter: FakeConverter, model: Path) -> None:
    converter.fails_with = ZeroDivisionError("ours")
    with pytest.raises(ZeroDivisionError):
        run("convert", model, "--data", "digits")


def test_interruption(run: Run, converter: FakeConverter, model: Path, tmp_path: Path) -> None:
    converter.fails_with = KeyboardInterrupt()
    done = run("convert", model, "--data", "digits", "--quiet", "--out", tmp_path / "snn.h5")
    assert (done.code, done.out) == (130, "")
    assert done.err.strip() == "Interrupted; nothing was left half-written."
    assert [path.name for path in tmp_path.iterdir()] == [model.name]


def test_a_closed_pipe_is_no_traceback(tmp_path: Path) -> None:
    """`ml-genn ... | head -0`: the reader is gone before the first line is written."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "cli.py", "convert", "--help"],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        check=False,
    )
    os.close(writer)
    assert done.returncode == 1
    assert done.stderr == ""


def test_version(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: "9.9")
    assert run("--version").out == "ml-genn 9.9\n"


def test_version_of_a_checkout_that_is_not_installed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.version", version)
    done = run("--version")
    assert (done.code, done.out) == (0, "ml-genn, run from a checkout that is not installed\n")


def test_group_is_what_main_runs() -> None:
    assert group.name == "group"
    assert main_function(["--help"]) == 0
