"""What all connectivities share when spikes are delivered: the spikes, the code of one synapse, and the names in it.

C variables that the loops of a connectivity provide, each with the suffix of its row where several run together:
`gen_pre`, the presynaptic neuron; `gen_row`, its first synapse in this run of targets; and, without suffix, `gen_j`,
the place in the run, and `gen_post`, the target.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.expressions import Action, Printer
from ml_genn.engines.embedded.cpu.emit.kernel import Kernel
from ml_genn.engines.embedded.cpu.emit.later import RUN, Later, add_to_post_delay, comes_in_runs
from ml_genn.engines.embedded.cpu.emit.scope import Scope
from ml_genn.engines.embedded.cpu.emit.synapse_code import add_to_pre, add_to_sums
from ml_genn.engines.embedded.plan.plan import (
    Array,
    Axis,
    Builtin,
    Delayed,
    Element,
    Propagation,
    SparseConnectivity,
    sums_of,
)
from ml_genn.errors import InternalCompilerError

MERGED_ROWS = 4
FEEDING_ROWS = 8
"""Rows that run together where all that is added goes to their own neurons: so many sums hide how long each takes."""


@final
@dataclass(frozen=True)
class Place:
    """Where one copy of a synapse's code stands.

    `suffix`: that of its row; `total`: the C variable that stands for the target; `synapse`, `post`: C text of the
    running synapse's and target's element of the array at `{}`; `added`: C text of what is added instead of `{}`;
    `held`: the C variable that takes what is added to a sum over the batch, if not the sum;
    `later`: what becomes of additions to later input, None where they are made at once.
    """

    suffix: str = ""
    total: str = "gen_sum"
    synapse: str = "{}[gen_row + gen_j]"
    post: str = "{}[gen_post]"
    added: str = "{}"
    held: str = ""
    later: Later | None = None


@final
class Delivery:
    """The kernel of a propagation while a connectivity writes its loops."""

    def __init__(self, propagation: Propagation, *, feeds: bool = False) -> None:
        """Begins; where the loops of a connectivity feed neurons of rows, they provide `gen_fed`, with suffix."""
        self.propagation = propagation
        self.kernel = Kernel()
        self._sparse = isinstance(propagation.connectivity, SparseConnectivity)
        self._pre_loads: dict[str, str] = {}
        self._synapse_pointers: dict[str, None] = {}
        program = propagation.code.program
        self._draws = any(name.startswith("gennrand") for name in program.calls)
        self._sums = sums_of(propagation)
        self.adds_only = not (program.writes or self._draws or self._sums)
        self._to_post = not program.calls.isdisjoint(("addToPost", "maxToPost"))
        self._merged = MERGED_ROWS if self._to_post or "addToPostDelay" in program.calls else FEEDING_ROWS
        self._looks_back = any(isinstance(one, Delayed) for one in propagation.code.bindings.values())
        self._fed = propagation.pre_target if feeds else None

    @property
    def synapse_pointers(self) -> tuple[str, ...]:
        """Local pointers to the synapse variables of the code, known once a row has been declared."""
        return tuple(self._synapse_pointers)

    def target(self) -> str:
        """Local pointer to the targets."""
        return self.kernel.pointer("target", self.propagation.target, delay=0, written=True)

    def queue(self) -> tuple[str, str]:
        """Local pointers to the ids to deliver, and to their number."""
        queue, delay = self.propagation.queue, self.propagation.delay + 1
        ids = self.kernel.queue("ids", queue.ids, delay=delay)
        return ids, self.kernel.queue("count", queue.counts, delay=delay)

    def spikes(self, out: Buffer) -> None:
        """Declares `gen_ids` and `gen_spikes`, the list to deliver; leaves if it is empty."""
        ids, count = self.queue()
        out.line(f"const uint32_t *const gen_ids = {ids};")
        out.line(f"const int64_t gen_spikes = {count}[0];")
        out.line(f"const int64_t gen_num_post = {self.kernel.size('num_post', self.propagation.num_post)};")
        with out.block("if (gen_spikes == 0)"):
            out.line("return;")

    def rows(self, out: Buffer, row: Callable[[str], str], first: str, length: str) -> None:
        """Runs the code for the rows of spikes `gen_begin` up to `gen_end`, each of `length` targets from `first` on.

        Several rows together where the code only adds: each target is then loaded and stored once for all of them. What
        is added to the neuron of a row stays in a local. `row` makes the C text of a row's first synapse from that of
        its presynaptic neuron.
        """
        self._fed = self.propagation.pre_target if "addToPre" in self.propagation.code.program.calls else None
        target = self.propagation.delayed_target
        if target is not None and comes_in_runs(self.propagation.code):
            self._rows_of_runs(out, target, row, first, length)
            return
        out.line("int64_t gen_s = gen_begin;")
        for count in (self._merged, 1) if self.adds_only else (1,):
            with out.block(f"for (; gen_s + {count} <= gen_end; gen_s += {count})"):
                suffixes = [str(number) for number in range(count)] if count > 1 else [""]
                for number, suffix in enumerate(suffixes):
                    self.row(out, f"gen_s + {number}", row, suffix)
                    self._feed(out, suffix, "{type} {local} = {place};")
                if self._looks_back:
                    out.line("GEN_INDEPENDENT")
                with out.block(f"for (int64_t gen_j = 0; gen_j < {length}; ++gen_j)"):
                    out.line(f"const int64_t gen_post = {first} + gen_j;")
                    self.synapse(out, [Place(s, synapse=f"{{}}[gen_row{s} + gen_j]") for s in suffixes])
                for suffix in suffixes:
                    self._feed(out, suffix, "{place} = {local};")

    def _rows_of_runs(self, out: Buffer, target: Array, row: Callable[[str], str], first: str, length: str) -> None:
        """The rows one by one, for each run of targets: see later.py."""
        later, code = Later(self.kernel, target), Buffer()
        self.synapse(code, [Place(later=later)])
        with out.block(f"for (int64_t gen_first = 0; gen_first < {length}; gen_first += {RUN})"):
            out.line(f"const int64_t gen_rest = {length} - gen_first;")
            out.line(f"const int64_t gen_run = gen_rest < {RUN} ? gen_rest : {RUN};")
            later.declare(out)
            with out.block("for (int64_t gen_s = gen_begin; gen_s < gen_end; ++gen_s)"):
                self.row(out, "gen_s", row)
                self._feed(out, "", "{type} {local} = {place};")
                out.line("GEN_INDEPENDENT")
                with out.block("for (int64_t gen_staged = 0; gen_staged < gen_run; ++gen_staged)"):
                    out.line("const int64_t gen_j = gen_first + gen_staged;")
                    out.line(f"const int64_t gen_post = {first} + gen_j;")
                    out.lines(code)
                self._feed(out, "", "{place} = {local};")
                with out.block("for (int64_t gen_staged = 0; gen_staged < gen_run; ++gen_staged)"):
                    later.add(out)

    def _feed(self, out: Buffer, suffix: str, line: str) -> None:
        """A line about the local for what is added to the neuron of a row, if anything is."""
        if self._fed is not None:
            target = self.kernel.pointer("pre_target", self._fed, delay=0, written=True)
            place = f"{target}[gen_pre{suffix}]"
            out.line(line.format(type=self._fed.type, local=f"gen_fed{suffix}", place=place))

    def row(self, out: Buffer, spike: str, row: Callable[[str], str], suffix: str = "") -> None:
        """Declares neuron and first synapse of a spike's row, and loads what the code reads of the neuron."""
        out.line(f"const int64_t gen_pre{suffix} = gen_ids[{spike}];")
        out.line(f"const int64_t gen_row{suffix} = {row(f'gen_pre{suffix}')};")
        self.load_pre(out, suffix)

    def load_pre(self, out: Buffer, suffix: str = "", place: Callable[[str], str] | None = None) -> None:
        """Loads, once for a row, what the code reads of its presynaptic neuron; `place` in the array of a pointer."""
        self.code(Buffer(), Place(suffix))  # to learn what that is
        for pointer, type_ in self._pre_loads.items():
            index = f"gen_pre{suffix}" if place is None else place(pointer)
            out.line(f"const {type_} {_row_local(pointer, suffix)} = {pointer}[{index}];")

    def synapse(self, out: Buffer, places: Sequence[Place]) -> None:
        """The code for one target of several rows, from its load to its store."""
        target = self.target() if self._to_post else ""
        if target:
            out.line(f"{self.propagation.target.type} gen_sum = {target}[gen_post];")
        for place in places:
            self.code(out, place)
        if target:
            out.line(f"{target}[gen_post] = gen_sum;")

    def code(self, out: Buffer, place: Place) -> None:
        """The code itself."""
        propagation, kernel = self.propagation, self.kernel

        def element(hint: str, binding: Element, written: bool) -> str:
            return self._element(hint, binding, written, place)

        indices = {
            Builtin.ID_PRE: f"gen_pre{place.suffix}",
            Builtin.ID_POST: "gen_post",
            Builtin.NUM_PRE: kernel.size("num_pre", propagation.num_pre),
            Builtin.NUM_POST: "gen_num_post",
        }
        total, type_ = place.total, propagation.target.type
        actions: dict[str, Action] = {
            "addToPost": lambda arguments: f"({total} += {place.added.format(arguments[0])})",
            "maxToPost": lambda arguments: f"({total} = gen_max_{type_}({total}, {arguments[0]}))",
        }
        if place.later is not None:
            actions["addToPostDelay"] = place.later.action
        elif propagation.delayed_target is not None:
            actions["addToPostDelay"] = add_to_post_delay(kernel, propagation.delayed_target)
        if self._fed is not None:
            actions["addToPre"] = lambda arguments: f"(gen_fed{place.suffix} += {place.added.format(arguments[0])})"
        elif propagation.pre_target is not None:
            actions["addToPre"] = add_to_pre(kernel, propagation.pre_target, f"gen_pre{place.suffix}")
        if place.held:
            actions |= {one.action: lambda arguments: f"({place.held} = {arguments[0]})" for one in self._sums}
        else:
            actions |= add_to_sums(kernel, self._sums, place.synapse)
        names = Scope(kernel, element, indices).names(propagation.code, actions, lambda: "gen_draws0")
        if self._draws:
            number = "gen_synapse" if self._sparse else "gen_pre * gen_num_post + gen_post"
            first = kernel.draws("stream", propagation.stream, number, "gen_now->example_offset + gen_example")
            out.line(f"gen_draws gen_draws0 = {first};")
        Printer(names).program(propagation.code.program, out)

    def _element(self, hint: str, binding: Element, written: bool, place: Place) -> str:
        if written and binding.axis is not Axis.SYNAPSE:
            raise InternalCompilerError(
                f"{self.propagation.name}: '{hint}' belongs to a neuron, which this code may only read; "
                "this is a bug in ml_genn"
            )
        pointer = self.kernel.pointer(hint, binding.array, delay=binding.delay, written=written)
        match binding.axis:
            case Axis.SYNAPSE:
                self._synapse_pointers[pointer] = None
                return place.synapse.format(pointer)
            case Axis.POST:
                return place.post.format(pointer)
            case Axis.PRE:
                self._pre_loads[pointer] = str(binding.array.type)
                return _row_local(pointer, place.suffix)
            case _:
                raise InternalCompilerError(f"'{hint}' runs over {binding.axis} here; this is a bug in ml_genn")


def _row_local(pointer: str, suffix: str) -> str:
    return f"gen_r{suffix}_{pointer.removeprefix('gen_p_')}"
