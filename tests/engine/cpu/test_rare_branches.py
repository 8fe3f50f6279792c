"""Branches that few neurons take, through pointers: apart from the loop over all, and to the reference's bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn.engines.embedded.cpu.emit.neuron_update import neuron_update
from ml_genn.engines.embedded.language.types import DOUBLE, FLOAT, INT32, Precision
from ml_genn.engines.embedded.plan.plan import Pointer
from tests.engine.cpu.agree import assert_agree, steps
from tests.engine.plans import ID, PlanMaker, T

SLOTS, STEPS = 8, 40

WRITE = """
const int now = (int)t;
if (count < 8) {
    list[(count * 1200) + id] = now;
    level[(count * 1200) + id] = V;
}
count++;
last = now;
V -= 1.0;
"""

READ = """
const int step = 60 - (int)t;
V = (0.9 * V) + drive;
const scalar before = V;
if (last == step && count > 0) {
    count--;
    const scalar found = level[((count % 8) * 1200) + id];
    V += 0.5 * found * before;
    if (count > 0) {
        last = list[(((count - 1) % 8) * 1200) + id];
    }
    else {
        last = -1;
    }
}
U += V * before;
"""


def listing(maker: PlanMaker, neurons: int, **changes: Any) -> None:
    """Neurons that keep a list of their spikes and, once time has gone on, take them from it again."""
    generator = np.random.default_rng(3)
    count = generator.integers(0, SLOTS, (maker.batch_size, neurons))
    names = {
        "V": maker.variable("V", neurons, generator.random((maker.batch_size, neurons))),
        "U": maker.variable("U", neurons, 0.0),
        "drive": maker.variable("drive", neurons, generator.random((maker.batch_size, neurons)) * 0.3),
        "count": maker.variable("count", neurons, count.astype(np.int32), type_=INT32),
        "last": maker.variable("last", neurons, (60 - 3 * count).astype(np.int32), type_=INT32),
        "list": Pointer(maker.array("list", 1200 * SLOTS, np.full(1200 * SLOTS, 30, np.int32), type_=INT32)),
        "level": Pointer(maker.array("level", 1200 * SLOTS, generator.random(1200 * SLOTS))),
        "t": T,
        "id": ID,
    }
    parts: dict[str, Any] = {"sim": READ, "threshold": "V >= 1.0", "reset": WRITE, **changes}
    condition = maker.condition(parts.pop("threshold"), names)
    codes = {name: maker.code(text, names) for name, text in parts.items() if text}
    queue = maker.queue("n", neurons, slots=2)
    recording = maker.recording("recorded", neurons, STEPS)
    maker.neurons("n", neurons, threshold=condition, queue=queue, recording=recording, **codes)


@pytest.mark.parametrize("neurons", [1, 5, 63, 64, 65, 200, 1100])
@pytest.mark.parametrize("precision", [Precision(), Precision(DOUBLE, DOUBLE), Precision(FLOAT, DOUBLE)])
def test_lists_of_spikes(neurons: int, precision: Precision) -> None:
    maker = PlanMaker(batch_size=1, precision=precision)
    listing(maker, neurons)
    storage = assert_agree(maker, steps(STEPS))
    assert storage["recorded"].any()


@pytest.mark.parametrize(
    "changes", [{"sim": None}, {"reset": None}, {"reset": "V = 0.0;"}, {"threshold": "level[id] > V"}]
)
def test_one_without_the_other(changes: dict[str, str | None]) -> None:
    maker = PlanMaker(batch_size=1)
    listing(maker, 100, **changes)
    assert_agree(maker, steps(STEPS))


def test_they_stand_apart() -> None:
    maker = PlanMaker(batch_size=1)
    listing(maker, 100)
    text = neuron_update(maker.step[0]).body
    assert text.count("gen_set_lanes") == 2
    plain = PlanMaker(batch_size=1)
    listing(plain, 100, sim="V += drive; if (V > 0.7) { U += V; }", reset="V = 0.0;")
    assert "gen_set_lanes" not in neuron_update(plain.step[0]).body
