"""Which engines the conformance tests run on."""

from __future__ import annotations

import importlib.util

import pytest

ENGINES = [
    "reference",
    "embedded",
    pytest.param(
        "pygenn",
        marks=[
            pytest.mark.pygenn,
            pytest.mark.slow,  # each model is built by a C++ compiler, some five seconds
            pytest.mark.skipif(importlib.util.find_spec("pygenn") is None, reason="PyGeNN is not installed"),
        ],
    ),
]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)
