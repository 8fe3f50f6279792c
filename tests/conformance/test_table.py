"""Every registered class keeps its promises: the checks of the conformance table (see table.py) over all its rows."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import numpy as np
import pytest

from ml_genn.errors import DescriptionError
from ml_genn.registry import Registry, snake_case

from . import rows
from .table import CHECKS, REGISTRIES, Row, frozen, through_text, twice

ROWS: list[Row] = [
    row
    for module in pkgutil.iter_modules(rows.__path__)
    for row in importlib.import_module(f"{rows.__name__}.{module.name}").ROWS
]
CLASSES = [
    pytest.param(family, cls, id=f"{family.family}-{name}")
    for family in REGISTRIES.values()
    for name, cls in family.classes.items()
]

every_class = pytest.mark.parametrize(("family", "cls"), CLASSES)
every_row = pytest.mark.parametrize("row", ROWS, ids=str)


@every_class
def test_every_class_has_a_row(family: Registry, cls: type) -> None:
    covered = {row.cls for row in ROWS}
    assert cls in covered, f"add a row for {cls.__name__} to tests/conformance/rows/; table.py says how"


@every_class
def test_names(family: Registry, cls: type) -> None:
    name = snake_case(cls.__name__)
    assert family.class_of(name) is cls
    if name in family.default_classes:
        assert type(family.resolve(name)) is cls
        assert frozen(family.resolve(name)) == frozen(cls())
    else:
        with pytest.raises(
            DescriptionError, match=rf"{family.family} '{name}' needs .*; pass {cls.__name__}\(.*=\.\.\.\)"
        ):
            family.resolve(name)


@every_row
def test_row(row: Row) -> None:
    assert len(row.examples) == 3
    assert set(row.exceptions) <= set(CHECKS)
    assert all(row.exceptions.values())
    assert [str(other) for other in ROWS].count(str(row)) == 1, "give rows of one class labels"


@every_row
def test_reference(row: Row, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    skip_exception(row, "reference")
    monkeypatch.setenv("ML_GENN_ENGINE", engine)
    result = row.run(row.make(), row.examples, 1 if engine == "pygenn" else 3)
    expected = np.asarray(row.reference(row.examples))
    assert row.sums_up or np.ptp(expected) > 0, "the reference is one number everywhere; choose better examples"
    np.testing.assert_allclose(result, expected, rtol=0, atol=row.tolerance * np.nanmax(np.abs(expected)))


@every_row
def test_batches(row: Row) -> None:
    skip_exception(row, "batches")
    together, alone = (row.run(row.make(), row.examples, batch_size) for batch_size in (3, 1))
    np.testing.assert_array_equal(together, alone)


@every_row
def test_resets(row: Row) -> None:
    skip_exception(row, "resets")
    obj = row.make()
    once = row.run(obj, row.examples, 3)
    both = row.run(obj, twice(row.examples), 3)
    if not row.sums_up:
        np.testing.assert_array_equal(both[:3], once)
        np.testing.assert_array_equal(both[3:], once)
    np.testing.assert_array_equal(row.run(obj, row.examples, 3), once)


@every_row
def test_saves(row: Row, tmp_path: Path) -> None:
    skip_exception(row, "saves")
    assert frozen(through_text(row.registry, row.make())) == frozen(row.make())
    np.testing.assert_array_equal(row.run_saved(row.make(), tmp_path), row.run(row.make(), row.examples, 3))


@every_row
def test_checkpoints(row: Row, tmp_path: Path) -> None:
    skip_exception(row, "checkpoints")
    np.testing.assert_array_equal(row.run_restored(row.make(), tmp_path), row.run(row.make(), row.examples, 3))


@every_row
def test_keeps(row: Row) -> None:
    skip_exception(row, "keeps")
    obj = row.make()
    before, examples_before = frozen(obj), frozen(row.examples)
    copied = row.registry.resolve(obj)
    assert copied is not obj
    assert frozen(copied) == before
    row.run(copied, row.examples, 3)
    assert frozen(obj) == before
    assert frozen(row.examples) == examples_before


def skip_exception(row: Row, check: str) -> None:
    """Skip, with the reason, what a row says does not apply."""
    if check in row.reasons:
        pytest.skip(row.reasons[check])
