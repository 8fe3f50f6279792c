"""A dense propagation for several examples at once, where many presynaptic neurons spike: weights are read once.

if few spike:  return false
mask of each presynaptic neuron and example, from the lists: all bits set where it spikes
for each tile of 3, 2, then 1 vectors of targets:
    load the sums of all examples
    for each presynaptic neuron:
        for each example:  sum += code where the neuron spikes, else -0.0, which changes no bit of any sum
    store the sums
for each example:  for each spike:  for each target that is left:  target += code

So each target gets its additions in ascending order of ids, as in dense.py. A product with 0 or 1 would not do: added
to a sum of -0.0, or with a weight that is not finite, it changes the sum.
"""

from __future__ import annotations

from typing import final

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.delivery import Delivery, Place
from ml_genn.engines.embedded.cpu.emit.kernel import KernelText
from ml_genn.engines.embedded.cpu.emit.tiles import is_arithmetic
from ml_genn.engines.embedded.plan.plan import Axis, DenseConnectivity, Element, Propagation

EXAMPLES = 8
_TILES = (3, 2, 1)  # vectors of each example; all sums, and the weights of a row, lie in registers


def can_join(propagation: Propagation) -> bool:
    """Whether examples share all that the code reads but what belongs to the presynaptic neuron."""
    elements = [one for one in propagation.code.bindings.values() if isinstance(one, Element)]
    return (
        isinstance(propagation.connectivity, DenseConnectivity)
        and is_arithmetic(propagation)
        and not any(one.array.summed or (one.array.batched and one.axis is not Axis.PRE) for one in elements)
    )


def dense_joint(propagation: Propagation) -> KernelText:
    """The kernel of `EXAMPLES` examples from the item on; it returns whether most neurons spike, else does nothing."""
    return _Writer(propagation).write()


@final
class _Writer:
    def __init__(self, propagation: Propagation) -> None:
        self._delivery = Delivery(propagation)
        self._kernel = self._delivery.kernel
        self._type = propagation.target.type
        self._num_pre = propagation.num_pre

    def write(self) -> KernelText:
        kernel, out = self._kernel, self._kernel.body
        out.line(f"const int64_t gen_num_pre = {kernel.size('num_pre', self._num_pre)};")
        out.line(f"const int64_t gen_num_post = {kernel.size('num_post', self._delivery.propagation.num_post)};")
        ids, count = self._delivery.queue()
        counts = [f"{count}[{self._of(example, count)}]" for example in range(EXAMPLES)]
        with out.block(f"if (100 * ((int64_t){' + '.join(counts)}) < GEN_DENSE_PERCENT * {EXAMPLES} * gen_num_pre)"):
            out.line("return false;")
        with out.block("if (!gen_run)"):
            out.line("return true;")
        self._masks(out, ids, counts)
        out.line("int64_t gen_f = 0;")
        for vectors in _TILES:
            with out.block(f"if ({(EXAMPLES + 1) * vectors} < GEN_REGISTERS)"):
                self._tile(out, vectors)
        self._rest(out, ids, counts)
        out.line("return true;")
        return kernel.finish()

    def _of(self, example: int, pointer: str) -> str:
        """Elements from the first example to another."""
        return f"{example} * {self._kernel.stride(pointer)}"

    def _masks(self, out: Buffer, ids: str, counts: list[str]) -> None:
        mask = f"gen_mask_{self._type}"
        memory = self._kernel.thread_scratch(self._type.dtype.itemsize * EXAMPLES * self._num_pre)
        out.line(f"{mask} *restrict const gen_masks = {memory};")
        out.line(f"memset(gen_masks, 0, (size_t)({EXAMPLES} * gen_num_pre) * sizeof({mask}));")
        for example, count in enumerate(counts):
            with out.block(f"for (int64_t gen_s = 0; gen_s < {count}; ++gen_s)"):
                pre = f"(int64_t){ids}[{self._of(example, ids)} + gen_s]"
                out.line(f"gen_masks[{pre} * {EXAMPLES} + {example}] = -1;")

    def _tile(self, out: Buffer, vectors: int) -> None:
        """All targets from `gen_f` on for which tiles of so many vectors are full."""
        target, type_ = self._delivery.target(), self._type
        offsets = [f"gen_f + {vector} * GEN_WIDTH({type_})" for vector in range(vectors)]
        sums = {
            f"gen_sum{example}_{vector}": f"GEN_AT({type_}, {target} + {self._of(example, target)} + {offset})"
            for example in range(EXAMPLES)
            for vector, offset in enumerate(offsets)
        }
        width = f"{vectors} * GEN_WIDTH({type_})"
        with out.block(f"for (; gen_f + {width} <= gen_num_post; gen_f += {width})"):
            out.lines(f"gen_vector_{type_} {name} = {place};" for name, place in sums.items())
            with out.block("for (int64_t gen_pre = 0; gen_pre < gen_num_pre; ++gen_pre)"):
                for example in range(EXAMPLES):
                    self._neuron(out, example)
                    for vector, offset in enumerate(offsets):
                        self._delivery.code(out, self._place(example, vector, offset))
            out.lines(f"{place} = {name};" for name, place in sums.items())

    def _neuron(self, out: Buffer, example: int) -> None:
        """Whether the presynaptic neuron spikes in an example, and what the code reads of it."""
        place = f"gen_pre * {EXAMPLES} + {example}"
        out.line(f"const gen_mask_{self._type} gen_mask{example} = gen_masks[{place}];")
        self._load_pre(out, str(example), example)

    def _load_pre(self, out: Buffer, suffix: str, example: int) -> None:
        self._delivery.load_pre(out, suffix, lambda pointer: f"{self._of(example, pointer)} + gen_pre")

    def _place(self, example: int, vector: int, offset: str) -> Place:
        at = f"GEN_AT({self._type}, {{}} + "
        return Place(
            suffix=str(example),
            total=f"gen_sum{example}_{vector}",
            synapse=f"{at}gen_pre * gen_num_post + {offset})",
            post=f"{at}{offset})",
            added=f"gen_where_{self._type}(gen_mask{example}, ({{}}) - (gen_vector_{self._type}){{{{0}}}})",
        )

    def _rest(self, out: Buffer, ids: str, counts: list[str]) -> None:
        """The targets that fill no vector."""
        target = self._delivery.target()
        with out.block("if (gen_f < gen_num_post)"):
            for example, count in enumerate(counts):
                with out.block(f"for (int64_t gen_s = 0; gen_s < {count}; ++gen_s)"):
                    out.line(f"const int64_t gen_pre = {ids}[{self._of(example, ids)} + gen_s];")
                    self._load_pre(out, "", example)
                    with out.block("for (int64_t gen_post = gen_f; gen_post < gen_num_post; ++gen_post)"):
                        sum_ = f"{target}[{self._of(example, target)} + gen_post]"
                        self._delivery.code(out, Place(total=sum_, synapse="{}[gen_pre * gen_num_post + gen_post]"))
