"""The table of a network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, InputLayer, Layer, Network, Population, SequentialNetwork
from ml_genn.connectivity import AvgPool2D, Conv2D, Dense, FixedProbability
from ml_genn.initializers import Normal
from ml_genn.neurons import IntegrateFire, LeakyIntegrate, PoissonInput
from ml_genn.synapses import Exponential


def sequential() -> SequentialNetwork:
    with SequentialNetwork() as network:
        InputLayer(PoissonInput(), (8, 8, 1), name="image")
        Layer(Conv2D(Normal(), 4, 3), IntegrateFire(v_thresh=2.0, bias=np.array([-1.0, 0.0, 0.0, 0.5])))
        Layer(AvgPool2D(2, flatten=True, delay=2), IntegrateFire(v_thresh=Normal()))
        Layer(
            Dense(np.zeros((36, 10)), [[0.0] * 9 + [3.0]] * 36),
            LeakyIntegrate(tau_mem=5.0, readout="avg_var"),
            synapse=Exponential(3.0),
        )
    return network


def rows(text: str) -> list[list[str]]:
    """The words of each line, columns being at least two spaces apart."""
    return [[word.strip() for word in line.split("  ") if word] for line in text.splitlines() if line]


def test_summary(capsys: pytest.CaptureFixture[str]) -> None:
    sequential().summary()
    lines = rows(capsys.readouterr().out)
    assert lines[0] == ["SequentialNetwork: 4 populations, 3 connections"]
    assert lines[3:7] == [
        ["image", "(8, 8, 1)", "64", "PoissonInput", "-", "-"],
        ["Pop1", "(6, 6, 4)", "144", "IntegrateFire", "v_thresh=2, bias=-1 to 0.5", "-"],
        ["Pop2", "(36,)", "36", "IntegrateFire", "v_thresh=Normal", "-"],
        ["Pop3", "(10,)", "10", "LeakyIntegrate", "tau_mem=5", "AvgVar"],
    ]
    assert lines[9:] == [
        ["Conn_image_Pop1", "image", "Pop1", "Conv2D", "36", "1,296", "0", "Delta"],
        ["Conn_Pop1_Pop2", "Pop1", "Pop2", "AvgPool2D", "-", "144", "2", "Delta"],
        ["Conn_Pop2_Pop3", "Pop2", "Pop3", "Dense", "360", "360", "0 to 3", "Exponential, tau=3"],
        ["in all 254 neurons, 396 weights, 1,800 synapses"],
    ]


def test_columns_line_up() -> None:
    found: list[Any] = []
    sequential().summary(found.append)
    titles, line, *rest = found[0].split("\n\n")[1].splitlines()
    assert set(line) == {"-"}
    assert len(line) >= max(map(len, [titles, *rest]))
    ends = [row.index(f" {number} ") + len(number) for row, number in zip(rest, ("64", "144", "36", "10"), strict=True)]
    assert set(ends) == {titles.index("neurons") + len("neurons") - 1}


def test_open_shapes_and_random_synapses() -> None:
    found: list[Any] = []
    with Network() as network:
        source, target = Population("poisson_input", 10, name="a"), Population("integrate_fire", name="b")
        other = Population("integrate_fire", 20, name="c")
        Connection(source, target, Dense(1.0))
        Connection(source, other, FixedProbability(0.25, Normal(), delay=Normal(3.0)), max_delay_steps=9)
        Connection(source, other, FixedProbability(0.25, 0.5), name="d")
        network.summary(found.append)
    lines = rows(found[0])
    assert lines[4] == ["b", "?", "?", "IntegrateFire", "-", "-"]
    assert lines[8:] == [
        ["Conn_a_b", "a", "b", "Dense", "?", "?", "0", "Delta"],
        ["Conn_a_c", "a", "c", "FixedProbability", "50", "~50", "Normal", "Delta"],
        ["d", "a", "c", "FixedProbability", "1", "~50", "0", "Delta"],
        ["in all 30 neurons, 51 weights, 100 synapses"],
    ]


def test_one_population() -> None:
    found: list[Any] = []
    with Network() as network:
        Population("poisson_input", 10)
    network.summary(found.append)
    assert found[0].startswith("Network: 1 population, 0 connections\n\npopulation")
    assert found[0].endswith("\n\nin all 10 neurons, 0 weights, 0 synapses")
