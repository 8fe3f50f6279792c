"""One population, one step of one example:

for each block of neurons:
    for each neuron of it:          (vectorises: no store and no call depends on a branch; passes.py, lanes.py)
        load variables; Isyn = 0
        { input code } ...          injectCurrent(x): Isyn += x
        { sim code }
        { dynamics code } ...
        event flag = condition;     if (event flag) { code }
        spike flag = threshold;     if (spike flag) { code of spikes, reset code }
        store variables
    flags -> ids of spikes and events, recorded bits
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from ml_genn.engines.embedded.cpu.emit.body import Body
from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.elements import Elements, Variable
from ml_genn.engines.embedded.cpu.emit.expressions import Action, Names, Printer
from ml_genn.engines.embedded.cpu.emit.kernel import Kernel, KernelText
from ml_genn.engines.embedded.cpu.emit.lanes import InLanes
from ml_genn.engines.embedded.cpu.emit.literals import literal
from ml_genn.engines.embedded.cpu.emit.passes import InPasses
from ml_genn.engines.embedded.cpu.emit.rare import code_points
from ml_genn.engines.embedded.cpu.emit.scope import Scope
from ml_genn.engines.embedded.cpu.emit.uniform import Uniformity
from ml_genn.engines.embedded.plan.plan import (
    Builtin,
    Code,
    Condition,
    NeuronUpdate,
    Recording,
    SpikeQueue,
)
from ml_genn.errors import InternalCompilerError


def neuron_update(update: NeuronUpdate) -> KernelText:
    """The kernel of a population."""
    return _Writer(update).write()


@final
@dataclass(frozen=True)
class _Flags:
    """One byte per neuron of a block, and where the set ones go; `never`: there are no bytes, none is ever set."""

    name: str
    queue: SpikeQueue | None
    recording: Recording | None
    never: bool


def _body(update: NeuronUpdate) -> Body:
    """In lanes where some code has a loop that all neurons run alike, which a loop over neurons cannot hold."""
    codes = [block.code for block in update.inputs]
    codes += [block.code for block in (*update.dynamics, *update.on_spike)]
    others = (update.sim, update.reset, *(event.code for event in update.events))
    codes += [code for code in others if code is not None]
    uniform = [Uniformity(code) for code in codes]
    if not any(uniformity.has_uniform_loop() for uniformity in uniform):
        return InPasses()
    conditions = [event.condition for event in update.events] + ([] if update.threshold is None else [update.threshold])
    leaves = any(map(code_points, codes)) or any(map(code_points, conditions))
    return InLanes(whole=not leaves and not any(uniformity.has_other_loop() for uniformity in uniform))


@final
class _Writer:
    def __init__(self, update: NeuronUpdate) -> None:
        self._update = update
        self._kernel = Kernel()
        self._body = _body(update)
        example = "gen_now->example_offset + gen_example"
        self._elements = Elements(self._kernel, "gen_i", example, place=self._body.variable)
        self._accumulators = {name: self._kernel.unique("gen_v_", name, name) for name, _, _ in update.accumulators}
        indices = {Builtin.ID: "gen_i", Builtin.NUM_NEURONS: "gen_neurons"}
        self._scope = Scope(self._kernel, self._elements.element, indices, self._accumulator)

    def write(self) -> KernelText:
        flags = self._code()
        out = self._kernel.body
        variables = self._elements.variables()
        for name, type_, start in self._update.accumulators:
            variables.append(Variable(type_, self._accumulators[name], literal(start, type_)))
        out.line(f"const int64_t gen_neurons = {self._kernel.size('neurons', self._update.neurons)};")
        self._kernel.part("gen_neurons")
        out.lines(f"uint32_t {flag.name}_pushed = 0;" for flag in flags if flag.queue is not None and not flag.never)
        with out.block("for (int64_t gen_first = gen_from; gen_first < gen_to; gen_first += GEN_BLOCK)"):
            out.line("const int64_t gen_rest = gen_to - gen_first;")
            out.line("const int64_t gen_count = gen_rest < GEN_BLOCK ? gen_rest : GEN_BLOCK;")
            out.lines(f"uint8_t {flag.name}[GEN_BLOCK];" for flag in flags if not flag.never)
            self._body.write(variables, out)
            for flag in flags:
                if not flag.never:
                    self._push(flag, out)
        for flag in flags:
            self._finish(flag, out)
        return self._kernel.finish()

    def _code(self) -> list[_Flags]:
        """All code of one neuron in order; returns the flags that it sets."""
        update, flags, body = self._update, list[_Flags](), self._body
        for block in update.inputs:
            body.program(block.code, self._names(block.code, block.stream, self._inject(block.accumulator)))
        if update.sim is not None:
            body.program(update.sim, self._names(update.sim, update.stream))
        for dynamics in update.dynamics:
            body.program(dynamics.code, self._names(dynamics.code, dynamics.stream))
        for number, event in enumerate(update.events):
            flags.append(_Flags(f"gen_event{number}", event.queue, event.recording, event.condition.is_never))
            if not flags[-1].never:
                body.inner.line(f"{flags[-1].name}[gen_k] = {self._condition(event.condition)};")
                self._where(f"{flags[-1].name}[gen_k]", flags[-1].name, [(event.code, update.stream)])
        if update.threshold is not None:
            flags.append(_Flags("gen_spike", update.queue, update.recording, update.threshold.is_never))
            if not flags[-1].never:
                body.inner.line(f"const bool gen_spiking = {self._condition(update.threshold)};")
                body.inner.line("gen_spike[gen_k] = gen_spiking;")
                on_spike = [(block.code, block.stream) for block in update.on_spike]
                self._where("gen_spiking", "gen_spike", [*on_spike, (update.reset, update.stream)])
        return flags

    def _where(self, flag: str, flags: str, codes: Sequence[tuple[Code | None, int]]) -> None:
        """Code of the neurons whose `flag` is set, which is that in `flags`."""
        present = [(code, stream) for code, stream in codes if code is not None]
        if present:
            lines = Buffer()
            for code, stream in present:
                Printer(self._names(code, stream)).program(code.program, lines)
            self._body.where(flag, flags, lines, apart=any(code_points(code) for code, _ in present))

    def _names(self, code: Code | Condition, stream: int, inject: Action | None = None) -> Names:
        actions = {} if inject is None else {"injectCurrent": inject}
        return self._scope.names(code, actions, self._elements.draws(stream))

    def _condition(self, condition: Condition) -> str:
        return Printer(self._names(condition, self._update.stream)).expression(condition.formula.expression)

    def _inject(self, accumulator: str) -> Action:
        return lambda arguments: f"({self._accumulator(accumulator)} += {arguments[0]})"

    def _accumulator(self, name: str) -> str:
        if name not in self._accumulators:
            raise InternalCompilerError(f"{self._update.name}: no accumulator '{name}'; this is a bug in ml_genn")
        return self._body.variable(self._accumulators[name])

    def _push(self, flag: _Flags, out: Buffer) -> None:
        kernel, name = self._kernel, flag.name
        if flag.queue is not None:
            ids = kernel.queue(f"{name}_ids", flag.queue.ids, delay=0, written=True)
            out.line(f"{name}_pushed = gen_push({name}, gen_first, gen_count, {ids} + gen_from, {name}_pushed);")
        if flag.recording is not None:
            words = kernel.row(f"{name}_words", flag.recording.words)
            out.line(f"gen_write_bits({name}, gen_first, gen_count, {words});")

    def _finish(self, flag: _Flags, out: Buffer) -> None:
        if flag.queue is not None:
            count = self._kernel.queue(f"{flag.name}_count", flag.queue.counts, delay=0, written=True)
            out.line(f"gen_publish(gen_now, {count}, {0 if flag.never else f'{flag.name}_pushed'});")
        if flag.recording is not None and flag.never:
            words = self._kernel.row(f"{flag.name}_words", flag.recording.words)
            out.line(f"gen_write_bits_of((const uint32_t *)0, 0, gen_from, gen_to, {words});")
