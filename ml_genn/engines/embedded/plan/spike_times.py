"""Times of spikes and spike-like events: arrays for those that some code names, and their names there.

An array holds the time of each neuron's last spike, after each of the last steps if delays need them: the spike before
the one that a synapse sees now is what the array held a step earlier.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ml_genn.engines.embedded.language import mentioned
from ml_genn.engines.embedded.plan.description import (
    PREVIOUS_SPIKE_TIME,
    Address,
    GroupKind,
    Model,
    NeuronPopulation,
    SynapseGroup,
)
from ml_genn.engines.embedded.plan.description import SPIKE_TIME as LAST_SPIKE
from ml_genn.engines.embedded.plan.ends import ENDS, End, neuron_codes, synapse_codes
from ml_genn.engines.embedded.plan.layout import Elements, Layout, Located
from ml_genn.engines.embedded.plan.names import Namespace
from ml_genn.engines.embedded.plan.plan import Array, Arrival, Axis, Code, Element

SPIKE_TIME = "st"
EVENT_TIME = "set"


def declare_times(layout: Layout) -> None:
    """Declares the arrays that code of the model needs."""
    model = layout.model
    for population in model.neuron_populations:
        slots = max(_slots_of_spikes(model, population), default=0)
        _declare(layout, _spike_array(population.name), population.size, slots)
        _place_spike_times(layout, population)
    sizes = {population.name: population.size for population in model.neuron_populations}
    for group in model.synapse_groups:
        for end in ENDS:
            slots = max(_slots(group, end, EVENT_TIME), default=0)
            _declare(layout, _event_array(group, end), sizes[end.population(group)], slots)


def add_arrival_times(layout: Layout, names: Namespace, group: SynapseGroup) -> None:
    """Makes times usable by code at synapses: when the last spikes of both ends arrived, and the ones before them."""
    for end in ENDS:
        arrays = {SPIKE_TIME: _spike_array(end.population(group)), EVENT_TIME: _event_array(group, end)}
        for name, array_name in arrays.items():
            array = layout.arrays.get(array_name)
            if array is None:
                continue
            steps = 1 + end.delay(group)
            for prefix, age in (("", steps), ("prev_", steps + 1)):
                arrival = Arrival(_element(array, end.axis, age), steps)
                names.add(f"{prefix}{name}_{end.name}", layout.precision.time, arrival)


def add_emission_time(layout: Layout, names: Namespace, population: str, name: str) -> None:
    """Makes the time of a neuron's last spike before this step usable by code at the neuron."""
    array = layout.arrays.get(_spike_array(population))
    if array is not None:
        names.add(name, layout.precision.time, _element(array, Axis.NEURON, 1))


def remember_spike(layout: Layout, population: str) -> Code | None:
    """Code that notes the present time as that of the neuron's last spike."""
    return _remember(layout, _spike_array(population), population)


def remember_event(layout: Layout, group: SynapseGroup, end: End) -> Code | None:
    """Code that notes the present time as that of the neuron's last event for a synapse group."""
    return _remember(layout, _event_array(group, end), group.name)


def _remember(layout: Layout, array_name: str, where: str) -> Code | None:
    array = layout.arrays.get(array_name)
    if array is None:
        return None
    names = Namespace(where, layout.precision)
    names.add_clock()
    names.add("last", layout.precision.time, _element(array, Axis.NEURON, 1), writable=True)
    return names.code("last = t;", "last_time")


def _slots_of_spikes(model: Model, population: NeuronPopulation) -> Iterator[int]:
    updates = (reference for update in model.custom_updates for reference in update.members.references)
    targets = {reference.target for reference in updates}
    for slots, name in ((1, LAST_SPIKE), (2, PREVIOUS_SPIKE_TIME)):
        if _spike_address(population.name, name) in targets:
            yield slots
    own = (population.sim_code, population.threshold_condition_code, population.reset_code)
    if any(SPIKE_TIME in mentioned(code, population.name) for code in own):
        yield 1
    for group in model.synapse_groups:
        for end in ENDS:
            if end.population(group) == population.name:
                yield from _slots(group, end, SPIKE_TIME)
                yield from (1 for role, code in neuron_codes(group, end) if _names(group, role, code, SPIKE_TIME, end))


def _slots(group: SynapseGroup, end: End, time: str) -> Iterator[int]:
    for role, code in synapse_codes(group):
        if _names(group, role, code, time, end):
            yield 1 + end.delay(group)
        if _names(group, role, code, f"prev_{time}", end):
            yield 2 + end.delay(group)


def _names(group: SynapseGroup, role: str, code: str, time: str, end: End) -> bool:
    return f"{time}_{end.name}" in mentioned(code, f"{group.name}.{role}")


def _place_spike_times(layout: Layout, population: NeuronPopulation) -> None:
    """Makes the times known to custom updates."""
    array = layout.arrays.get(_spike_array(population.name))
    if array is not None:
        elements = Elements(population.size, Namespace.add_neuron_index)
        layout.place(_spike_address(population.name, LAST_SPIKE), Located(array, True, elements, True))
        if array.slots > 1:
            before = Located(array, True, elements, writable=False, age=1)
            layout.place(_spike_address(population.name, PREVIOUS_SPIKE_TIME), before)


def _declare(layout: Layout, name: str, neurons: int, slots: int) -> None:
    """Before the first spike its time is the lowest number there is."""
    if slots:
        time = layout.precision.time
        lowest = float(np.finfo(np.float32 if time.bits == 32 else np.float64).min)
        layout.declare_in_flight(name, time, neurons, slots=slots, empty=lowest)


def _element(array: Array, axis: Axis, age: int) -> Element:
    return Element(array, axis, age if array.slots > 1 else 0)


def _spike_address(population: str, name: str) -> Address:
    return Address(GroupKind.NEURON, population, name)


def _spike_array(population: str) -> str:
    return f"neurons.{population}.last_spike_time"


def _event_array(group: SynapseGroup, end: End) -> str:
    return f"synapses.{group.name}.last_{end.name}_event_time"
