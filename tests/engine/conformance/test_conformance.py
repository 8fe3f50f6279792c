"""Every feature on every engine, with batch sizes, threads and precisions."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from itertools import product
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import numpy as np
import pytest

from ml_genn.engines.api import Engine
from ml_genn.engines.select import get_engine
from ml_genn.errors import UnsupportedError
from tests.engine.conformance.table import FEATURES, PYGENN, ROWS, Case, Row

for module in iter_modules([str(Path(__file__).parent)]):  # importing rows fills the table
    if not module.name.startswith("test_"):
        import_module(f"tests.engine.conformance.{module.name}")

PYGENN_MARKS = (pytest.mark.pygenn, pytest.mark.slow)


def cells() -> list[Any]:
    """Engine, batch size, threads, precision; threads are the cpu engine's alone."""
    found = []
    for engine, batch, threads, precision in product(("reference", "embedded"), (1, 5), (1, 2), ("float", "double")):
        if engine == "embedded" or threads == 1:
            found.append(pytest.param(engine, batch, threads, precision, id=f"{engine}-{batch}-{threads}-{precision}"))
    for batch, precision in product((1, 5), ("float", "double")):
        found.append(
            pytest.param("pygenn", batch, 1, precision, id=f"pygenn-{batch}-1-{precision}", marks=PYGENN_MARKS)
        )
    return found


def engine_for(name: str, row: Row, batch: int) -> Engine:
    try:
        engine = get_engine(name)
    except UnsupportedError as error:
        pytest.skip(str(error))
    if batch > 1 and not engine.capabilities.batches:
        pytest.skip("PyGeNN's CPU backend has batch size 1 only")
    if row.needs is not None and not getattr(engine.capabilities, row.needs):
        pytest.skip(f"{name} lacks the extension {row.needs}")
    return engine


@pytest.mark.parametrize(("engine_name", "batch", "threads", "precision"), cells())
@pytest.mark.parametrize("row", ROWS, ids=[row.feature.replace(" ", "-") for row in ROWS])
def test_conformance(row: Row, engine_name: str, batch: int, threads: int, precision: str) -> None:
    engine = engine_for(engine_name, row, batch)
    rtol = max(row.rtol[precision], PYGENN[precision] if engine_name == "pygenn" else 0.0)
    compared = 0
    for what, actual, expected in row.check(Case(engine, batch, threads, precision)):
        if rtol == 0.0 or not isinstance(expected, np.ndarray):
            np.testing.assert_array_equal(actual, expected, err_msg=what)
        else:
            np.testing.assert_allclose(actual, expected, rtol=rtol, atol=rtol, err_msg=what)
        compared += 1
    assert compared


def test_every_feature_has_a_row() -> None:
    rows = Counter(row.feature for row in ROWS)
    assert not set(FEATURES) - rows.keys()
    assert not rows.keys() - set(FEATURES)
