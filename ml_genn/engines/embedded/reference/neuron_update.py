"""Neuron update: for each example and neuron, inputs, sim code, dynamics, events, threshold, spike, reset code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

import numpy as np

from ml_genn.engines.embedded.plan.plan import Builtin, Element, EventDetection, NeuronUpdate
from ml_genn.engines.embedded.reference.frame import Frame, Surroundings
from ml_genn.engines.embedded.reference.interpreter import Action, lanes_where, run_code
from ml_genn.engines.embedded.reference.lanes import Indices, Values, grid
from ml_genn.engines.embedded.reference.spikes import push, record


@final
class NeuronUpdateKernel:
    """One population of a loaded model."""

    def __init__(self, update: NeuronUpdate, surroundings: Surroundings) -> None:
        self.update = update
        self.surroundings = surroundings
        self.space = grid(surroundings.batch_size, update.neurons, batched=True)
        self.rings = written_rings(update)

    def run(self) -> None:
        """One step."""
        update = self.update
        counts = {Builtin.NUM_NEURONS: update.neurons}
        frame = Frame(self.surroundings, self.space, self.surroundings.clock.ring, counts)
        frame.locals = {name: type_.dtype.type(value) for name, type_, value in update.accumulators}
        for bound in self.rings:
            frame.write(bound, self.space.all, frame.element(bound, self.space.all))
        for given in update.inputs:
            run_code(given.code, frame, given.stream, injection(frame, given.accumulator))
        if update.sim is not None:
            run_code(update.sim, frame, update.stream)
        for block in update.dynamics:
            run_code(block.code, frame, block.stream)
        for event in update.events:
            self._detect(event, frame)
        spiking = self.space.all[:0]
        if update.threshold is not None:
            spiking = lanes_where(update.threshold, frame, update.stream)
        self._emit(spiking)
        for block in update.on_spike:
            run_code(block.code, frame, block.stream, lanes=spiking)
        if update.reset is not None:
            run_code(update.reset, frame, update.stream, lanes=spiking)
        frame.store()

    def _detect(self, event: EventDetection, frame: Frame) -> None:
        lanes = lanes_where(event.condition, frame, self.update.stream)
        push(event.queue, self.space, lanes, self.surroundings)
        if event.recording is not None:
            record(event.recording, self.space, lanes, self.surroundings)
        if event.code is not None:
            run_code(event.code, frame, self.update.stream, lanes=lanes)

    def _emit(self, spiking: Indices) -> None:
        if self.update.queue is not None:
            push(self.update.queue, self.space, spiking, self.surroundings)
        if self.update.recording is not None:
            record(self.update.recording, self.space, spiking, self.surroundings)


def written_rings(update: NeuronUpdate) -> list[Element]:
    """What has delay slots and is written by some code: it goes on to the next slot in steps that do not write it."""
    blocks = [block.code for block in update.inputs] + [block.code for block in (*update.dynamics, *update.on_spike)]
    codes = (*blocks, update.sim, update.reset, *(event.code for event in update.events))
    bound = (
        bound
        for code in codes
        if code is not None
        for name, bound in code.bindings.items()
        if name in code.program.writes
    )
    return [one for one in bound if isinstance(one, Element) and one.array.slots > 1]


def injection(frame: Frame, accumulator: str) -> Mapping[str, Action]:
    """The action `injectCurrent(x)`: adds x to an accumulator."""

    def inject(lanes: Indices, arguments: tuple[Values, ...]) -> None:
        frame.write_local(accumulator, lanes, np.add(frame.local(accumulator, lanes), arguments[0]))

    return {"injectCurrent": inject}
