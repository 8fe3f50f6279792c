"""The data folder."""

from __future__ import annotations

from tests.converters.conftest import data_folder

__all__ = ["data_folder"]
