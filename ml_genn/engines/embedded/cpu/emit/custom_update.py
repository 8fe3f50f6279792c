"""Code run once per element between steps, and the combining of its reductions.

    for each example of this item:
        for each block of elements:
            for each element:  load; { code }; combine reductions; store
            copy what is broadcast to every slot, and to every example where the update runs for none

An item is one example; where something is reduced over the batch it is a shard of consecutive examples, whose partial
results a second kernel adds in a fixed binary tree. Transpositions follow as kernels of their own. In an update of sums
over the batch, shards of it take the place of examples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.elements import Elements
from ml_genn.engines.embedded.cpu.emit.expressions import Printer
from ml_genn.engines.embedded.cpu.emit.kernel import Kernel, KernelText, Scratch
from ml_genn.engines.embedded.cpu.emit.literals import lowest
from ml_genn.engines.embedded.cpu.emit.scope import Scope
from ml_genn.engines.embedded.cpu.emit.transpose import transpose
from ml_genn.engines.embedded.plan.plan import (
    Array,
    Builtin,
    CustomUpdate,
    Element,
    Reduction,
    ReductionOperation,
    num_shards,
)
from ml_genn.errors import InternalCompilerError


@final
@dataclass(frozen=True)
class Pass:
    """A kernel and the number of items it runs for."""

    items: int
    text: KernelText


def custom_update(update: CustomUpdate, batch_size: int) -> tuple[Pass, ...]:
    """The kernels of a custom update, in order."""
    writer = _Writer(update, batch_size)
    combined = [
        Pass(1, _combine(reduction, writer.partial(reduction), writer.items))
        for reduction in update.reductions
        if reduction.over_batch
    ]
    transposed = [
        Pass(transposition.source.copies(batch_size), transpose(transposition))
        for transposition in update.transpositions
    ]
    return (Pass(writer.items, writer.write()), *combined, *transposed)


@final
class _Writer:
    def __init__(self, update: CustomUpdate, batch_size: int) -> None:
        self._update, self._batch_size, self._runs = update, batch_size, update.copies(batch_size)
        self._reduces_batch = any(reduction.over_batch for reduction in update.reductions)
        if self._reduces_batch and not update.batched:
            raise InternalCompilerError(f"{update.name}: nothing to reduce over the batch; this is a bug in ml_genn")
        self.items = num_shards(self._runs) if self._reduces_batch else self._runs
        self._kernel = Kernel(by_shard=update.sharded)
        example = "gen_now->example_offset + gen_example" if update.batched else "0"
        self._elements = Elements(self._kernel, "gen_i", example, store_delay=1)
        self._copies: dict[str, Element] = {}
        indices = {Builtin.ID: "gen_i", Builtin.NUM_NEURONS: "gen_elements"}
        if not update.batched:
            indices[Builtin.NUM_BATCH] = "1"
        self._scope = Scope(self._kernel, self._element, indices)

    def partial(self, reduction: Reduction) -> Scratch:
        """Where each shard leaves its part of a sum or maximum over the batch."""
        elements = 1 if reduction.over_elements else self._update.elements
        return Scratch(f"{self._update.name}.{reduction.name}", reduction.target.type, elements, self.items)

    def write(self) -> KernelText:
        code, update, kernel = Buffer(), self._update, self._kernel
        names = self._scope.names(update.code, None, self._elements.draws(update.stream))
        Printer(names).program(update.code.program, code)
        out = kernel.body
        out.line(f"const int64_t gen_elements = {kernel.size('elements', update.elements)};")
        self._start_reductions(out)
        with out.block("for (int64_t gen_first = 0; gen_first < gen_elements; gen_first += GEN_BLOCK)"):
            out.line("const int64_t gen_rest = gen_elements - gen_first;")
            out.line("const int64_t gen_count = gen_rest < GEN_BLOCK ? gen_rest : GEN_BLOCK;")
            out.lines(f"{copy.array.type} {_block(local)}[GEN_BLOCK];" for local, copy in self._copies.items())
            with out.block("for (int64_t gen_k = 0; gen_k < gen_count; ++gen_k)"):
                self._one(code, out)
            for local, copy in self._copies.items():
                self._copy(local, copy.array, out)
        self._finish_reductions(out)
        return kernel.finish(example_loop=self._shard_loop() if self._reduces_batch else "")

    def _one(self, code: Buffer, out: Buffer) -> None:
        """One element."""
        out.line("const int64_t gen_i = gen_first + gen_k;")
        self._elements.declare(out)
        self._elements.load(out)
        out.lines(f"{copy.array.type} {local} = {self._newest(local, copy)};" for local, copy in self._copies.items())
        out.lines(f"{reduction.target.type} gen_v_{reduction.name} = 0;" for reduction in self._update.reductions)
        out.lines(code)
        for reduction in self._update.reductions:
            out.line(_combined(reduction, self._place(reduction), f"gen_v_{reduction.name}"))
        self._elements.store(out)
        out.lines(f"{_block(local)}[gen_k] = {local};" for local in self._copies)

    def _element(self, hint: str, binding: Element, written: bool) -> str:
        if not written or hint not in self._update.broadcast:
            return self._elements.element(hint, binding, written)
        local = self._kernel.unique("gen_v_", hint, ("broadcast", binding.array.name))
        self._copies[local] = binding
        return local

    def _newest(self, local: str, copy: Element) -> str:
        """What the example, or the first one, holds: for code that does not assign in every branch."""
        hint = local.removeprefix("gen_v_")
        pointer = self._kernel.pointer(hint, copy.array, delay=copy.delay, restricted=False)
        return f"{pointer}[gen_i]"

    def _copy(self, local: str, array: Array, out: Buffer) -> None:
        examples = array.copies(self._batch_size)
        own = array.has_copies and self._update.batched
        hint = local.removeprefix("gen_v_")
        base = f"{self._kernel.whole(hint, array)} + gen_first"
        if own:
            base += f" + gen_example * {self._kernel.size(f'{hint}_stride', array.example_stride)}"
        copies = self._kernel.size(f"{hint}_copies", array.slots * (1 if own else examples))
        apart = self._kernel.size(f"{hint}_apart", array.slot_stride(self._batch_size) if own else array.elements)
        with out.block(f"for (int64_t gen_c = 0; gen_c < {copies}; ++gen_c)"):
            size = f"(size_t)gen_count * sizeof({array.type})"
            out.line(f"memcpy({base} + gen_c * {apart}, {_block(local)}, {size});")

    def _shard_loop(self) -> str:
        shards = self._kernel.size("shards", self.items)
        runs = self._kernel.size("runs", self._runs)
        begin, end = (f"{item} * {runs} / {shards}" for item in ("gen_item", "(gen_item + 1)"))
        return f"for (int64_t gen_begin = {begin}, gen_example = gen_begin; gen_example < {end}; ++gen_example)"

    def _place(self, reduction: Reduction) -> str:
        """Where an element's value is combined: a local, or the shard's part for this element."""
        if reduction.over_elements:
            return f"gen_all_{reduction.name}"
        return f"gen_part_{reduction.name}[gen_i]"

    def _start_reductions(self, out: Buffer) -> None:
        for reduction in self._update.reductions:
            name, type_, start = reduction.name, reduction.target.type, _start(reduction)
            if reduction.over_elements:
                out.line(f"{type_} gen_all_{name} = {start};")
            if reduction.over_batch:
                partial = self.partial(reduction)
                elements = "1" if reduction.over_elements else "gen_elements"
                memory = self._kernel.scratch(name, partial)
                out.line(f"{type_} *restrict const gen_part_{name} = {memory} + gen_item * {elements};")
                with out.block(f"for (int64_t gen_i = 0; gen_example == gen_begin && gen_i < {elements}; ++gen_i)"):
                    out.line(f"gen_part_{name}[gen_i] = {start};")

    def _finish_reductions(self, out: Buffer) -> None:
        for reduction in self._update.reductions:
            if not reduction.over_elements:
                continue
            if reduction.over_batch:
                out.line(_combined(reduction, f"gen_part_{reduction.name}[0]", f"gen_all_{reduction.name}"))
            else:
                target = self._kernel.pointer(reduction.name, reduction.target, delay=1, written=True)
                out.line(f"{target}[0] = gen_all_{reduction.name};")


def _combine(reduction: Reduction, partial: Scratch, shards: int) -> KernelText:
    """Adds the shards' parts, neighbours first, until one is left: no loop over shards, so that it vectorises."""
    kernel = Kernel()
    out, type_ = kernel.body, reduction.target.type
    target = kernel.pointer("target", reduction.target, delay=1, written=True)
    memory = kernel.scratch("parts", partial)
    out.line(f"const int64_t gen_elements = {kernel.size('elements', partial.elements)};")
    out.line(f"const {type_} *restrict const gen_parts = {memory};")
    with out.block("for (int64_t gen_i = 0; gen_i < gen_elements; ++gen_i)"):
        for shard in range(shards):
            out.line(f"{type_} gen_part{shard} = gen_parts[{shard} * gen_elements + gen_i];")
        apart = 1
        while apart < shards:
            for shard in range(0, shards - apart, 2 * apart):
                out.line(_combined(reduction, f"gen_part{shard}", f"gen_part{shard + apart}"))
            apart *= 2
        out.line(f"{target}[gen_i] = gen_part0;")
    return kernel.finish()


def _combined(reduction: Reduction, place: str, value: str) -> str:
    """Statement that combines `value` into `place`."""
    if reduction.operation is ReductionOperation.SUM:
        return f"{place} += {value};"
    return f"{place} = {place} < {value} ? {value} : {place};"


def _start(reduction: Reduction) -> str:
    return "0" if reduction.operation is ReductionOperation.SUM else lowest(reduction.target.type)


def _block(local: str) -> str:
    return local.replace("gen_v_", "gen_b_", 1)
