"""Timesteps that an input takes to reach a population."""

from __future__ import annotations

from ml_genn import Connection, Network, Population
from ml_genn.connectivity import OneToOne
from ml_genn.runtime.reach import steps_to_reach


def test_the_shortest_way_counts_and_loops_end() -> None:
    with Network() as network:
        a, b, c, d, alone = (Population("integrate_fire", 2, name=name) for name in ("a", "b", "c", "d", "alone"))
        for source, target in ((a, b), (b, c), (a, c), (c, d), (d, b)):
            Connection(source, target, OneToOne(1.0))
    assert {str(pop): steps for pop, steps in steps_to_reach([a]).items()} == {"a": 0, "b": 1, "c": 1, "d": 2}
    assert alone in network.populations
