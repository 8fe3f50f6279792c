"""The interpreter's masks against one lane at a time in plain Python, and each statement on its own."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ml_genn.engines.embedded.plan.plan import Binding, Builtin, Clock, Code, Pointer, Value
from ml_genn.errors import DataError
from tests.engine.plans import ID, PlanMaker, load
from tests.references.programs import VARIABLES, ProgramMaker, values_of
from tests.references.scalar import ScalarMachine

LANES = 12


def run_vectorised(text: str, values: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], Code]:
    """All lanes at once, as neurons of a population."""
    maker = PlanMaker()
    names = {
        name: maker.variable(name, LANES, values[name], type_=type_, batched=False) for name, type_ in VARIABLES.items()
    }
    code = maker.code(text, names)
    maker.neurons("pop", LANES, sim=code)
    executable, storage = load(maker)
    executable.run(Clock(), 1)
    return {name: storage[name].ravel() for name in names}, code


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_programs_give_what_one_lane_after_the_other_gives(random: Random) -> None:
    text = ProgramMaker(random).program()
    values = {name: values_of(type_, random, LANES) for name, type_ in VARIABLES.items()}
    got, code = run_vectorised(text, values)
    for lane in range(LANES):
        expected = ScalarMachine({name: values[name][lane].item() for name in values}).run(code.program)
        for name in VARIABLES:
            assert same(got[name][lane].item(), expected[name]), f"{name} of lane {lane} in\n{text}"


def same(left: float, right: float) -> bool:
    """Equal bits, but for the payload and sign of NaN."""
    return (left != left and right != right) or (left == right and np.signbit(left) == np.signbit(right))


def one_step(text: str, lanes: int = 4, **arrays: np.ndarray) -> dict[str, np.ndarray]:
    """Runs code over `out` (zero), `id` and given pointers in each of two examples."""
    maker = PlanMaker(batch_size=2, seed=3)
    names: dict[str, Binding] = {"out": maker.variable("out", lanes), "id": ID, "batch": Value(Builtin.BATCH)}
    for name, values in arrays.items():
        names[name] = Pointer(maker.array(name, values.shape[-1], values, batched=values.ndim == 2))
    maker.neurons("pop", lanes, sim=maker.code(text, names))
    executable, storage = load(maker)
    executable.run(Clock(), 1)
    return {name: array[0] for name, array in storage.items()}


def test_continue_and_break_belong_to_the_innermost_loop() -> None:
    text = """
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) {
            if (j == 1) { continue; }
            if (j == (int)id) { break; }
            out += 1.0;
        }
        if (i == 2) { break; }
        out += 10.0;
    }"""
    # three outer rounds, two of them to the end; in each the inner rounds that count are none; 0, 2, 3; 0; 0, 2
    np.testing.assert_array_equal(one_step(text)["out"], [[20, 29, 23, 26]] * 2)


def test_pointers_are_read_for_the_running_example() -> None:
    shared, own = np.array([1.0, 2.0, 3.0, 4.0]), np.array([[10.0, 20.0, 30.0, 40.0], [50.0, 60.0, 70.0, 80.0]])
    result = one_step("out = shared[id] + own[3 - id] + shared[0];", shared=shared, own=own)
    np.testing.assert_array_equal(result["out"], [[42, 33, 24, 15], [82, 73, 64, 55]])


def test_pointers_are_written_where_the_code_runs() -> None:
    result = one_step("if (id % 2 == 1) { own[id] += 5.0; out = own[id]; }", own=np.zeros((2, 4)))
    np.testing.assert_array_equal(result["own"], [[0, 5, 0, 5]] * 2)
    np.testing.assert_array_equal(result["out"], [[0, 5, 0, 5]] * 2)


def test_only_the_lanes_that_need_an_index_look_it_up() -> None:
    for text in (
        "if (id < 2) { out = p[id]; }",
        "out = id < 2 ? p[id] : 0.0;",
        "if (id < 2 && p[id] > 0.0) { out = p[id]; }",
        "if (!(id >= 2 || p[id] < 0.0)) { out = p[id]; }",
        "for (int i = 0; i + (int)id < 2; i++) { out = p[id]; }",
    ):
        np.testing.assert_array_equal(one_step(text, p=np.array([6.0, 7.0]))["out"], [[6, 7, 0, 0]] * 2)


@pytest.mark.parametrize("index", ["id + 1", "(int)id - 1"])
def test_an_index_outside_its_array_is_an_error(index: str) -> None:
    with pytest.raises(DataError, match=r"test:1:7: p\[(4|-1)\] lies outside its 4 elements"):
        one_step(f"out = p[{index}];", p=np.zeros(4))


def test_target_index_draws_before_the_value() -> None:
    result = one_step(
        "p[(uint32_t)(gennrand_uniform() * 0.5)] = gennrand_uniform(); out = gennrand_uniform();", 1, p=np.zeros((2, 1))
    )
    second = one_step("gennrand(); out = gennrand_uniform();", 1)["out"]
    np.testing.assert_array_equal(result["p"], second)


def test_a_variable_declared_in_a_loop_starts_anew_each_round() -> None:
    result = one_step("for (int i = 0; i < 3; i++) { float x; x += 1.0; if (id > 0) { x += 1.0; } out += x; }")
    np.testing.assert_array_equal(result["out"], [[3, 6, 6, 6]] * 2)


def test_the_old_value_of_an_increment() -> None:
    result = one_step("int k = 3; int old = k++; out = 10 * old + k; out += k--; out += 100 * k;")
    np.testing.assert_array_equal(result["out"], np.full((2, 4), 34 + 4 + 300))
