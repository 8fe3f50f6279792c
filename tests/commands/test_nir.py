"""`ml-genn export` and `ml-genn import`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import Dense
from ml_genn.neurons import BinarySpikeInput, IntegrateFire, LeakyIntegrate
from ml_genn.serialisers import load_network, save_network

from .conftest import Run


def save(path: Path, *, relative_reset: bool = False) -> Path:
    """Eight pixels, six neurons, three classes."""
    rng = np.random.default_rng(1)
    network = Network()
    with network:
        pixels = Population(BinarySpikeInput(), 8, name="pixels")
        hidden = Population(IntegrateFire(relative_reset=relative_reset), name="hidden")
        digit = Population(LeakyIntegrate(tau_mem=float("inf"), readout="var"), name="digit")
        Connection(pixels, hidden, Dense(rng.random((8, 6), np.float32)))
        Connection(hidden, digit, Dense(rng.random((6, 3), np.float32)))
    save_network(path, network, pixels, digit, InferenceCompiler(evaluate_timesteps=12, dt=0.5))
    return path


def test_there_and_back(run: Run, tmp_path: Path) -> None:
    saved, nir, again = save(tmp_path / "snn.h5"), tmp_path / "snn.nir", tmp_path / "again.h5"
    done = run("export", saved, "--nir", nir)
    assert (done.code, done.out) == (0, "")
    assert "snn.nir: 6 nodes, 5 edges" in done.err
    done = run("import", nir, "--out", again)
    assert done.code == 0
    assert "again.h5: 3 populations, 2 connections" in done.err
    found, own = load_network(again), load_network(saved)
    assert (found.compiler, found.compiler_arguments) == (own.compiler, own.compiler_arguments)
    for one, other in zip(own.network.connections, found.network.connections, strict=True):
        np.testing.assert_array_equal(one.connectivity.weight, other.connectivity.weight)


def test_the_imported_network_is_evaluated(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "data.npz"
    rng = np.random.default_rng(2)
    np.savez(data, x=rng.integers(0, 2, (20, 8)).astype(np.float32), y=rng.integers(0, 3, 20))
    saved, nir, again = save(tmp_path / "snn.h5"), tmp_path / "snn.nir", tmp_path / "again.h5"
    run("export", saved, "--nir", nir)
    run("import", nir, "--out", again)
    before, after = (run("evaluate", path, "--data", data, "--quiet") for path in (saved, again))
    assert before.code == after.code == 0
    accuracy = [next(line for line in done.out.splitlines() if "%" in line) for done in (before, after)]
    assert accuracy[0].split("%")[0] == accuracy[1].split("%")[0]


def test_timesteps_and_dt(run: Run, tmp_path: Path) -> None:
    nir, again = tmp_path / "snn.nir", tmp_path / "again.h5"
    run("export", save(tmp_path / "snn.h5"), "--nir", nir)
    assert run("import", nir, "--out", again, "--timesteps", 30, "--dt", 0.25, "--steps", "exact").code == 0
    arguments = load_network(again).compiler_arguments
    assert (arguments["evaluate_timesteps"], arguments["dt"]) == (30, 0.25)


def test_what_cannot_be_expressed(run: Run, tmp_path: Path) -> None:
    saved = save(tmp_path / "soft.h5", relative_reset=True)
    done = run("export", saved, "--nir", tmp_path / "soft.nir")
    assert done.code == 3
    assert "hidden (IntegrateFire): it subtracts from its membrane" in done.err
    assert not (tmp_path / "soft.nir").exists()
    assert run("export", saved, "--nir", tmp_path / "soft.nir", "--soft-reset").code == 0


@pytest.mark.parametrize("words", [("export", "no.h5", "--nir", "x.nir"), ("import", "no.nir", "--out", "x.h5")])
def test_missing_files(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*words)
    assert done.code == (1 if words[0] == "export" else 3)
    assert "does not exist or is no file" in done.err


def test_outputs_are_checked_first(run: Run, tmp_path: Path) -> None:
    saved = save(tmp_path / "snn.h5")
    done = run("export", saved, "--nir", tmp_path / "missing" / "snn.nir")
    assert done.code == 1
    assert "cannot write" in done.err
