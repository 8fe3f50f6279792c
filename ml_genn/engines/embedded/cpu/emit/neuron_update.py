"""One population, one step of one example:

for each block of neurons:
    for each neuron of it:          (vectorises: no store and no call depends on a branch)
        load variables; Isyn = 0
        { input code } ...          injectCurrent(x): Isyn += x
        { sim code }
        event flag = condition
        spike flag = threshold;  if (spike flag) { reset code }
        store variables
    flags -> ids of spikes and events, recorded bits
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.elements import Elements
from ml_genn.engines.embedded.cpu.emit.expressions import Action, Printer
from ml_genn.engines.embedded.cpu.emit.kernel import Kernel, KernelText
from ml_genn.engines.embedded.cpu.emit.literals import literal
from ml_genn.engines.embedded.cpu.emit.scope import Scope
from ml_genn.engines.embedded.plan.plan import Axis, Builtin, Code, Condition, NeuronUpdate, Recording, SpikeQueue
from ml_genn.errors import InternalCompilerError


def neuron_update(update: NeuronUpdate) -> KernelText:
    """The kernel of a population."""
    return _Writer(update).write()


@final
@dataclass(frozen=True)
class _Flags:
    """One byte per neuron of a block, and where the set ones go."""

    name: str
    queue: SpikeQueue | None
    recording: Recording | None


@final
class _Writer:
    def __init__(self, update: NeuronUpdate) -> None:
        self._update = update
        self._kernel = Kernel()
        self._elements = Elements(self._kernel, Axis.NEURON, "gen_i", "gen_now->example_offset + gen_example")
        self._accumulators = {name: self._kernel.unique("gen_v_", name, name) for name, _, _ in update.accumulators}
        indices = {Builtin.ID: "gen_i", Builtin.NUM_NEURONS: "gen_neurons"}
        self._scope = Scope(self._kernel, self._elements.element, indices, self._accumulator)

    def write(self) -> KernelText:
        code = Buffer()
        flags = self._code(code)
        out = self._kernel.body
        out.line(f"const int64_t gen_neurons = {self._kernel.size('neurons', self._update.neurons)};")
        out.lines(f"uint32_t {flag.name}_pushed = 0;" for flag in flags if flag.queue is not None)
        with out.block("for (int64_t gen_first = 0; gen_first < gen_neurons; gen_first += GEN_BLOCK)"):
            out.line("const int64_t gen_rest = gen_neurons - gen_first;")
            out.line("const int64_t gen_count = gen_rest < GEN_BLOCK ? gen_rest : GEN_BLOCK;")
            out.lines(f"uint8_t {flag.name}[GEN_BLOCK];" for flag in flags)
            with out.block("for (int64_t gen_k = 0; gen_k < gen_count; ++gen_k)"):
                out.line("const int64_t gen_i = gen_first + gen_k;")
                self._elements.load(out)
                for name, type_, start in self._update.accumulators:
                    out.line(f"{type_} {self._accumulators[name]} = {literal(start, type_)};")
                out.lines(code)
                self._elements.store(out)
            for flag in flags:
                self._push(flag, out)
        for flag in flags:
            self._finish_queue(flag, out)
        return self._kernel.finish()

    def _code(self, out: Buffer) -> list[_Flags]:
        """All code of one neuron in order; returns the flags that it sets."""
        update, flags = self._update, list[_Flags]()
        for block in update.inputs:
            self._program(block.code, block.stream, out, {"injectCurrent": self._inject(block.accumulator)})
        if update.sim is not None:
            self._program(update.sim, update.stream, out)
        for number, event in enumerate(update.events):
            flags.append(_Flags(f"gen_event{number}", event.queue, event.recording))
            out.line(f"{flags[-1].name}[gen_k] = {self._condition(event.condition)};")
        if update.threshold is not None:
            out.line(f"const bool gen_spiking = {self._condition(update.threshold)};")
            if update.queue is not None or update.recording is not None:
                flags.append(_Flags("gen_spike", update.queue, update.recording))
                out.line("gen_spike[gen_k] = gen_spiking;")
            if update.reset is not None:
                with out.block("if (gen_spiking)"):
                    self._program(update.reset, update.stream, out)
        return flags

    def _program(self, code: Code, stream: int, out: Buffer, actions: Mapping[str, Action] | None = None) -> None:
        Printer(self._scope.names(code, actions, self._elements.draws(stream))).program(code.program, out)

    def _condition(self, condition: Condition) -> str:
        names = self._scope.names(condition, None, self._elements.draws(self._update.stream))
        return Printer(names).expression(condition.formula.expression)

    def _inject(self, accumulator: str) -> Action:
        return lambda arguments: f"({self._accumulator(accumulator)} += {arguments[0]})"

    def _accumulator(self, name: str) -> str:
        if name not in self._accumulators:
            raise InternalCompilerError(f"{self._update.name}: no accumulator '{name}'; this is a bug in ml_genn")
        return self._accumulators[name]

    def _push(self, flag: _Flags, out: Buffer) -> None:
        kernel, name = self._kernel, flag.name
        if flag.queue is not None:
            ids = kernel.pointer(f"{name}_ids", flag.queue.ids, delay=0, written=True)
            out.line(f"{name}_pushed = gen_push({name}, gen_first, gen_count, {ids}, {name}_pushed);")
        if flag.recording is not None:
            words = kernel.row(f"{name}_words", flag.recording.words)
            out.line(f"gen_write_bits({name}, gen_first, gen_count, {words});")

    def _finish_queue(self, flag: _Flags, out: Buffer) -> None:
        if flag.queue is not None:
            count = self._kernel.pointer(f"{flag.name}_count", flag.queue.counts, delay=0, written=True)
            out.line(f"{count}[0] = {flag.name}_pushed;")
