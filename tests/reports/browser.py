"""A headless Chromium for tests: loads pages in frames of several widths and says what came of them."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--allow-file-access-from-files",
    "--enable-logging=stderr",
    "--virtual-time-budget=5000",
    "--window-size=1800,1000",
)

PROBE = """<!DOCTYPE html><meta charset="utf-8"><link rel="icon" href="data:,"><body>{frames}<pre></pre><script>
const read = frame => {{
  const page = frame.contentDocument, root = page.documentElement;
  const wide = [...page.body.querySelectorAll("*")].filter(element => {{
    const box = element.getBoundingClientRect();
    return box.width && (box.right > root.clientWidth + 0.5 || box.left < -0.5) && !element.closest(".skip, thead");
  }});
  return {{
    width: frame.clientWidth,
    scroll: root.scrollWidth,
    client: root.clientWidth,
    wide: wide.map(element => `${{element.tagName}}.${{element.getAttribute("class")}}`),
    text: page.body.innerText,
    broken: [...page.images].filter(image => !image.naturalWidth).length,
  }};
}};
onload = () => {{
  document.querySelector("pre").textContent = JSON.stringify([...document.querySelectorAll("iframe")].map(read));
}};</script>"""


@dataclass(frozen=True)
class Shown:
    """A page at one width [px]: how far it reaches, what sticks out, what can be read, pictures that fail."""

    width: int
    scroll: int
    client: int
    wide: list[str]
    text: str
    broken: int


def find_browser() -> str:
    """The browser; skips the test, naming it, where there is none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("needs the browser chromium, which is not installed")
    return found


def show(page: Path, widths: Sequence[int], folder: Path) -> tuple[list[Shown], list[str]]:
    """The page at each width, and what the browser's console says."""
    frames = "".join(f'<iframe src="{page.as_uri()}" width="{width}" height="900"></iframe>' for width in widths)
    probe = folder / "probe.html"
    probe.write_text(PROBE.format(frames=frames), encoding="utf-8")
    done = subprocess.run(
        [
            find_browser(),
            *OPTIONS,
            f"--user-data-dir={folder / 'profile'}",
            "--dump-dom",
            probe.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = re.search(r"<pre>(.+?)</pre>", done.stdout, re.DOTALL)
    assert found is not None, done.stdout[-2000:] + done.stderr[-2000:]
    pages: list[dict[str, Any]] = json.loads(html.unescape(found[1]))
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return [Shown(**one) for one in pages], console
