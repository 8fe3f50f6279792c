"""Additions to sums over the batch that wait for those of later steps, so that each row comes from memory once for all:

for each target:  held[bit][target] = code
for each spike:  masks[neuron] |= bit of this step and example
if it is the last example of its shard, and 64 bits are used up or this is the last step of the run:
    for each tile of targets:
        for each neuron whose mask has bits:
            load the sums
            for each bit, in ascending order:  sum += held[bit]
            store the sums

Bits ascend by step, then by example, so that each sum gets its additions in the order of `Sum`. Where a step has no
later one in its run, threads share the example, or the sums stay in the cache anyway, additions are made at once.
"""

from __future__ import annotations

from typing import final

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.delivery import Delivery, Place
from ml_genn.engines.embedded.cpu.emit.kernel import KernelText, Scratch
from ml_genn.engines.embedded.language.types import INT64, UINT64
from ml_genn.engines.embedded.plan.plan import Propagation, Sum, num_shards

TILE = 128
"""Targets whose held values lie side by side: with 64 bits, a tile of floats fits the first-level cache."""
BITS = 64
LEAST_BYTES = 1 << 20
"""Of the sums of a shard, from which on additions wait: fewer stay in the second-level cache from step to step."""
_VECTORS = (8, 4, 2, 1)
_LINE = 8  # numbers in a cache line


def late_sum(propagation: Propagation, to: Sum, batch_size: int) -> KernelText:
    """The kernel of a propagation that `plan/late_sums.py` names."""
    return _Writer(propagation, to, num_shards(batch_size)).write()


@final
class _Writer:
    def __init__(self, propagation: Propagation, to: Sum, shards: int) -> None:
        self._delivery, self._propagation, self._to = Delivery(propagation), propagation, to
        self._kernel, self._type = self._delivery.kernel, to.array.type
        self._shards = shards
        sums = propagation.num_pre * propagation.num_post * self._type.dtype.itemsize
        self._waits = sums >= LEAST_BYTES

    def write(self) -> KernelText:
        out = self._kernel.body
        waits = self._memory(out)
        for end, shard in (("first", "gen_shard"), ("end", "(gen_shard + 1)")):
            out.line(f"const int64_t gen_{end}_example = {shard} * gen_now->batch_size / gen_shards;")
        out.line("const int64_t gen_examples = gen_end_example - gen_first_example;")
        out.line(f"const bool gen_fits = {waits} && gen_now->parts == 1 && 2 * gen_examples <= {BITS};")
        with out.block("if (!gen_fits || (*gen_steps == 0 && gen_now->rest == 0))"):
            self._at_once(out)
            out.line("return;")
        self._hold(out)
        with out.block("if (gen_example + 1 < gen_end_example)"):
            out.line("return;")
        out.line("++*gen_steps;")
        with out.block(f"if (gen_now->rest > 0 && (*gen_steps + 1) * gen_examples <= {BITS})"):
            out.line("return;")
        out.line("*gen_steps = 0;")
        self._add(out)
        out.line("memset(gen_masks, 0, (size_t)gen_num_pre * sizeof(uint64_t));")
        return self._kernel.finish()

    def _memory(self, out: Buffer) -> str:
        """Declares sizes and the memory of the shard; C text of whether there is any."""
        kernel, propagation, name = self._kernel, self._propagation, self._propagation.name
        out.line(f"const int64_t gen_num_pre = {kernel.size('num_pre', propagation.num_pre)};")
        out.line(f"const int64_t gen_num_post = {kernel.size('num_post', propagation.num_post)};")
        out.line(f"const int64_t gen_tiles = (gen_num_post + {TILE - 1}) / {TILE};")
        shards = self._shards if self._waits else 0
        tiles = -(-propagation.num_post // TILE)
        held = kernel.scratch("held", Scratch(f"{name}.held", self._type, tiles * TILE * BITS, shards))
        masks = kernel.scratch("masks", Scratch(f"{name}.masks", UINT64, propagation.num_pre, shards))
        steps = kernel.scratch("steps", Scratch(f"{name}.steps", INT64, _LINE, shards))
        out.line(f"{self._type} *restrict const gen_held = {held} + gen_shard * gen_tiles * {TILE * BITS};")
        out.line(f"uint64_t *restrict const gen_masks = {masks} + gen_shard * gen_num_pre;")
        out.line(f"int64_t *restrict const gen_steps = {steps} + gen_shard * {_LINE};")
        return kernel.size("waits", int(self._waits))

    def _at_once(self, out: Buffer) -> None:
        ids, count = self._delivery.queue()
        out.line(f"const uint32_t *const gen_ids = {ids};")
        out.line(f"const int64_t gen_begin = 0, gen_end = {count}[0];")
        self._kernel.part("gen_num_post", out)
        self._delivery.rows(out, "{} * gen_num_post + gen_from".format, "gen_from", "(gen_to - gen_from)")

    def _hold(self, out: Buffer) -> None:
        ids, count = self._delivery.queue()
        with out.block(f"if ({count}[0] > 0)"):
            out.line("const int64_t gen_bit = *gen_steps * gen_examples + gen_example - gen_first_example;")
            with out.block("for (int64_t gen_tile = 0; gen_tile < gen_tiles; ++gen_tile)"):
                out.line(
                    f"{self._type} *restrict const gen_values = gen_held + (gen_tile * {BITS} + gen_bit) * {TILE};"
                )
                out.line(f"const int64_t gen_from = gen_tile * {TILE}, gen_left = gen_num_post - gen_from;")
                with out.block(f"for (int64_t gen_j = 0; gen_j < (gen_left < {TILE} ? gen_left : {TILE}); ++gen_j)"):
                    out.line("const int64_t gen_post = gen_from + gen_j;")
                    self._delivery.code(out, Place(held="gen_values[gen_j]"))
            with out.block(f"for (int64_t gen_s = 0; gen_s < {count}[0]; ++gen_s)"):
                out.line(f"gen_masks[{ids}[gen_s]] |= (uint64_t)1 << gen_bit;")

    def _add(self, out: Buffer) -> None:
        sums = self._kernel.pointer(self._to.name, self._to.array, written=True)
        with out.block("for (int64_t gen_tile = 0; gen_tile < gen_tiles; ++gen_tile)"):
            out.line(f"const {self._type} *restrict const gen_values = gen_held + gen_tile * {BITS * TILE};")
            out.line(f"{self._type} *restrict const gen_sums = {sums} + gen_tile * {TILE};")
            out.line(f"const int64_t gen_left = gen_num_post - gen_tile * {TILE};")
            out.line(f"const int64_t gen_length = gen_left < {TILE} ? gen_left : {TILE};")
            out.line("int64_t gen_f = 0;")
            for vectors in _VECTORS:
                width = f"{vectors} * GEN_WIDTH({self._type})"
                with (
                    out.block(f"if ({2 * vectors} <= GEN_REGISTERS)"),
                    out.block(f"for (; gen_f + {width} <= gen_length; gen_f += {width})"),
                ):
                    self._vectors(out, vectors)
            with out.block("if (gen_f < gen_length)"):
                self._rest(out)

    def _vectors(self, out: Buffer, vectors: int) -> None:
        type_, numbers = self._type, range(vectors)
        with out.block("for (int64_t gen_pre = 0; gen_pre < gen_num_pre; ++gen_pre)"):
            out.line("uint64_t gen_bits = gen_masks[gen_pre];")
            with out.block("if (gen_bits == 0)"):
                out.line("continue;")
            out.line(f"{type_} *restrict const gen_row = gen_sums + gen_pre * gen_num_post + gen_f;")
            at = [f"GEN_AT({type_}, {{}} + {number} * GEN_WIDTH({type_}))" for number in numbers]
            out.lines(f"gen_vector_{type_} gen_sum{k} = {at[k].format('gen_row')};" for k in numbers)
            with out.block("for (; gen_bits != 0; gen_bits &= gen_bits - 1)"):
                self._value(out)
                out.lines(f"gen_sum{k} += {at[k].format('gen_value')};" for k in numbers)
            out.lines(f"{at[k].format('gen_row')} = gen_sum{k};" for k in numbers)

    def _rest(self, out: Buffer) -> None:
        """The targets that fill no vector."""
        with (
            out.block("for (int64_t gen_pre = 0; gen_pre < gen_num_pre; ++gen_pre)"),
            out.block("for (uint64_t gen_bits = gen_masks[gen_pre]; gen_bits != 0; gen_bits &= gen_bits - 1)"),
        ):
            self._value(out)
            with out.block("for (int64_t gen_j = 0; gen_j < gen_length - gen_f; ++gen_j)"):
                out.line("gen_sums[gen_pre * gen_num_post + gen_f + gen_j] += gen_value[gen_j];")

    def _value(self, out: Buffer) -> None:
        place = f"gen_values + __builtin_ctzll(gen_bits) * {TILE} + gen_f"
        out.line(f"const {self._type} *restrict const gen_value = {place};")
