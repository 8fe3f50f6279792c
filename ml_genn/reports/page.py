"""A self-contained HTML page made of sections: no script, no network, styles and figures inside.

Whoever shows something writes a `Section`: a title, a template in `templates/sections/` and the plain object that the
template shows. Templates decide nothing; numbers become text in `words`, positions in `figures`, before they get there.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from . import words

_FOLDER = Path(__file__).parent


@final
@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of a page with a heading of its own.

    `name` is its anchor and names the template `templates/sections/NAME.html.j2`, unless `template` names one that
    several sections share; it finds what `view` holds under these names.
    """

    name: str
    title: str
    view: Mapping[str, Any] = field(default_factory=dict)
    template: str = ""


@final
@dataclass(frozen=True, kw_only=True)
class Page:
    """A page: what it is, what it is about, and its sections.

    Attributes:
        title: of the browser's window.
        kind: what sort of page, beside the name of the library, as "conversion report".
        heading: what it is about.
        facts: a few words each, below the heading.
        date: UTC, ISO 8601.
        lede: what came out, in two or three sentences.
        warnings: what a reader should doubt, above all sections.
        footer: where the page comes from.
    """

    title: str
    kind: str
    heading: str
    facts: tuple[str, ...] = ()
    date: str | None = None
    lede: str = ""
    warnings: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    footer: str = ""


def render_page(page: Page) -> str:
    """The page as text; every text in it is escaped, equal pages give equal text."""
    style = (_FOLDER / "assets" / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            page=page,
            style=Markup(style),  # noqa: S704 - our own file, and the policy of the page admits exactly these bytes
            style_hash=digest,
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["at"] = lambda position: f"{position:.2f}%"
    environment.filters["percent"] = words.percent
    environment.filters["interval"] = words.interval
    return environment
