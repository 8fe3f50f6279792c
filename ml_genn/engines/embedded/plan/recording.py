"""Adds the recording of spikes and spike-like events to a plan, once the number of recorded steps is known."""

from __future__ import annotations

import dataclasses

from ml_genn.engines.embedded.language.types import UINT32
from ml_genn.engines.embedded.plan.description import Model
from ml_genn.engines.embedded.plan.neuron_ends import event_queue_name
from ml_genn.engines.embedded.plan.plan import Array, EventDetection, NeuronUpdate, Plan, Recording, StepKernel
from ml_genn.errors import DescriptionError

_BITS = 32


def recorded_spikes(population: str) -> str:
    """Name of the array that holds a population's recorded spikes."""
    return f"neurons.{population}.recorded_spikes"


def recorded_events(group: str, end: str) -> str:
    """Name of the array that holds a synapse group's recorded events of an end, "pre" or "post"."""
    return f"synapses.{group}.recorded_{end}_events"


def with_recordings(plan: Plan, model: Model, timesteps: int) -> Plan:
    """The plan with a recording of the last `timesteps` steps for each group that asks for one."""
    spiking = {population.name for population in model.neuron_populations if population.record_spikes}
    events = {
        f"{event_queue_name(group.name, end)}.counts": recorded_events(group.name, end)
        for group in model.synapse_groups
        for end, wanted in (("pre", group.record_pre_events), ("post", group.record_post_events))
        if wanted
    }
    arrays: list[Array] = []

    def recording(name: str, neurons: int) -> Recording:
        words = Array(name, UINT32, -(-neurons // _BITS), batched=True, slots=timesteps)
        arrays.append(words)
        return Recording(words)

    def of_event(detection: EventDetection, neurons: int) -> EventDetection:
        name = events.get(detection.queue.counts.name)
        return detection if name is None else dataclasses.replace(detection, recording=recording(name, neurons))

    step: list[StepKernel] = []
    for kernel in plan.step:
        if isinstance(kernel, NeuronUpdate):
            detections = tuple(of_event(detection, kernel.neurons) for detection in kernel.events)
            kept = recording(recorded_spikes(kernel.name), kernel.neurons) if kernel.name in spiking else None
            kernel = dataclasses.replace(kernel, events=detections, recording=kept)
        step.append(kernel)
    return dataclasses.replace(plan, step=tuple(step), arrays=(*plan.arrays, *arrays))


def recorded(plan: Plan, model: Model, timesteps: int | None) -> Plan:
    """The plan with the recordings that the model wants, if it wants any.

    Raises:
        DescriptionError: it does, and it is not known for how many steps.
    """
    wanted = [one.name for one in model.neuron_populations if one.record_spikes]
    wanted += [one.name for one in model.synapse_groups if one.record_pre_events or one.record_post_events]
    if not wanted:
        return plan
    if timesteps is None or timesteps < 1:
        raise DescriptionError(
            f"{model.name}: {', '.join(wanted)} is recorded; give load(num_recording_timesteps=...) at least 1"
        )
    return with_recordings(plan, model, timesteps)
