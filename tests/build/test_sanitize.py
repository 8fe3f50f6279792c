"""`ML_GENN_SANITIZE`: faults of generated code end the process with a report; ordinary libraries are not mixed in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ml_genn.engines.embedded.cpu.build import build_library
from ml_genn.engines.embedded.cpu.build.flags import flags
from ml_genn.engines.embedded.cpu.build.toolchain import Toolchain
from ml_genn.errors import ToolchainError

ROOT = Path(__file__).parents[2]
GCC = Toolchain(("gcc",), "gcc", "gcc 12")

FAULTY = """
import numpy as np
from functools import partial
from ml_genn.engines.embedded.cpu import CpuExecutable
from ml_genn.engines.embedded.plan.plan import Clock, Pointer
from tests.engine import conftest
from ml_genn.engines.embedded.plan import storage
from tests.engine.plans import PlanMaker, load
storage._zeros = conftest.fenced
maker = PlanMaker()
names = {"x": maker.variable("x", 5), "w": Pointer(maker.array("w", 5, np.arange(5.0)))}
maker.neurons("n", 5, sim=maker.code("x = w[PLACE];", names))
executable, memory = load(maker, partial(CpuExecutable, threads=1))
executable.run(Clock(), 1)
print("ran to its end with", memory["x"][0, 0, 0])
"""


def sanitizers() -> str:
    """The libraries to start Python with."""
    if shutil.which("gcc") is None:
        pytest.skip("the sanitizers are gcc's")
    paths = [
        subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True).stdout.strip()
        for name in ("libasan.so", "libubsan.so")
    ]
    if not all(Path(path).is_absolute() for path in paths):
        pytest.skip("gcc comes without its sanitizers' libraries")
    return " ".join(paths)


def run(place: str) -> subprocess.CompletedProcess[str]:
    """A model that reads an element of an array of five."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONMALLOC": "malloc",
        "ML_GENN_SANITIZE": "1",
        "CC": "gcc",
        "ASAN_OPTIONS": "detect_leaks=0",
        "LD_PRELOAD": sanitizers(),
    }
    command = [sys.executable, "-c", FAULTY.replace("PLACE", place)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_a_sound_model_runs() -> None:
    answer = run("4")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == "ran to its end with 4.0\n"


@pytest.mark.parametrize("place", ["5", *(pytest.param(place, marks=pytest.mark.slow) for place in ("-1", "100"))])
def test_an_access_outside_an_array_ends_the_process(place: str) -> None:
    answer = run(place)
    assert answer.returncode != 0
    assert "AddressSanitizer: use-after-poison" in answer.stderr
    assert "gen_kernel_0" in answer.stderr


def test_a_process_without_the_sanitizer_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    if "asan" in os.environ.get("LD_PRELOAD", ""):
        pytest.skip("this process has it")
    monkeypatch.setenv("ML_GENN_SANITIZE", "1")
    with pytest.raises(ToolchainError, match=r"ML_GENN_SANITIZE is set, but .* not started with .*run `make sanitize`"):
        build_library("int x;", 1)


@pytest.mark.parametrize("value", ["", "0", " "])
def test_values_that_ask_for_nothing(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ML_GENN_SANITIZE", raising=False)
    plain = flags(GCC)
    monkeypatch.setenv("ML_GENN_SANITIZE", value)
    assert flags(GCC) == plain
    assert not any("sanitize" in option for option in plain)
