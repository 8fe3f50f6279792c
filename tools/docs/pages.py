"""Runs the pages of the documentation that have code: every block runs, and what it prints is what the page shows.

    python -m tools.docs.pages                # run all pages and check what they show
    python -m tools.docs.pages --write        # show what they print now, and renew their figures
    python -m tools.docs.pages docs/start.md  # one page

A page is an ordinary Markdown file. Blocks marked `python` run one after the other in one namespace, each line of a
block marked `console` is a call of `ml-genn` after `$`, all in an empty folder that has `models/`. A block marked
`text` right after them is what they print to stdout; `...` in it stands for anything within a line, and for any number
of lines where it has a line to itself; the number of spaces between words does not matter. A figure that the page shows
from `images/` is one that its code has written.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FRAGMENTS = {"embedded_engine.md": "its blocks are pieces of scripts; those in examples/ are whole, and tests run them"}
"""Pages whose Python does not run, each with the reason."""

PAGES = tuple(
    path
    for path in sorted(DOCS.glob("*.md"))
    if path.name not in FRAGMENTS and re.search("^```(python|console)$", path.read_text(encoding="utf-8"), re.MULTILINE)
)
"""The pages that run: all that have Python or calls of ml-genn."""

RUN = ("python", "console")
NOT_RUN = {
    "git clone": "what is documented is this checkout",
    "make": "tests of the README and CI run it",
    "pip install": "tests of the packages do it",
}
"""How the lines of `sh` blocks may begin, and why they need not be run here."""

FIGURES = {"svg.hashsalt": "pages"}
"""Settings of figures, which make equal figures equal files."""

SETTINGS = ("ML_GENN_DATA", "ML_GENN_ENGINE", "ML_GENN_THREADS")

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FIGURE = re.compile(r"!\[[^\]]+\]\((images/[^)]+)\)")


class PageError(Exception):
    """A page is not what its code does; the message names page, line and difference."""


@dataclass(frozen=True)
class Block:
    """A fenced block: its language and text, and where the text stands in the page."""

    language: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Step:
    """A block to run, and the block that shows what it prints, if there is one."""

    code: Block
    shown: Block | None


def blocks(page: str) -> list[Block]:
    """All fenced blocks of a page."""
    return [Block(match[1], match[2], match.start(2), match.end(2)) for match in FENCE.finditer(page)]


def steps(page: str) -> Iterator[Step]:
    """The blocks to run, each with the output block that follows it directly."""
    found = blocks(page)
    for block, following in zip(found, [*found[1:], None], strict=True):
        if block.language in RUN:
            directly = following is not None and page[block.end : following.start].strip() == "```\n\n```text".strip()
            yield Step(block, following if directly else None)


def line_of(page: str, position: int) -> int:
    return page.count("\n", 0, position) + 1


def matches(shown: str, printed: str) -> bool:
    """Whether the output is the one that is shown, `...` standing for anything."""
    lines = [line.rstrip() for line in shown.strip("\n").split("\n")]
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else _line_pattern(line) + r"\s*\n" for line in lines)
    return re.fullmatch(pattern, printed.strip("\n") + "\n") is not None


def _line_pattern(line: str) -> str:
    """`...` stands for anything; between words any number of spaces will do, since columns follow what they hold."""
    words = line.lstrip(" ")
    escaped = re.sub(r"(\\ )+", " +", re.escape(words)).replace(r"\.\.\.", ".*")
    return " " * (len(line) - len(words)) + escaped


def kept_wildcards(shown: str, printed: str) -> str:
    """The output, with the lines of the page in place of those that they match."""
    wild = [line.rstrip() for line in shown.split("\n") if "..." in line and line != "..."]
    lines = [line.rstrip() for line in printed.strip("\n").split("\n")]
    kept = (next((old for old in wild if re.fullmatch(_line_pattern(old), line)), line) for line in lines)
    return "\n".join(kept).strip("\n") + "\n"


def run_page(path: Path) -> list[tuple[Step, str]]:
    """Runs a page in an empty folder; its steps with what each printed.

    Raises:
        PageError: a block cannot be run here.
    """
    page = path.read_text(encoding="utf-8")
    _check_languages(path, page)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    results = []
    with _folder() as folder, contextlib.chdir(folder), _plain_environment(), matplotlib.rc_context(FIGURES):
        for step in steps(page):
            run = _run_python if step.code.language == "python" else _run_console
            results.append((step, run(step.code.text, namespace, path, line_of(page, step.code.start))))
        _check_figures(path, page)
    return results


def check_page(path: Path) -> None:
    """Runs a page and compares what it shows.

    Raises:
        PageError: naming the first difference.
    """
    page = path.read_text(encoding="utf-8")
    for step, printed in run_page(path):
        place = f"{path.name}:{line_of(page, step.code.start)}"
        if step.shown is None and printed.strip():
            raise PageError(f"{place} prints what the page does not show in a ```text block:\n{printed}")
        if step.shown is not None and not matches(step.shown.text, printed):
            raise PageError(f"{place} prints\n{printed}\nwhere the page shows\n{step.shown.text}")


def rewrite_page(path: Path) -> None:
    """Runs a page and puts in what it prints wherever it shows something else."""
    page = path.read_text(encoding="utf-8")
    for step, printed in reversed(run_page(path)):
        output = kept_wildcards(step.shown.text if step.shown else "", printed)
        if step.shown is None and printed.strip():
            page = f"{page[: step.code.end]}```\n\n```text\n{output}{page[step.code.end :]}"
        elif step.shown is not None and not matches(step.shown.text, printed):
            page = page[: step.shown.start] + output + page[step.shown.end :]
    path.write_text(page, encoding="utf-8")


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "models").symlink_to(ROOT / "models")
        (folder / "images").mkdir()
        yield folder


@contextlib.contextmanager
def _plain_environment() -> Iterator[None]:
    """Without the settings that change what is printed."""
    taken = {name: os.environ.pop(name) for name in SETTINGS if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(taken)


def _check_languages(path: Path, page: str) -> None:
    for block in blocks(page):
        runs = block.language in (*RUN, "text")
        known = block.language == "sh" and all(line.startswith(tuple(NOT_RUN)) for line in block.text.splitlines())
        if not runs and not known:
            raise PageError(f"{path.name}:{line_of(page, block.start)}: a block of {block.language!r} cannot be run")


def _check_figures(path: Path, page: str) -> None:
    for figure in FIGURE.findall(page):
        if not Path(figure).exists():
            raise PageError(f"{path.name} shows {figure}, which its code does not write")
        if os.environ.get("ML_GENN_WRITE_FIGURES"):
            shutil.copyfile(figure, DOCS / figure)


def _run_python(text: str, namespace: dict[str, Any], path: Path, line: int) -> str:
    code = compile("\n" * (line - 1) + text, str(path), "exec")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, namespace)  # noqa: S102 - our own pages
    return printed.getvalue()


def _run_console(text: str, namespace: dict[str, Any], path: Path, line: int) -> str:
    printed = []
    for command in text.splitlines():
        program, *arguments = shlex.split(command.removeprefix("$ "))
        if not command.startswith("$ ") or program != "ml-genn":
            raise PageError(f"{path.name}:{line}: {command!r} is no call of ml-genn after `$ `")
        done = subprocess.run(  # noqa: S603 - our own pages
            [sys.executable, str(ROOT / "cli.py"), *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode and not done.stdout:
            raise PageError(f"{path.name}:{line}: {command!r} ends with exit code {done.returncode}: {done.stderr}")
        printed.append(done.stdout)
    return "".join(printed)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Run the pages of the documentation that have code.")
    parser.add_argument("pages", nargs="*", type=Path, default=PAGES)
    parser.add_argument("--write", action="store_true", help="show what the pages print now")
    arguments = parser.parse_args()
    if arguments.write:
        os.environ["ML_GENN_WRITE_FIGURES"] = "1"
    for path in arguments.pages:
        (rewrite_page if arguments.write else check_page)(path.resolve())
        sys.stderr.write(f"{path}\n")


if __name__ == "__main__":
    main()
