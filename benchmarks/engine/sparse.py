"""Sparse propagation, 10,000 -> 10,000, 10 % of all synapses, batch 1, against one target after another.

    python -m benchmarks.engine.sparse [--write]

The baselines are the engine's own kernels without what sparse rows have been given: eight targets at a time, and asking
memory for rows of later spikes.
"""

from __future__ import annotations

import numpy as np

from benchmarks.engine.harness import Bar, cells, finish, header, take_turns
from benchmarks.engine.one_connection import engine, without
from ml_genn.engines.embedded.cpu.emit import sparse
from ml_genn.engines.embedded.language.types import UINT16, UINT32
from ml_genn.engines.embedded.plan.plan import Axis, Propagation, SparseConnectivity
from tests.engine.plans import PlanMaker, T

NEURONS, PROBABILITY = 10_000, 0.1
MOST = 1200  # room for a row's synapses
DENSITIES = (0.002, 0.01, 0.05)
KERNELS = {
    "one by one": ((sparse, "is_arithmetic"), (sparse, "_ask_ahead")),
    "eight at a time": ((sparse, "_ask_ahead"),),
    "asking ahead": ((sparse, "is_arithmetic"),),
    "both": (),
}


def rows(maker: PlanMaker) -> SparseConnectivity:
    """Random rows in the plan."""
    rng = np.random.default_rng(1)
    drawn = [np.flatnonzero(rng.random(NEURONS) < PROBABILITY) for _ in range(NEURONS)]
    lengths = np.array([len(row) for row in drawn])
    indices = np.zeros((NEURONS, MOST), np.uint16)
    for row, targets in zip(indices, drawn, strict=True):
        row[: len(targets)] = targets
    return SparseConnectivity(
        maker.array("row_length", NEURONS, lengths, type_=UINT32),
        maker.array("indices", indices.size, indices.ravel(), type_=UINT16),
        MOST,
        distinct=True,
    )


def network(density: float) -> PlanMaker:
    """Neurons that spike once in so many steps, each in a step of its own choice, and what they reach."""
    maker, rng = PlanMaker(1), np.random.default_rng(0)
    period = round(1 / density)
    names = {
        "step": maker.variable("step", NEURONS, rng.integers(0, period, NEURONS)),
        "period": maker.parameter("period", period),
        "t": T,
    }
    weights = maker.variable("g", NEURONS * MOST, rng.normal(size=NEURONS * MOST), axis=Axis.SYNAPSE, batched=False)
    code = maker.code("addToPost(g);", {"g": weights}, ["addToPost"])
    queue, target = maker.queue("pre", NEURONS), maker.array("target", NEURONS, 0.0, batched=True)
    maker.step.append(Propagation("syn", 3, NEURONS, NEURONS, queue, 0, rows(maker), code, target))
    maker.neurons("pre", NEURONS, threshold=maker.condition("fmod(t, period) == step", names), queue=queue)
    return maker


def main() -> None:
    """Prints the table."""
    table = header("neurons that spike", *(f"{name}, ns a synapse" for name in KERNELS), "times faster")
    bars = []
    for density in DENSITIES:
        maker, runs = network(density), {}
        for name, missing in KERNELS.items():
            with without(*missing):
                runs[name], storage = engine(maker, steps=round(1 / density))
        synops = float(storage["row_length"].sum())
        timings = take_turns(runs)
        each = [f"{1e9 * timings[name].cpu / synops:.2f}" for name in KERNELS]
        faster = timings["one by one"] / timings["both"]
        table.append(cells(f"{100 * density:g} %", *each, f"{faster:.2f}"))
        bars.append(Bar(f"{100 * density:g} %: faster than one by one: {faster:.2f}", faster > 1))
    finish("sparse", "Sparse propagation, 10,000 to 10,000, 10 %, batch 1, 1 thread", table, bars)


if __name__ == "__main__":
    main()
