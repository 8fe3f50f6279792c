"""The whole translation unit of a plan: headers, one function per distinct kernel, and a table of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, final

from ml_genn.engines.embedded.cpu.emit import kernel
from ml_genn.engines.embedded.cpu.emit.buffer import Buffer
from ml_genn.engines.embedded.cpu.emit.custom_update import custom_update
from ml_genn.engines.embedded.cpu.emit.kernel import FieldValue, KernelText
from ml_genn.engines.embedded.cpu.emit.late_sums import late_sum
from ml_genn.engines.embedded.cpu.emit.neuron_update import neuron_update
from ml_genn.engines.embedded.cpu.emit.post_propagation import post_propagation
from ml_genn.engines.embedded.cpu.emit.propagation import propagation
from ml_genn.engines.embedded.cpu.emit.synapse_dynamics import synapse_dynamics
from ml_genn.engines.embedded.cpu.emit.waiting_update import waiting_update
from ml_genn.engines.embedded.plan.late_sums import late_sums
from ml_genn.engines.embedded.plan.plan import (
    NeuronUpdate,
    Plan,
    PostPropagation,
    Propagation,
    StepKernel,
    SynapseDynamics,
    num_shards,
    sums_of,
)
from ml_genn.engines.embedded.plan.waiting import waiting
from ml_genn.errors import InternalCompilerError

ABI_VERSION = 6
"""Changes whenever records, the clock or the calls between Python and C change."""


@final
@dataclass(frozen=True)
class Instance:
    """A kernel by its place in the table, and what its record holds; `joint` runs `examples` examples at once."""

    kernel: int
    values: tuple[FieldValue, ...]
    scratch_bytes: int
    has_parts: bool
    joint: Instance | None = None
    examples: int = 0


@final
@dataclass(frozen=True)
class Stage:
    """Instances that run one after another for each of `items` items, which threads take in so many shares."""

    items: int
    instances: tuple[Instance, ...]
    shares: int


@final
@dataclass(frozen=True)
class Unit:
    """C text of a plan, and how its kernels are called: `steps` by phase."""

    source: str
    kernels: int
    steps: tuple[Stage, ...]
    custom_updates: Mapping[str, tuple[Stage, ...]]


def emit_unit(plan: Plan) -> Unit:
    """C for all kernels of `plan`; equal kernels are written once."""
    table = _Table()
    size = plan.batch_size
    steps = tuple(Stage(size, tuple(map(table.add, _texts(step, plan))), _shares(step, size)) for step in plan.steps)
    custom_updates = {
        group: tuple(
            Stage(part.items, (table.add(part.text),), part.items)
            for update in updates
            for part in custom_update(update, plan.batch_size)
        )
        for group, updates in plan.custom_updates.items()
    }
    return Unit(table.source(), len(table), steps, custom_updates)


def _shares(step: Sequence[StepKernel], batch_size: int) -> int:
    """One for each example, or for each shard of the batch if that has memory which all its examples add to."""
    return num_shards(batch_size) if any(sums_of(kernel) for kernel in step) else batch_size


def runtime_source() -> str:
    """C of the library with the time loop and the threads."""
    parts = "".join(map(_include, ("kernel.h", "schedule.h", "teams.h", "lists.h", "runtime.c")))
    return f"#define _GNU_SOURCE\n#define GEN_ABI_VERSION {ABI_VERSION}\n{_part()}{parts}"


_STEP_KERNELS: dict[type, Callable[[Any], KernelText]] = {
    SynapseDynamics: synapse_dynamics,
    Propagation: propagation,
    PostPropagation: post_propagation,
    NeuronUpdate: neuron_update,
}


def _texts(step: Sequence[StepKernel], plan: Plan) -> Iterator[KernelText]:
    writers = tuple(map(_writer, step))
    waits, late = waiting(step), late_sums(step)
    for group, write in zip(step, writers, strict=True):
        if isinstance(group, Propagation) and group.name in late:
            yield late_sum(group, late[group.name], plan.batch_size)
        elif isinstance(group, NeuronUpdate) and group.name in waits:
            yield waiting_update(group, waits[group.name], plan.batch_size)
        else:
            yield write(group)


def _writer(group: StepKernel) -> Callable[[Any], KernelText]:
    writer = _STEP_KERNELS.get(type(group))
    if writer is None:
        raise InternalCompilerError(f"no C for {group!r}; this is a bug in ml_genn")
    return writer


_HEAD = "static void gen_kernel_{}(const void *gen_record, const gen_clock *gen_now, int64_t gen_item)"
_JOINT_HEAD = (
    "static bool gen_kernel_{}(const void *gen_record, const gen_clock *gen_now, int64_t gen_item, bool gen_run)"
)


@final
class _Table:
    """Distinct kernels in order of appearance."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[tuple[str, ...], str, str], int] = {}

    def add(self, text: KernelText) -> Instance:
        """The instance of a kernel."""
        if text.joint is None:
            return self._add(text, _HEAD)
        joint = self._add(text.joint.text, _JOINT_HEAD)
        return replace(self._add(text, _HEAD), joint=joint, examples=text.joint.examples)

    def _add(self, text: KernelText, head: str) -> Instance:
        number = self._numbers.setdefault((text.members, text.body, head), len(self._numbers))
        return Instance(number, text.values, text.scratch_bytes, text.has_parts)

    def __len__(self) -> int:
        return len(self._numbers)

    def source(self) -> str:
        """The translation unit."""
        out = Buffer()
        for (members, body, head), number in self._numbers.items():
            with out.block(f"struct gen_record_{number}", ";"):
                out.lines(f"{member};" for member in members)
            with out.block(head.format(number)):
                out.line(f"const struct gen_record_{number} *const gen_g = gen_record;")
                out.lines(body.splitlines())
        with out.block("GEN_EXPORT const gen_kernel gen_kernels[] =", ";"):
            out.lines(f"(gen_kernel)gen_kernel_{number}," for number in range(len(self._numbers)))
            out.line("0")
        out.line(f"GEN_EXPORT int32_t gen_abi_version(void) {{ return {ABI_VERSION}; }}")
        headers = "".join(map(_include, _HEADERS))
        return f"{_part()}{headers}\n{out.text()}"


def _part() -> str:
    return f"#define GEN_PART {kernel.PART}\n"


_INCLUDE = Path(__file__).parents[1] / "include"
_HEADERS = (
    *("kernel.h", "arithmetic.h", "maths.h", "elementary.h", "random.h"),
    *("spikes.h", "vectors.h", "lanes.h", "prefetch.h"),
)


@cache
def _include(name: str) -> str:
    return (_INCLUDE / name).read_text(encoding="utf-8")
