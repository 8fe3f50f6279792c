"""Wheel and sdist install where there is nothing of ours, with and without a C compiler of the system, and convert."""

from __future__ import annotations

import importlib.util
import os
import tarfile
import zipfile
from collections.abc import Callable

import pytest

from .conftest import ROOT, Distributions, Environment, read_result, run

pytestmark = pytest.mark.slow

NewEnvironment = Callable[[], Environment]

NOT_SHIPPED = {".md": "read by people in this checkout"}
"""Endings of files that the distributions leave out, and why; PROVENANCE.md goes with the data it is of."""


def files() -> set[str]:
    """What the packages hold and the distributions must."""
    held = (path for name in ("ml_genn", "ml_genn_tf") for path in (ROOT / name).rglob("*"))
    return {
        str(path.relative_to(ROOT))
        for path in held
        if path.is_file() and "__pycache__" not in path.parts
        if path.suffix not in NOT_SHIPPED or path.name == "PROVENANCE.md"
    }


def convert(environment: Environment, **variables: str) -> tuple[float, float, float]:
    """Convert a model of this checkout: accuracy, agreement, spikes an example."""
    result = environment.folder / "result.json"
    model = ROOT / "models" / "digits_max_pool.keras"
    options = ("--data", "digits", "--k", "8", "--json", result, "--report", environment.folder / "report.html")
    done = environment.ml_genn("convert", model, *options, **variables)
    assert done.returncode == 0, done.stderr
    found = read_result(result)
    return found["snn"]["accuracy"], found["agreement"], found["totals"]["spikes"]


def check_conversion(found: tuple[float, float, float]) -> None:
    accuracy, agreement, _ = found
    # the model is right for 357 of 360, the network may lose one of them
    assert accuracy >= 356 / 360
    assert agreement >= 359 / 360


def test_wheel_holds_the_packages_and_no_more(distributions: Distributions) -> None:
    names = zipfile.ZipFile(distributions.wheel).namelist()
    assert files() - set(names) == set()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"ml_genn", "ml_genn_tf", "cli.py"}
    sources = {
        str(path.relative_to(ROOT)) for name in ("ml_genn", "ml_genn_tf") for path in (ROOT / name).rglob("*.py")
    }
    assert sources <= set(names)


def test_sdist_holds_what_the_wheel_needs(distributions: Distributions) -> None:
    with tarfile.open(distributions.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", *files()} - names == set()


def test_wheel_installs_and_converts(distributions: Distributions, new_environment: NewEnvironment) -> None:
    environment = new_environment()
    environment.install(distributions.wheel)
    place = run([environment.python, "-c", "import ml_genn; print(ml_genn.__file__)"], cwd=environment.folder).stdout
    assert place.startswith(str(environment.folder))
    doctor = environment.ml_genn("doctor", PATH=os.environ["PATH"])
    assert doctor.returncode == 0, doctor.stdout
    check_conversion(convert(environment, PATH=os.environ["PATH"]))


def test_sdist_installs_and_converts_without_a_system_compiler(
    distributions: Distributions, new_environment: NewEnvironment
) -> None:
    """`ziglang` in place of gcc: nothing is on the PATH, CC is not set."""
    environment = new_environment()
    environment.install(distributions.sdist)
    without = environment.ml_genn("doctor", PATH="")
    if importlib.util.find_spec("ziglang") is None:
        assert without.returncode == 1
        assert "!!  C compiler" in without.stdout
        environment.install("ziglang>=0.12")
    doctor = environment.ml_genn("doctor", PATH="")
    assert doctor.returncode == 0, doctor.stdout
    assert "-m ziglang cc" in doctor.stdout
    check_conversion(convert(environment, PATH=""))
