"""The library of the format, which is optional."""

from __future__ import annotations

import importlib
from typing import Any

from ...errors import UnsupportedError


def nir_library() -> Any:
    """The package `nir`.

    Raises:
        UnsupportedError: it is not installed.
    """
    try:
        return importlib.import_module("nir")
    except ImportError as error:
        raise UnsupportedError(
            "NIR files need the package nir, which is not installed; pip install ml_genn[nir]"
        ) from error
