"""The command where the machine does not play along: interruptions, no compiler, a damaged cache, full disks, company.

All in processes of their own, on a saved network, which needs no Keras.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import Dense
from ml_genn.neurons import IntegrateFire, IntegrateFireInput
from ml_genn.serialisers import save_network
from tests.processes import uncounted

ROOT = Path(__file__).parents[2]
LONG = 10**9
INTERRUPTED = 130


def save(path: Path, timesteps: int) -> Path:
    """A small network for the digits that runs for `timesteps` per example."""
    weights = np.random.default_rng(5).normal(0, 0.1, (64, 10))
    with Network() as network:
        source = Population(IntegrateFireInput(), (8, 8, 1), name="image")
        target = Population(IntegrateFire(readout="spike_count"), 10, name="digit")
        Connection(source, target, Dense(weights))
    save_network(path, network, source, target, InferenceCompiler(timesteps, batch_size=5))
    return path


@dataclass
class Place:
    """A folder with a network, and empty ones for the cache, temporary files and results."""

    folder: Path
    network: Path

    @property
    def places(self) -> dict[str, str]:
        return {"ML_GENN_CACHE": str(self.folder / "cache"), "TMPDIR": str(self.folder / "temporary")}

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.places}

    def words(self, *options: object) -> list[str]:
        command = ["convert"] if self.network.suffix == ".keras" else ["evaluate"]
        words = [*command, self.network, "--data", "digits", "--examples", 20, *options]
        return [sys.executable, "cli.py", *map(str, words)]

    def run(self, *options: object, prepare: Callable[[], None] | None = None, **environment: str | None) -> Any:
        """Runs to the end; a variable of value None is not set."""
        variables = {name: value for name, value in {**self.environment, **environment}.items() if value is not None}
        return subprocess.run(
            self.words(*options),
            capture_output=True,
            text=True,
            cwd=ROOT,
            env=variables,
            preexec_fn=prepare,
            check=False,
        )

    @contextmanager
    def started(self, *options: object) -> Iterator[subprocess.Popen[str]]:
        """A process to interrupt."""
        with subprocess.Popen(
            self.words(*options),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**uncounted(), **self.places},
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def left(self, name: str) -> list[str]:
        return sorted(path.name for path in (self.folder / name).iterdir())


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("networks")
    return {"short": save(folder / "short.h5", 20), "long": save(folder / "long.h5", LONG)}


@pytest.fixture
def place(networks: dict[str, Path], tmp_path: Path) -> Place:
    return make_place(tmp_path, networks["short"])


@pytest.fixture
def long_run(networks: dict[str, Path], tmp_path: Path) -> Place:
    return make_place(tmp_path, networks["long"])


def make_place(folder: Path, network: Path) -> Place:
    for name in ("temporary", "out"):
        (folder / name).mkdir()
    return Place(folder, network)


def numbers(path: Path) -> dict[str, Any]:
    """What a result says about the network, without what differs from run to run."""
    result = json.loads(path.read_text())
    result["snn"].pop("seconds")
    return {name: result[name] for name in ("snn", "layers", "totals", "accuracy_by_timestep")}


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def seconds_of_ended_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def living(session: int) -> list[str]:
    """Programs of a session that have not ended; those that have may wait long for somebody who counts the dead."""
    found = subprocess.run(["ps", "-s", str(session), "-o", "stat=,args="], capture_output=True, text=True, check=False)
    return [line for line in found.stdout.splitlines() if not line.startswith("Z")]


def interrupt(process: subprocess.Popen[str], place: Place, *, group: bool) -> None:
    """Ctrl-C, and what has to follow: within a second, one line, and nothing left.

    A second of the process's own work: on a busy machine it gets less of the clock.
    """
    before = cpu_seconds(process.pid) + seconds_of_ended_children()
    (os.killpg if group else os.kill)(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert seconds_of_ended_children() - before < 1
    assert process.returncode == INTERRUPTED
    assert out == ""
    assert err.rstrip().endswith("Interrupted; nothing was left half-written.")
    assert "Traceback" not in err
    assert place.left("temporary") == place.left("out") == []
    assert living(process.pid) == []


def wait_for_threads(process: subprocess.Popen[str], place: Place) -> None:
    """Until the simulation has used the processor for a while: both libraries are in the cache, and time has passed."""
    deadline = time.monotonic() + 120
    while len(list((place.folder / "cache").glob("*.sha256"))) < 2:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.5)


@pytest.mark.parametrize("group", [False, True], ids=["kill -INT", "Ctrl-C in a terminal"])
def test_interrupting_a_simulation(group: bool, long_run: Place) -> None:
    with long_run.started("--json", long_run.folder / "out" / "r.json") as process:
        wait_for_threads(process, long_run)
        interrupt(process, long_run, group=group)


def test_interrupting_the_reference(long_run: Place) -> None:
    with long_run.started("--json", long_run.folder / "out" / "r.json", "--engine", "reference") as process:
        while cpu_seconds(process.pid) < 2:
            assert process.poll() is None
            time.sleep(0.05)
        interrupt(process, long_run, group=True)


def test_interrupting_the_writing(place: Place) -> None:
    """Opening a pipe that nobody reads takes for ever."""
    pipe = place.folder / "pipe"
    os.mkfifo(pipe)
    with place.started("--json", pipe) as process:
        assert process.stderr is not None
        while not any(name.startswith(".pipe") for name in place.left("temporary")):
            assert process.poll() is None
            time.sleep(0.02)
        time.sleep(0.5)
        interrupt(process, place, group=True)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.2, 1, 2, 3])
def test_interrupting_a_conversion(seconds: float, tmp_path: Path) -> None:
    """While Keras is imported, the model is read, or it is converted, depending on the machine."""
    place = make_place(tmp_path, ROOT / "models" / "digits_max_pool.keras")
    files = (word for name in ("out", "report", "json") for word in (f"--{name}", place.folder / "out" / name))
    with place.started("--method", "data-norm", "--timesteps", LONG, *files) as process:
        deadline = time.monotonic() + 60
        while cpu_seconds(process.pid) < seconds and time.monotonic() < deadline:
            assert process.poll() is None
            time.sleep(0.01)
        interrupt(process, place, group=True)


def test_no_compiler(place: Place) -> None:
    good = place.run("--json", place.folder / "good.json")
    slow = place.run("--json", place.folder / "slow.json", CC="/nowhere/cc")
    assert (good.returncode, slow.returncode) == (0, 0)
    assert "Warning" not in good.stderr
    warning = slow.stderr.partition("Warning: ")[2]
    assert "CC=/nowhere/cc does not work" in warning
    assert "a hundred to a thousand times slower" in warning
    assert "pip install ziglang" in warning
    assert numbers(place.folder / "slow.json") == numbers(place.folder / "good.json")
    result = json.loads((place.folder / "slow.json").read_text())
    assert result["environment"]["engine"] == "reference"
    assert "slower" in result["warnings"][0]


def test_two_at_once(place: Place) -> None:
    files = [place.folder / "out" / f"{i}.json" for i in range(3)]
    processes = [
        subprocess.Popen(place.words("--json", file, "-q"), cwd=ROOT, env=place.environment, stdout=subprocess.DEVNULL)
        for file in files
    ]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert numbers(files[0]) == numbers(files[1]) == numbers(files[2])
    assert len([name for name in place.left("cache") if name not in ("locks", "notes")]) == 4
    assert place.left("temporary") == []


def garbage(library: Path) -> None:
    library.write_bytes(b"garbage")


def garbage_with_a_digest(library: Path) -> None:
    import hashlib

    library.write_bytes(b"garbage")
    library.with_suffix(".sha256").write_text(hashlib.sha256(b"garbage").hexdigest())


def cut(library: Path) -> None:
    library.write_bytes(library.read_bytes()[:4096])


def no_digest(library: Path) -> None:
    library.with_suffix(".sha256").unlink()


def only_digest(library: Path) -> None:
    library.unlink()


@pytest.mark.slow
def test_a_damaged_cache_is_built_again(place: Place) -> None:
    assert place.run("--json", place.folder / "good.json").returncode == 0
    for damage in (garbage, garbage_with_a_digest, cut, no_digest, only_digest):
        for library in (place.folder / "cache").glob("*.so"):
            damage(library)
        again = place.run("--json", place.folder / "again.json")
        assert (again.returncode, "Warning" in again.stderr) == (0, False), damage
        assert numbers(place.folder / "again.json") == numbers(place.folder / "good.json")
        libraries = list((place.folder / "cache").glob("*.so"))
        assert len(libraries) == 2
        assert all(library.stat().st_size > 5000 for library in libraries)


def test_a_cache_that_is_no_folder(place: Place) -> None:
    (place.folder / "cache").write_text("a file")
    done = place.run()
    assert done.returncode == 0
    assert done.stderr.count("Warning: the build cache") == 1
    assert place.left("temporary") == []


def test_no_home(place: Place) -> None:
    done = place.run(HOME=None, ML_GENN_CACHE=None, XDG_CACHE_HOME=str(place.folder / "xdg"))
    assert (done.returncode, "Warning" in done.stderr) == (0, False)
    assert len(list((place.folder / "xdg" / "ml_genn").glob("*.so"))) == 2


@pytest.mark.parametrize("option", ["--json", "--report"])
def test_a_full_disk(option: str, place: Place) -> None:
    """A limit on the size of files fails writing as a full disk does."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))

    place.run()  # the cache is filled without the limit
    target = place.folder / "out" / "file"
    target.write_text("what was there before")
    limited = place.run(option, target, prepare=limit, COVERAGE_PROCESS_CONFIG=None)  # nor could coverage write
    assert (limited.returncode, limited.stdout) == (1, "")
    assert f"Error: cannot write {target}: File too large" in limited.stderr
    assert "Traceback" not in limited.stderr
    assert target.read_text() == "what was there before"
    assert (place.left("out"), place.left("temporary")) == (["file"], [])
    full = place.run(option, "/dev/full")
    assert (full.returncode, full.stdout) == (1, "")
    assert "Error: cannot write /dev/full: No space left on device" in full.stderr


@pytest.mark.parametrize("path", ["/proc/r.json", "nowhere/r.json", "."])
def test_no_place_to_write(path: str, place: Place) -> None:
    done = place.run("--json", path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: cannot write ") or path.startswith("/proc")
    assert "Error: cannot write " in done.stderr
    assert "Traceback" not in done.stderr


def test_results_on_stdout_and_talk_on_stderr(place: Place) -> None:
    loud, quiet = place.run(), place.run("--quiet")
    assert (loud.returncode, quiet.returncode, quiet.stderr) == (0, 0, "")
    assert "20 of 20" not in loud.stderr
    assert "of 20" in loud.stdout and "of 20" in quiet.stdout
    assert "simulation" in loud.stderr and "simulation" not in loud.stdout.lower()
    for text in (loud.stdout, loud.stderr):
        assert "\x1b" not in text


def test_a_reader_that_leaves(place: Place) -> None:
    command = " ".join(place.words("-q"))
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | true"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=place.environment,
        check=False,
    )
    assert done.stderr == ""
