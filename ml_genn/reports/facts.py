"""A number with its name and what qualifies it, as pages show the most important ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True)
class Fact:
    """`value` in large letters, `name` above it, `details` line by line below; `key`: colour of its mark in figures."""

    name: str
    value: str
    details: tuple[str, ...] = ()
    key: str = ""
