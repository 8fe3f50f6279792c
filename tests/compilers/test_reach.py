"""Timesteps that an input takes to reach a population, and the synaptic operations that arrive there."""

from __future__ import annotations

import numpy as np

from ml_genn import Connection, Network, Population
from ml_genn.connectivity import Dense, OneToOne
from ml_genn.runtime.reach import arriving_synops, steps_to_reach, synaptic_targets


def test_the_shortest_way_counts_and_loops_end() -> None:
    with Network() as network:
        a, b, c, d, alone = (Population("integrate_fire", 2, name=name) for name in ("a", "b", "c", "d", "alone"))
        for source, target in ((a, b), (b, c), (a, c), (c, d), (d, b)):
            Connection(source, target, OneToOne(1.0))
    assert {str(pop): steps for pop, steps in steps_to_reach([a]).items()} == {"a": 0, "b": 1, "c": 1, "d": 2}
    assert alone in network.populations


def test_what_is_sent_arrives() -> None:
    with Network() as network:
        a, b, c = (Population("integrate_fire", size, name=name) for name, size in (("a", 2), ("b", 2), ("c", 3)))
        Connection(a, b, OneToOne(1.0))
        Connection(a, c, Dense(np.ones((2, 3))))
        Connection(b, c, Dense(np.ones((2, 3))))
    spikes = {a: np.array([1.0, 0.5]), b: np.array([0.0, 4.0])}
    arriving = arriving_synops(spikes)
    assert arriving == {b: 1.5, c: 1.5 * 3 + 4.0 * 3}
    sent = sum(float(counts @ synaptic_targets(population)) for population, counts in spikes.items())
    assert sum(arriving.values()) == sent
    assert len(network.populations) == 3
