"""How a long computation says how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""progress(stage, done, total): `done` of `total` examples or steps of a stage (a word or two) are finished."""
