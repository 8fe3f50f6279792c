"""The search for a method and settings: candidates, what each loses on calibration data, and the choice."""

from __future__ import annotations

from .search import auto_convert as auto_convert

__all__ = ["auto_convert"]
