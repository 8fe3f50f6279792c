"""Sections of a page of results, each written by one benchmark and replaced when it runs again."""

from __future__ import annotations

import re
from pathlib import Path


def write_section(page: Path, section: str, body: str) -> None:
    """Replaces the section of this name in the page, or adds it."""
    begin, end = f"<!-- {section} -->", f"<!-- end of {section} -->"
    block = f"{begin}\n{body}\n{end}"
    text = page.read_text(encoding="utf-8")
    if begin in text:
        text = re.sub(rf"{re.escape(begin)}.*{re.escape(end)}", lambda _: block, text, flags=re.DOTALL)
    else:
        text = f"{text.rstrip()}\n\n{block}\n"
    page.write_text(text, encoding="utf-8")
