"""Wheel and sdist of this checkout, and environments that hold nothing of ours but what is installed from them.

TensorFlow takes a minute to install. So a new environment sees, behind its own packages, those of the environment that
runs the tests, by a path file, and only ours is installed into it. Path files and editable installs of the test
environment do not reach through: what the new environment knows of `ml_genn` is what was installed there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
KEPT = ("ml_genn", "ml_genn_tf", "cli.py", "pyproject.toml", "README.md", "LICENSE")
"""What the distributions are made of."""


@dataclass(frozen=True)
class Distributions:
    """The built files."""

    wheel: Path
    sdist: Path


@dataclass(frozen=True)
class Environment:
    """A virtual environment."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def install(self, *what: object) -> None:
        """Install files or packages, without what they depend on."""
        command = [sys.executable, "-m", "pip", "--python", self.python, "install", "--quiet", "--no-deps"]
        run([*command, "--ignore-installed", "--disable-pip-version-check", *what], check=True)

    def ml_genn(self, *arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the installed command, with nothing set but `variables`."""
        kept = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
        variables = {**kept, "TF_CPP_MIN_LOG_LEVEL": "3", "ML_GENN_CACHE": str(self.folder / "cache"), **variables}
        return run([self.folder / "bin" / "ml-genn", *arguments], cwd=self.folder, env=variables)


def run(command: list[Any], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a program; its output is kept."""
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=600, **options)


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """The sdist of a clean copy of this checkout, and the wheel made from that sdist."""
    folder = tmp_path_factory.mktemp("distributions")
    (folder / "checkout").mkdir()
    for name in KEPT:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / "checkout" / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / "checkout")
    done = run([sys.executable, "-m", "build", "--outdir", folder / "dist", folder / "checkout"])
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = (folder / "dist").glob("*.whl")
    (sdist,) = (folder / "dist").glob("*.tar.gz")
    return Distributions(wheel, sdist)


@pytest.fixture(scope="session")
def new_environment(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Environment]:
    """Makes environments."""

    def make() -> Environment:
        environment = Environment(tmp_path_factory.mktemp("environment"))
        venv.create(environment.folder, symlinks=True)
        (packages,) = environment.folder.glob("lib/python*/site-packages")
        (packages / "test_environment.pth").write_text(sysconfig.get_path("purelib") + "\n")
        return environment

    return make


def read_result(path: Path) -> Any:
    """A RESULT.json."""
    return json.loads(path.read_text(encoding="utf-8"))
