"""The first-level key: the same for the same model, another for all that changes what is emitted or compiled."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ml_genn.engines.embedded import (
    GeNNModel,
    backends,
    create_neuron_model,
    create_weight_update_model,
    init_postsynaptic,
    init_sparse_connectivity,
    init_var,
    init_weight_update,
)
from ml_genn.engines.embedded.cpu.build import cache, compile, find
from ml_genn.engines.embedded.cpu.emit.unit import emit_unit
from ml_genn.engines.embedded.cpu.run import compiled as module
from ml_genn.engines.embedded.cpu.run.compiled import NUMBERS, compiled, plan_key
from ml_genn.engines.embedded.plan.plan import Plan
from ml_genn.engines.embedded.reference import ReferenceExecutable
from tests.engine.everything import everything
from tests.engine.plans import PlanMaker

MODEL: dict[str, Any] = {
    "precision": "float",
    "batch": 3,
    "neurons": 20,
    "seed": 5,
    "sim_code": "V = V * decay + Isyn + (scalar)mode;",
    "reset_code": "V = 0.0;",
    "synapse_code": "addToPost(g);",
    "type": "scalar",
    "decay": 0.5,
    "start": 0.25,
    "dt": 1.0,
    "dynamic": False,
    "kind": "SPARSE",
    "probability": 0.5,
    "delay": 0,
    "phases": 0,
    "recording": None,
    "name": "m",
}


def described(changes: dict[str, Any]) -> GeNNModel:
    """A model of two populations, not built."""
    at = {**MODEL, **changes}
    model = GeNNModel(at["precision"], at["name"], num_threads=1)
    model.batch_size, model.seed, model.dt = at["batch"], at["seed"], at["dt"]
    lif = create_neuron_model(
        "lif",
        params=["decay", ("mode", "int")],
        vars=[("V", at["type"])],
        sim_code=at["sim_code"],
        threshold_condition_code="V > 1.0",
        reset_code=at["reset_code"],
    )
    values = {"decay": at["decay"], "mode": 0}
    groups = [model.add_neuron_population(name, at["neurons"], lif, values, {"V": at["start"]}) for name in ("a", "b")]
    if at["dynamic"]:
        groups[0].set_param_dynamic("decay")
    if at["phases"]:
        model.declare_phase("mode", at["phases"])
    groups[0].spike_recording_enabled = at["recording"] is not None
    rule = create_weight_update_model("w", vars=[("g", "scalar")], pre_spike_syn_code=at["synapse_code"])
    init = init_weight_update(rule, {}, {"g": init_var("Uniform", {"min": 0.0, "max": 1.0})})
    connect = init_sparse_connectivity("FixedProbability", {"prob": at["probability"]})
    synapses = model.add_synapse_population(
        "s", at["kind"], *groups, init, init_postsynaptic("DeltaCurr"), connect if at["kind"] == "SPARSE" else None
    )
    synapses.axonal_delay_steps = at["delay"]
    return model


def plan_of(**changes: Any) -> Plan:
    """The plan that a model is run by."""
    plans = []

    def keeping(_: str, plan: Plan, storage: Any, __: int | None) -> ReferenceExecutable:
        plans.append(plan)
        return ReferenceExecutable(plan, storage)

    model = described(changes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backends, "open_executable", keeping)
        model.build()
        model.load(changes.get("recording"))
    return plans[0]


EMITTED = {
    "a code string": {"sim_code": "V = V * decay + Isyn - (scalar)mode;"},
    "another code string": {"reset_code": "V = 1.0;"},
    "code of synapses": {"synapse_code": "addToPost(g * 2.0);"},
    "a type": {"type": "double"},
    "precision": {"precision": "double"},
    "size of the batch": {"batch": 4},
    "shapes": {"neurons": 21},
    "connectivity": {"kind": "DENSE"},
    "synapses drawn": {"probability": 0.9},
    "delay": {"delay": 2},
    "a phase": {"phases": 2},
    "more phases": {"phases": 3},
    "recording": {"recording": 10},
    "steps recorded": {"recording": 20},
}


def test_all_that_is_emitted_changes_the_key() -> None:
    keys = {name: plan_key(plan_of(**changes)) for name, changes in EMITTED.items()}
    keys["nothing"] = plan_key(plan_of())
    assert len(set(keys.values())) == len(keys)


@pytest.mark.parametrize(
    "changes", [{"decay": 0.25}, {"start": 0.5}, {"dt": 0.5}, {"dynamic": True}, {"name": "other"}, {}], ids=str
)
def test_numbers_do_not(changes: dict[str, Any]) -> None:
    """Parameters lie in memory, dynamic or not."""
    assert plan_key(plan_of(**changes)) == plan_key(plan_of())


AROUND: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "our sources": lambda patch: patch.setattr(module, "_SOURCES", "other"),
    "ABI": lambda patch: patch.setattr(module, "ABI_VERSION", 1000),
    "options": lambda patch: patch.setattr(compile, "flags", lambda _: ("-O1",)),
    "sanitizers": lambda patch: patch.setattr(compile, "flags", lambda _: ("-O3", "-fsanitize=address")),
    "machine": lambda patch: patch.setattr(compile, "native_features", lambda: "other"),
    "compiler": lambda patch: patch.setattr(
        compile, "find_toolchain", lambda: compile.Toolchain(("mycc",), "gcc", "gcc 1")
    ),
    "version of it": lambda patch: patch.setattr(
        compile, "find_toolchain", lambda: compile.Toolchain(("mycc",), "gcc", "gcc 2")
    ),
}


def test_all_that_is_around_changes_the_key() -> None:
    plan = plan_of()
    keys = {"nothing": plan_key(plan)}
    for name, change in AROUND.items():
        with pytest.MonkeyPatch.context() as patch:
            change(patch)
            keys[name] = plan_key(plan)
    assert len(set(keys.values())) == len(keys)


def test_every_file_that_decides_what_is_emitted_is_in_the_key() -> None:
    root = Path(module.__file__).parents[2]
    for name in ("cpu/emit/dense.py", "cpu/include/vectors.h", "language/semantics.py", "plan/waiting.py"):
        file = root / name
        assert (
            repr((str(Path(name).parent), file.name, file.stat().st_size, file.stat().st_mtime_ns)) in module._SOURCES
        )


def test_nothing_emitted_depends_on_what_the_key_leaves_out() -> None:
    """Emission sees a plan that has nothing else."""
    maker = PlanMaker(5)
    everything(maker)
    plan = maker.plan()
    kept = {field.name: getattr(plan, field.name) for field in dataclasses.fields(plan) if field.name not in NUMBERS}
    assert emit_unit(SimpleNamespace(**kept, steps=plan.steps)) == emit_unit(plan)  # type: ignore[arg-type]


KEY = """
from ml_genn.engines.embedded.cpu.run.compiled import plan_key
from tests.engine.everything import everything
from tests.engine.plans import PlanMaker
maker = PlanMaker(5)
everything(maker)
print(plan_key(maker.plan()))
"""


def test_every_process_has_the_same_key() -> None:
    """Sets of names have another order in each."""
    keys = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        answer = subprocess.run(
            [sys.executable, "-c", KEY], capture_output=True, text=True, check=True, env=environment
        )
        keys.add(answer.stdout)
    assert len(keys) == 1


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own."""
    monkeypatch.setenv("ML_GENN_CACHE", str(tmp_path))
    monkeypatch.setattr(cache, "_found", {})
    return tmp_path


def outcome() -> np.ndarray:
    model = described({})
    model.build()
    model.load()
    model.step_time(20)
    found = np.array(model.neuron_populations["b"].vars["V"].view)
    model.unload()
    return found


def test_what_is_known_is_not_emitted_again(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = outcome()
    emitted = []
    monkeypatch.setattr(module, "emit_unit", lambda plan: emitted.append(plan) or emit_unit(plan))
    np.testing.assert_array_equal(outcome(), first)
    assert not emitted
    for note in (empty / "notes").iterdir():  # damaged, and with it gone
        note.write_bytes(b"damaged")
    np.testing.assert_array_equal(outcome(), first)
    assert len(emitted) == 1


def test_a_note_without_its_library_is_none(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = outcome()
    cache._found.clear()
    for library in empty.glob("*.so"):
        library.unlink()
    assert find("0" * 64) is None
    np.testing.assert_array_equal(outcome(), first)


def test_plans_made_by_hand_are_emitted_each_time(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests force other kernels on them, of which no key knows."""
    maker = PlanMaker(2)
    everything(maker)
    unit, library = compiled(maker.plan())
    assert unit.source
    library.close()
    unit, library = compiled(maker.plan())
    assert not unit.source
    library.close()
    assert module.compiled_anew(maker.plan())[0].source
