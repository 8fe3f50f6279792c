"""The pages with code do what they show; and the runner that says so can say no."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_genn.commands.findings import graphics_processor
from ml_genn.reports.environment import package_version
from tools.docs.pages import DOCS, FRAGMENTS, PAGES, PageError, check_page, matches, rewrite_page

LOADS_KERAS = {"start.md", "converting.md"}


def parameter(path: Path) -> object:
    """Pages that load Keras take more than a few seconds."""
    return pytest.param(path, id=path.name, marks=pytest.mark.slow if path.name in LOADS_KERAS else ())


@pytest.mark.parametrize("path", [parameter(path) for path in PAGES])
def test_page_does_what_it_shows(path: Path) -> None:
    if path.name == "doctor.md" and (package_version("pygenn") or graphics_processor()):
        pytest.skip("the page shows what doctor says where there is neither PyGeNN nor a GPU")
    check_page(path)


def test_the_guide_runs() -> None:
    topics = ("start", "networks", "datasets", "converting", "inference", "training", "recording", "doctor")
    assert {f"{topic}.md" for topic in topics} <= {path.name for path in PAGES}
    assert all((DOCS / name).exists() for name in FRAGMENTS)


def page(tmp_path: Path, text: str) -> Path:
    """A page; `~~~` stands for the fence of a block."""
    path = tmp_path / "page.md"
    path.write_text(text.replace("~~~", "```"), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("~~~python\nprint(1)\n~~~\n", "page.md:2 prints what the page does not show"),
        ("\n~~~python\nprint(1)\n~~~\n\n~~~text\n2\n~~~\n", "page.md:3 prints\n1\n\nwhere the page shows\n2\n"),
        ("~~~python\npass\n~~~\n\n~~~text\n2\n~~~\n", "where the page shows"),
        ("~~~python\nprint(1)\n~~~\n\nWords.\n\n~~~text\n1\n~~~\n", "does not show in a ```text block"),
        ("~~~c\nint x;\n~~~\n", "page.md:2: a block of 'c' cannot be run"),
        ("~~~sh\nrm -r x\n~~~\n", "page.md:2: a block of 'sh' cannot be run"),
        ("~~~console\n$ rm -r x\n~~~\n", "'\\$ rm -r x' is no call of ml-genn"),
        ("~~~console\n$ ml-genn nothing\n~~~\n", "ends with exit code 2"),
        ("~~~python\npass\n~~~\n![A figure](images/none.svg)\n", "shows images/none.svg, which its code does not"),
    ],
)
def test_a_wrong_page_is_found(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PageError, match=message):
        check_page(page(tmp_path, text))


def test_errors_have_the_line_of_the_page(tmp_path: Path) -> None:
    path = page(tmp_path, "# Title\n\n~~~python\nx = 1\ny = x / 0\n~~~\n")
    with pytest.raises(ZeroDivisionError) as caught:
        check_page(path)
    last = caught.traceback[-1]
    assert (Path(last.path), last.lineno + 1) == (path, 5)


def test_blocks_share_names_and_pages_start_anew(tmp_path: Path) -> None:
    path = page(
        tmp_path, "~~~python\nassert 'x' not in globals()\nx = 1\n~~~\n\n~~~python\nprint(x)\n~~~\n\n~~~text\n1\n~~~\n"
    )
    check_page(path)
    check_page(path)


def test_rewriting_puts_in_what_is_printed(tmp_path: Path) -> None:
    first = "~~~python\nprint('a 1')\nprint('b 2')\n~~~\n\n~~~text\na ...\nc\n~~~\n\n"
    path = page(tmp_path, first + "~~~python\nprint(3)\n~~~\nThe end.\n")
    rewrite_page(path)
    expected = first.replace("\nc\n", "\nb 2\n") + "~~~python\nprint(3)\n~~~\n\n~~~text\n3\n~~~\nThe end.\n"
    assert path.read_text(encoding="utf-8") == expected.replace("~~~", "```")
    check_page(path)


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a\n", "a\nb\n", False),
        ("a ... c\n", "a b c\n", True),
        ("a ... c\n", "a b d\n", False),
        ("a\n...\nc\n", "a\nx\ny\nc\n", True),
        ("a\n...\nc\n", "a\nc\n", True),
        ("a\n...\n", "b\n", False),
        ("a.c\n", "abc\n", False),
        ("a\n", "a   \n\n", True),
        ("a  b\n", "a    b\n", True),
        ("a  b\n", "ab\n", False),
        ("  ^\n", "   ^\n", False),
    ],
)
def test_wildcards(shown: str, printed: str, same: bool) -> None:
    assert matches(shown, printed) is same
