"""A population that waits (plan/waiting.py), one step of one example:

if memory may have changed since the last step:
    for each neuron:  due = guard ? due time : never
ids of all neurons that are due -> spikes, recorded bits
for each of them:  load variables; { reset code }; store; due = guard ? due time : never
no events: they never come
"""

from __future__ import annotations

from typing import final

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.elements import Elements
from ml_genn.engines.embedded.cpu.emit.expressions import Printer
from ml_genn.engines.embedded.cpu.emit.kernel import Kernel, KernelText, Scratch
from ml_genn.engines.embedded.cpu.emit.scope import Scope
from ml_genn.engines.embedded.language.types import NumericType
from ml_genn.engines.embedded.plan.plan import Builtin, NeuronUpdate
from ml_genn.engines.embedded.plan.waiting import Waiting
from ml_genn.errors import InternalCompilerError


def waiting_update(update: NeuronUpdate, waiting: Waiting, batch_size: int) -> KernelText:
    """The kernel of a population that waits."""
    return _Writer(update, waiting, batch_size).write()


@final
class _Writer:
    def __init__(self, update: NeuronUpdate, waiting: Waiting, batch_size: int) -> None:
        self._update, self._waiting = update, waiting
        self._kernel = Kernel()
        self._elements = Elements(self._kernel, "gen_i", "gen_now->example_offset + gen_example")
        indices = {Builtin.ID: "gen_i", Builtin.NUM_NEURONS: "gen_neurons"}
        self._scope = Scope(self._kernel, self._elements.element, indices)
        self._type = _floating(waiting)
        self._due = Scratch(f"{update.name}.due", self._type, update.neurons, batch_size)

    def write(self) -> KernelText:
        update, kernel, reset = self._update, self._kernel, Buffer()
        if update.threshold is None:
            raise InternalCompilerError(f"{update.name} waits for nothing; this is a bug in ml_genn")
        condition = Printer(self._scope.names(update.threshold, {}, self._elements.draws(update.stream)))
        if update.reset is not None:
            names = self._scope.names(update.reset, {}, self._elements.draws(update.stream))
            Printer(names).program(update.reset.program, reset)
        due = self._due_text(condition)
        out = kernel.body
        out.line(f"const int64_t gen_neurons = {kernel.size('neurons', update.neurons)};")
        kernel.part("gen_neurons")
        out.line(f"const {self._type} gen_time = {condition.expression(self._waiting.now)};")
        memory = kernel.scratch("due", self._due)
        out.line(f"{self._type} *restrict const gen_due = {memory} + gen_example * gen_neurons;")
        with out.block("if (gen_now->fresh)"), out.block("for (int64_t gen_i = gen_from; gen_i < gen_to; ++gen_i)"):
            self._load(out)
            out.line(f"gen_due[gen_i] = {due};")
        self._spikes(reset, due, out)
        return kernel.finish()

    def _due_text(self, condition: Printer) -> str:
        due = condition.expression(self._waiting.due)
        if self._waiting.guard is None:
            return due
        return f"{condition.expression(self._waiting.guard)} ? {due} : ({self._type})INFINITY"

    def _load(self, out: Buffer) -> None:
        self._elements.declare(out)
        self._elements.load(out)

    def _spikes(self, reset: Buffer, due: str, out: Buffer) -> None:
        update, kernel = self._update, self._kernel
        if update.queue is not None:
            list_ = kernel.queue("gen_spike_ids", update.queue.ids, delay=0, written=True) + " + gen_from"
        else:
            list_ = kernel.thread_scratch(4 * update.neurons)
        out.line(f"uint32_t *restrict const gen_list = {list_};")
        push = f"gen_push_due_{self._type}(gen_due, gen_from, gen_to, gen_time, gen_list)"
        out.line(f"const uint32_t gen_pushed = {push};")
        if update.recording is not None:
            words = kernel.row("gen_spike_words", update.recording.words)
            out.line(f"gen_write_bits_of(gen_list, gen_pushed, gen_from, gen_to, {words});")
        with out.block("for (uint32_t gen_hit = 0; gen_hit < gen_pushed; ++gen_hit)"):
            out.line("const int64_t gen_i = gen_list[gen_hit];")
            self._load(out)
            out.lines(reset)
            self._elements.store(out)
            out.line(f"gen_due[gen_i] = {due};")
        if update.queue is not None:
            count = kernel.queue("gen_spike_count", update.queue.counts, delay=0, written=True)
            out.line(f"gen_publish(gen_now, {count}, gen_pushed);")
        for number, event in enumerate(update.events):
            count = kernel.queue(f"gen_event{number}_count", event.queue.counts, delay=0, written=True)
            out.line(f"gen_publish(gen_now, {count}, 0);")
            if event.recording is not None:
                words = kernel.row(f"gen_event{number}_words", event.recording.words)
                out.line(f"gen_write_bits_of(gen_list, 0, gen_from, gen_to, {words});")


def _floating(waiting: Waiting) -> NumericType:
    if not isinstance(waiting.due.type, NumericType):
        raise InternalCompilerError(f"{waiting.due!r} is no time; this is a bug in ml_genn")
    return waiting.due.type
