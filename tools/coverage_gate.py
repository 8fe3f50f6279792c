"""What the tests have run: nine tenths of the lines of each package, and every line that raises or warns.

    python -m pytest --cov --cov-report= ...  # leaves .coverage
    python -m tools.coverage_gate             # lists what is missing; exit code 1 where something is

`tests/test_messages.py` holds that the words of each message stand in a test; this holds that the line was really run.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import coverage

ROOT = Path(__file__).parents[1]
PACKAGES = ("ml_genn", "ml_genn_tf")
LEAST = 90.0
"""Percent of the lines of a package."""

NOT_ASKED: Mapping[str, str] = {
    "InternalCompilerError": "a fault of ours, which no input should be able to bring about",
    "NotImplementedError": "a method that a subclass has to write",
}
"""Exceptions whose lines may stay unrun, each with the reason."""

ELSEWHERE: Mapping[str, str] = {
    "ml_genn/engines/pygenn.py": "runs where PyGeNN is installed; `make conformance ENGINE=pygenn` runs it",
}
"""Files that other runs measure, each with the reason."""


@dataclass(frozen=True)
class Unrun:
    """A line that raises or warns and that no test has run."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


def error_lines(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every statement that raises or warns, but for NOT_ASKED."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Raise(exc=exception) if _name(exception) not in NOT_ASKED:
                yield node.lineno, ast.unparse(node)
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="warn"))):
                yield node.lineno, ast.unparse(node)


def _name(exception: ast.expr | None) -> str:
    called = exception.func if isinstance(exception, ast.Call) else exception
    return "" if called is None else ast.unparse(called).rsplit(".", 1)[-1]


def unrun_error_lines(measured: coverage.Coverage, paths: Iterator[Path]) -> Iterator[Unrun]:
    """The error lines of these files that have not been run."""
    for path in paths:
        name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
        _, _, _, missing, _ = measured.analysis2(str(path))
        for line, text in error_lines(path.read_text(encoding="utf-8")):
            if line in missing and name not in ELSEWHERE:
                yield Unrun(name, line, text)


def percent(measured: coverage.Coverage, package: str) -> float:
    """Percent of a package's lines that have been run."""
    run = total = 0
    for path in sources(package):
        _, statements, _, missing, _ = measured.analysis2(str(path))
        if str(path.relative_to(ROOT)) not in ELSEWHERE:
            total += len(statements)
            run += len(statements) - len(missing)
    return 100.0 * run / total


def sources(package: str) -> Iterator[Path]:
    """The Python files of a package."""
    return iter(sorted((ROOT / package).rglob("*.py")))


def main() -> int:
    """The command; 0 where nothing is missing."""
    measured = coverage.Coverage()
    measured.load()
    shares = {package: percent(measured, package) for package in PACKAGES}
    unrun = [found for package in PACKAGES for found in unrun_error_lines(measured, sources(package))]
    for package, share in shares.items():
        print(f"{package}: {share:.1f} % of the lines have been run, at least {LEAST:.0f} % must be")
    print(f"{len(unrun)} lines that raise or warn have been run by no test")
    for found in unrun:
        print(f"  {found}")
    return int(bool(unrun) or min(shares.values()) < LEAST)


if __name__ == "__main__":
    sys.exit(main())
