"""Ten thousand random programs: each gives the reference's result to the bit, or an error with its place."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from ml_genn.engines.embedded.cpu import CpuExecutable
from ml_genn.engines.embedded.language import fold_program
from ml_genn.engines.embedded.language.types import DOUBLE, Precision
from tests.engine.agreement import memories
from tests.engine.fuzz import Trial, Unit

PER_UNIT = 250
UNITS_AT_ONCE = 4
TESTS = 10

PRECISIONS = {"float": Precision(), "double": Precision(DOUBLE, DOUBLE)}

# functions may differ by 10 units in the last place of a float: 6e-7 each
SINK_TOLERANCE = 6e-7
# gamma's (1 + c x)^3 cancels for x around -1 / c: an error of a few 1e-8 stays however small the result
GAMMA_TOLERANCE = 1e-7


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_hundred_programs(precision: str) -> None:
    check_unit(PRECISIONS[precision], range(100))


@pytest.mark.slow
@pytest.mark.parametrize("number", range(TESTS))
def test_ten_thousand_programs(number: int) -> None:
    """In two threads, since most of the time goes to the compiler."""
    units = range(number * UNITS_AT_ONCE, (number + 1) * UNITS_AT_ONCE)
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(check_unit_number, unit) for unit in units]:
            done.result()


def check_unit_number(unit: int) -> None:
    """A unit of its own numbers."""
    first = 100 + unit * PER_UNIT
    check_unit(list(PRECISIONS.values())[unit % 2], range(first, first + PER_UNIT))


def check_unit(precision: Precision, numbers: range) -> None:
    """Compiles the programs of these numbers together, runs them, and compares all they change."""
    unit = Unit(precision)
    for number in numbers:
        unit.add(number)
    assert unit.refused > 0 < len(unit.trials)
    reference, cpu = memories(unit.maker, partial(CpuExecutable, threads=2), steps=1, prepare=unit.fill)
    for trial in unit.trials:
        for output in trial.outputs:
            mine, other = reference[output.array][0], cpu[output.array][0]
            floor = GAMMA_TOLERANCE if "gennrand_gamma" in trial.program.calls else np.finfo(np.float32).tiny
            for example, element in np.argwhere(differing(mine, other, floor, exact=output.exact)):
                # what differs must come from denormal numbers, which the cpu engine flushes to zero
                lanes = output.lanes(int(example), int(element))
                assert any(trial.machine(lane).met_denormal for lane in lanes), (
                    f"program {trial.number} ({trial.place}), example {example}, element {element}: {output.array} is "
                    f"{other[example, element]!r}, not {mine[example, element]!r}, after\n{trial.program.source}"
                )


def differing(mine: np.ndarray, other: np.ndarray, floor: float, *, exact: bool) -> np.ndarray:
    """Where two arrays differ, up to the tolerance of sinks and `floor` if not `exact`; NaN equals NaN."""
    if exact or mine.dtype.kind != "f":
        unequal = mine != other
        if mine.dtype.kind == "f":
            unequal = (unequal | (np.signbit(mine) != np.signbit(other))) & ~(np.isnan(mine) & np.isnan(other))
        return unequal
    with np.errstate(all="ignore"):
        return ~np.isclose(other, mine, rtol=SINK_TOLERANCE, atol=floor, equal_nan=True)


def test_a_difference_is_seen() -> None:
    mine = np.array([[0.0, np.nan, 1.0, 2.0]])
    np.testing.assert_array_equal(
        differing(mine, np.array([[-0.0, np.nan, 1.0, 2.0 + 1e-15]]), 1.0, exact=True), [[True, False, False, True]]
    )
    np.testing.assert_array_equal(
        differing(mine, np.array([[1e-45, np.nan, 1.0 + 1e-6, 2.0 + 1e-7]]), 1e-38, exact=False),
        [[False, False, True, False]],
    )


def test_the_scalar_machine_agrees_with_the_reference() -> None:
    """What excuses a difference is itself held to the reference, lane by lane."""
    unit = Unit(PRECISIONS["double"])
    for number in range(30):
        unit.add(number)
    reference, _ = memories(unit.maker, partial(CpuExecutable, threads=1), steps=1, prepare=unit.fill)
    for trial in unit.trials:
        compare_lanes(trial, reference)


@pytest.mark.parametrize("known", [0, 1, 2])
def test_a_name_whose_value_is_known_may_be_folded(known: int) -> None:
    """Programs with `id` folded to a number do what they do where `id` has that value."""
    unit = Unit(PRECISIONS["float"])
    for number in range(60):
        unit.add(number)
    for trial in unit.trials:
        folded = replace(trial, program=fold_program(trial.program, {"id": known}))
        ours, theirs = trial.machine((0, known)), folded.machine((0, known))
        assert repr(ours.values) == repr({name: theirs.values[name] for name in ours.values}), trial.program.source
        assert repr(ours.own) == repr(theirs.own), trial.program.source


def compare_lanes(trial: Trial, reference: dict[str, np.ndarray]) -> None:
    """Variables of a trial in both."""
    for lane in [(0, 0), (1, 3)]:
        values = trial.machine(lane).values
        for variable in trial.program.writes & {*trial.start} - {"own", "total", "z", "zf"}:
            expected = reference[f"pop{trial.number}.{variable}"][0][lane].item()
            assert values[variable] == expected or (expected != expected) == (values[variable] != values[variable])
