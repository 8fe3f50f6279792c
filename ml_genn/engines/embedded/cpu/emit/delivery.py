"""What all connectivities share when spikes are delivered: the spikes, the code of one synapse, and the names in it.

C variables that the loops of a connectivity provide, each with the suffix of its row where several run together:
`gen_pre`, the presynaptic neuron; `gen_row`, its first synapse in this run of targets; and, without suffix, `gen_j`,
the place in the run, and `gen_post`, the target.
"""

from __future__ import annotations

from typing import final

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.expressions import Printer
from ml_genn.engines.embedded.cpu.emit.kernel import Kernel
from ml_genn.engines.embedded.cpu.emit.scope import Scope
from ml_genn.engines.embedded.plan.plan import Axis, Builtin, Element, Propagation, SparseConnectivity
from ml_genn.errors import InternalCompilerError

MERGED_ROWS = 4


@final
class Delivery:
    """The kernel of a propagation while a connectivity writes its loops."""

    def __init__(self, propagation: Propagation) -> None:
        self.propagation = propagation
        self.kernel = Kernel()
        self._sparse = isinstance(propagation.connectivity, SparseConnectivity)
        self._pre_loads: dict[str, str] = {}
        program = propagation.code.program
        self._draws = any(name.startswith("gennrand") for name in program.calls)
        self._adds_only = not program.writes and not self._draws

    @property
    def row_counts(self) -> tuple[int, ...]:
        """How many rows may run together: more than one if the code does nothing but add to its target."""
        return (MERGED_ROWS, 1) if self._adds_only else (1,)

    def spikes(self, out: Buffer) -> None:
        """Declares `gen_ids` and `gen_spikes`, the list to deliver."""
        queue, delay = self.propagation.queue, self.propagation.delay + 1
        ids = self.kernel.pointer("ids", queue.ids, delay=delay)
        count = self.kernel.pointer("count", queue.counts, delay=delay)
        out.line(f"const uint32_t *const gen_ids = {ids};")
        out.line(f"const int64_t gen_spikes = {count}[0];")
        out.line(f"const int64_t gen_num_post = {self.kernel.size('num_post', self.propagation.num_post)};")

    def merged(self, out: Buffer, row: str, first: str, length: str) -> None:
        """Runs the code for the rows of spikes `gen_begin` up to `gen_end`, each of `length` targets from `first` on.

        `row` is the C text of a row's first synapse, in terms of `gen_pre`.
        """
        out.line("int64_t gen_s = gen_begin;")
        for count in self.row_counts:
            with out.block(f"for (; gen_s + {count} <= gen_end; gen_s += {count})"):
                suffixes = [str(number) for number in range(count)] if count > 1 else [""]
                for number, suffix in enumerate(suffixes):
                    out.line(f"const int64_t gen_pre{suffix} = gen_ids[gen_s + {number}];")
                    out.line(f"const int64_t gen_row{suffix} = {row.replace('gen_pre', f'gen_pre{suffix}')};")
                body = self.synapse(suffixes, "gen_row{} + gen_j")
                out.lines(self.pre_loads(suffixes))
                with out.block(f"for (int64_t gen_j = 0; gen_j < {length}; ++gen_j)"):
                    out.line(f"const int64_t gen_post = {first} + gen_j;")
                    out.lines(body)

    def synapse(self, suffixes: list[str], synapse: str) -> Buffer:
        """The code for one target of the rows with these suffixes, from its load to its store."""
        out = Buffer()
        type_ = self.propagation.target.type
        target = self.kernel.pointer("target", self.propagation.target, delay=0, written=True)
        out.line(f"{type_} gen_sum = {target}[gen_post];")
        for suffix in suffixes:
            self._code(out, suffix, synapse.format(suffix))
        out.line(f"{target}[gen_post] = gen_sum;")
        return out

    def pre_loads(self, suffixes: list[str]) -> list[str]:
        """Lines that load, once for each row, what the code reads of its presynaptic neuron."""
        return [
            f"const {type_} {_row_local(pointer, suffix)} = {pointer}[gen_pre{suffix}];"
            for suffix in suffixes
            for pointer, type_ in self._pre_loads.items()
        ]

    def _code(self, out: Buffer, suffix: str, synapse: str) -> None:
        propagation, kernel = self.propagation, self.kernel

        def element(hint: str, binding: Element, written: bool) -> str:
            return self._element(hint, binding, written, suffix, synapse)

        indices = {
            Builtin.ID_PRE: f"gen_pre{suffix}",
            Builtin.ID_POST: "gen_post",
            Builtin.NUM_PRE: kernel.size("num_pre", propagation.num_pre),
            Builtin.NUM_POST: "gen_num_post",
        }
        type_ = propagation.target.type
        actions = {
            "addToPost": lambda arguments: f"(gen_sum += {arguments[0]})",
            "maxToPost": lambda arguments: f"(gen_sum = gen_max_{type_}(gen_sum, {arguments[0]}))",
        }
        names = Scope(kernel, element, indices).names(propagation.code, actions, lambda: "gen_draws0")
        if self._draws:
            number = synapse if self._sparse else "gen_pre * gen_num_post + gen_post"
            first = kernel.draws("stream", propagation.stream, number, "gen_now->example_offset + gen_example")
            out.line(f"gen_draws gen_draws0 = {first};")
        Printer(names).program(propagation.code.program, out)

    def _element(self, hint: str, binding: Element, written: bool, suffix: str, synapse: str) -> str:
        if written and binding.axis is not Axis.SYNAPSE:
            raise InternalCompilerError(
                f"{self.propagation.name}: '{hint}' belongs to a neuron, which this code may only read; "
                "this is a bug in ml_genn"
            )
        pointer = self.kernel.pointer(hint, binding.array, delay=binding.delay, written=written)
        match binding.axis:
            case Axis.SYNAPSE:
                return f"{pointer}[{synapse}]"
            case Axis.POST:
                return f"{pointer}[gen_post]"
            case Axis.PRE:
                self._pre_loads[pointer] = str(binding.array.type)
                return _row_local(pointer, suffix)
            case _:
                raise InternalCompilerError(f"'{hint}' runs over {binding.axis} here; this is a bug in ml_genn")


def _row_local(pointer: str, suffix: str) -> str:
    return f"gen_r{suffix}_{pointer.removeprefix('gen_p_')}"
