"""What the engine's benchmarks share: runs that take turns, peers in processes of their own, a section of the page.

The machines we measure on are rarely idle. So what is compared takes turns within one run, the median of several
rounds counts, and processor time stands beside wall time: ratios of processor time are the firmer of the two.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

from benchmarks.engine.machine import REPEATS, machine_line
from benchmarks.page import write_section

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
PEERS = Path(__file__).parent / "peers"


@final
@dataclass(frozen=True)
class Timing:
    """Seconds of one run, or their medians."""

    wall: float
    cpu: float

    def __truediv__(self, other: Timing) -> float:
        """How many times the processor time of another."""
        return self.cpu / other.cpu

    def ms(self, share: float = 1.0) -> str:
        """Both in milliseconds, processor time first."""
        return f"{1e3 * self.cpu / share:.3g} ({1e3 * self.wall / share:.3g})"


Contestant = Callable[[], Timing]


def timed(work: Callable[[], object]) -> Contestant:
    """Times work of this process, all its threads together."""

    def run() -> Timing:
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        return Timing(time.perf_counter() - wall, time.process_time() - cpu)

    return run


def take_turns(contestants: Mapping[str, Contestant], repeats: int = REPEATS) -> dict[str, Timing]:
    """Medians of several rounds after one that warms up; in each round everyone runs once."""
    for run in contestants.values():
        run()
    rounds = [{name: run() for name, run in contestants.items()} for _ in range(repeats)]
    return {
        name: Timing(statistics.median(r[name].wall for r in rounds), statistics.median(r[name].cpu for r in rounds))
        for name in contestants
    }


def trial(model: Any, steps: int) -> Contestant:
    """Times the steps of one trial of a loaded model, each time from the neurons' present state."""
    variables = [variable for group in model.neuron_populations.values() for variable in group.vars.values()]
    before = [variable.view.copy() for variable in variables]
    run_steps = timed(lambda: model.step_time(steps))

    def run() -> Timing:
        for variable, values in zip(variables, before, strict=True):
            variable.view[:] = values
        model.clear_in_flight()
        model.timestep = 0
        return run_steps()

    return run


@final
class Peer:
    """A script of `peers/` in a process of its own, with the Python that has its packages; see peers/serve.py.

    Attributes:
        facts: What the script says about itself: versions, rates.
    """

    def __init__(self, python: str, script: str, arguments: Sequence[object]) -> None:
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [python, str(PEERS / script), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.facts: dict[str, Any] = self._answer()

    def __call__(self) -> Timing:
        """Lets it run once; what else it says goes to `facts`."""
        assert self._process.stdin is not None
        self._process.stdin.write("run\n")
        self._process.stdin.flush()
        answer = self._answer()
        self.facts.update(answer)
        return Timing(answer["wall"], answer["cpu"])

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                return dict(json.loads(line))
        raise SystemExit(f"{' '.join(map(str, self._process.args))} ended without an answer")

    def close(self) -> None:
        """Ends the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@contextmanager
def peer(package: str, script: str, *arguments: object) -> Iterator[Peer | None]:
    """A peer that has `package`: by the Python that PACKAGE_PYTHON names, or ours; None, saying so, if it has not."""
    variable = f"{package.upper()}_PYTHON"
    python = os.environ.get(variable, sys.executable)
    found = subprocess.run([python, "-c", f"import {package}"], capture_output=True, check=False)
    if found.returncode != 0:
        print(f"without {package}: name in {variable} a Python that has it")
        yield None
        return
    running = Peer(python, script, arguments)
    try:
        yield running
    finally:
        running.close()


@final
@dataclass(frozen=True)
class Bar:
    """Something that a benchmark has to reach."""

    what: str
    reached: bool


def finish(section: str, title: str, table: Sequence[str], bars: Sequence[Bar], module: str = "") -> None:
    """Prints table and bars, writes them into the page if `--write` was given; status 1 if a bar is missed.

    The page names `module`, by default that of the section in `engine`, as what was run.
    """
    verdicts = [f"- {'reached' if bar.reached else '**missed**'}: {bar.what}" for bar in bars]
    head = [f"## {title}", "", f"`python -m benchmarks.{module or f'engine.{section}'}`; {machine_line()}.", ""]
    body = "\n".join([*head, *table, "", *verdicts])
    print(body)
    if arguments().parse_known_args()[0].write:
        write_section(PAGE, section, body)
    raise SystemExit(not all(bar.reached for bar in bars))


def arguments() -> argparse.ArgumentParser:
    """The arguments that all benchmarks take."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true", help=f"write the result into {PAGE.name}")
    return parser


def cells(*values: object) -> str:
    """A row of a table."""
    return f"| {' | '.join(map(str, values))} |"


def header(*titles: str) -> list[str]:
    """The head of a table."""
    return [cells(*titles), "|---" * len(titles) + "|"]
