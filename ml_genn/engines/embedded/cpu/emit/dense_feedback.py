"""Each spike adds up its row, in lanes (plan/arithmetic.py), for its own neuron:

for each 8, 4, 2, then 1 spikes:
    for each 16 floats of the rows:  lanes of each row += code
    lanes of each row += code of the targets that are left, -0.0 in the other lanes
    each neuron += the sum of its lanes
"""

from __future__ import annotations

from typing import final

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.delivery import Delivery, Place
from ml_genn.engines.embedded.cpu.emit.kernel import KernelText
from ml_genn.engines.embedded.plan.plan import Array, Propagation

_ROWS = (8, 4, 2, 1)  # that run together, as far as the registers hold their lanes


def dense_feedback(propagation: Propagation, target: Array) -> KernelText:
    """The kernel of one example."""
    return _Writer(propagation, target).write()


@final
class _Writer:
    def __init__(self, propagation: Propagation, target: Array) -> None:
        self._delivery, self._target = Delivery(propagation, feeds=True), target
        self._kernel = self._delivery.kernel
        self._type = target.type

    def write(self) -> KernelText:
        out = self._kernel.body
        self._delivery.spikes(out)
        out.line(f"const int64_t gen_left = gen_num_post % GEN_WIDE_OF({self._type});")
        out.line("const int64_t gen_full = gen_num_post - gen_left;")
        out.line("int64_t gen_s = 0;")
        self._spikes(out)
        return self._kernel.finish()

    def _spikes(self, out: Buffer) -> None:
        for count in _ROWS:
            with (
                out.block(f"if (GEN_ROWS_FIT({count}) || {count} == 1)"),
                out.block(f"for (; gen_s + {count} <= gen_spikes; gen_s += {count})"),
            ):
                self._rows(out, [str(number) for number in range(count)])

    def _rows(self, out: Buffer, suffixes: list[str]) -> None:
        type_ = self._type
        target = self._kernel.pointer("pre_target", self._target, delay=0, written=True)
        for suffix in suffixes:
            out.line(f"const int64_t gen_pre{suffix} = gen_ids[gen_s + {suffix}];")
            out.line(f"const int64_t gen_row{suffix} = gen_pre{suffix} * gen_num_post;")
            self._delivery.load_pre(out, suffix)
            out.line(f"gen_wide_{type_} gen_fed{suffix} = -(gen_wide_{type_}){{0}};")
        with out.block(f"for (int64_t gen_j = 0; gen_j < gen_full; gen_j += GEN_WIDE_OF({type_}))"):
            for suffix in suffixes:
                self._code(out, suffix, f"GEN_WIDE_AT({type_}, {{at}})", "{}")
        with out.block("if (gen_left > 0)"):
            out.line("const int64_t gen_j = gen_full;")
            for suffix in suffixes:
                vector = f"({{}}) - (gen_wide_{type_}){{{{0}}}}"
                self._code(out, suffix, f"gen_some_{type_}({{at}}, gen_left)", f"gen_first_{type_}(gen_left, {vector})")
        for suffix in suffixes:
            place = f"{target}[gen_pre{suffix}]"
            out.line(f"{place} += gen_total_{type_}(gen_fed{suffix});")

    def _code(self, out: Buffer, suffix: str, vector: str, added: str) -> None:
        synapse = vector.format(at=f"{{}} + gen_row{suffix} + gen_j")
        post = vector.format(at="{} + gen_j")
        self._delivery.code(out, Place(suffix, synapse=synapse, post=post, added=added))
