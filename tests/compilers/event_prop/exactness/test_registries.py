"""Every rule that is registered has a row in the table."""

from __future__ import annotations

import pytest

from ml_genn.compilers.event_prop.loss_sources import LOSS_SOURCES
from ml_genn.compilers.event_prop.neuron_adjoints import NEURON_ADJOINTS
from ml_genn.compilers.event_prop.rules import Rules
from ml_genn.compilers.event_prop.synapse_adjoints import SYNAPSE_ADJOINTS
from ml_genn.neurons import Input
from tests.compilers.event_prop.exactness.described import Described
from tests.compilers.event_prop.exactness.rows import ROWS, network


def used(rules: Rules) -> set[tuple[type, ...]]:
    """The classes that rows have of those that have rules."""
    found = set()
    for row in ROWS:
        described = Described(network(row), 0.08, row.task.readout)
        things = {
            id(NEURON_ADJOINTS): [(population.neuron,) for population in described.network.populations],
            id(SYNAPSE_ADJOINTS): [(connection.synapse,) for connection in described.network.connections],
            id(LOSS_SOURCES): [(row.task.loss, row.task.readout)],
        }
        found |= {classes for classes in rules for thing in things[id(rules)] if matches(thing, classes)}
    return found


def matches(thing: tuple[object, ...], classes: tuple[type, ...]) -> bool:
    """Whether things are of these classes; inputs may be of derived ones."""
    return all(
        type(one) is cls or (cls is Input and isinstance(one, cls)) for one, cls in zip(thing, classes, strict=True)
    )


@pytest.mark.parametrize(
    "rules", [NEURON_ADJOINTS, SYNAPSE_ADJOINTS, LOSS_SOURCES], ids=["neurons", "synapses", "losses"]
)
def test_every_rule_has_a_row(rules: Rules) -> None:
    ours = {classes for classes in rules if all(cls.__module__.startswith("ml_genn.") for cls in classes)}
    missing = ours - used(rules)  # users, and pages of the documentation, add rules of their own
    assert not missing, "add rows to tests/compilers/event_prop/exactness/rows.py"
