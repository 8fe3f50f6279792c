"""What mkdocs calls: adds the pages that nobody types, made from docstrings and registries."""

from __future__ import annotations

import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # mkdocs loads this file by its path

from tools.docs import nir, reference, support, units  # noqa: E402


def generated_pages() -> dict[str, str]:
    """Markdown by path within the site."""
    return {
        "units.md": units.page(),
        "support.md": support.page(),
        "nir_pairs.md": nir.page(),
        "changelog.md": (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
        **reference.pages(),
    }


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Adds the reference to the navigation."""
    pages = [{name: path} for name, path in reference.navigation().items()]
    config.nav = [*(config.nav or []), {"Reference": pages}]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the generated pages."""
    for path, text in generated_pages().items():
        files.append(File.generated(config, path, content=text))
    return files
