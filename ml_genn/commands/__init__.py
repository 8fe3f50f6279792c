"""The `ml-genn` command: thin commands over library functions, one file each."""

from __future__ import annotations

from .main import main

__all__ = ["main"]
