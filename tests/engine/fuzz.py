"""Random programs, whole and broken, in every place where code stands, many of them in one plan."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np

from ml_genn.engines.embedded.language import ModelCodeError, tree
from ml_genn.engines.embedded.language.types import INT32, Precision
from ml_genn.engines.embedded.plan.plan import (
    Array,
    Axis,
    Binding,
    Builtin,
    Code,
    CustomUpdate,
    DenseConnectivity,
    Pointer,
    PostPropagation,
    Propagation,
    Reduction,
    ReductionOperation,
    SpikeQueue,
    StepKernel,
    SynapseDynamics,
    Value,
)
from ml_genn.engines.embedded.plan.random import philox
from ml_genn.engines.embedded.plan.storage import Storage
from tests.engine.plans import ID, REDUCED, PlanMaker, T
from tests.references.broken import broken
from tests.references.programs import SINKS, TABLE, VARIABLES, ProgramMaker, values_of
from tests.references.scalar import ScalarMachine, Unsafe

BATCH, NEURONS, PRE, POST = 2, 8, 4, 3
EXAMPLE_OFFSET = 3  # of tests.engine.agreement
BROKEN = 0.4  # fraction of programs with faults
FUEL = 20_000

Lane = tuple[int, int]
"""Example and element."""


@dataclass(frozen=True)
class Output:
    """An array that a program changes, and the lanes that decide one of its numbers."""

    array: str
    lanes: Callable[[int, int], list[Lane]]
    exact: bool = True


@dataclass
class Trial:
    """A program that the compiler accepts, in its place."""

    number: int
    place: str
    program: tree.Program
    stream: int
    start: dict[str, np.ndarray]  # [batch][elements] by variable
    outputs: list[Output]
    tables: dict[str, np.ndarray]
    seed: int

    def machine(self, lane: Lane) -> ScalarMachine:
        """The scalar machine after the program in one lane."""
        example, element = lane
        drawn = iter(range(2**16))

        def draw() -> tuple[int, ...]:
            words = philox(
                np.uint64(element),
                np.uint64(example + EXAMPLE_OFFSET),
                0,
                self.stream,
                np.uint64(next(drawn)),
                self.seed,
            )
            return tuple(int(word) for word in words)

        values = {name: array[example, element].item() for name, array in self.start.items()}
        values |= {"id": element % POST if self.place in _AT_SYNAPSES else element, "dt": 1.0, "time": 0.0}
        own = {("own", element): values.pop("own")} if "own" in values else {}
        arrays = {name: table.tolist() for name, table in self.tables.items()}
        machine = ScalarMachine(values, arrays=arrays, own=own, draw=draw, fuel=FUEL)
        machine.run(self.program)
        return machine


@dataclass
class Unit:
    """Programs that are compiled together."""

    precision: Precision
    maker: PlanMaker = field(init=False)
    trials: list[Trial] = field(default_factory=list)
    refused: int = 0
    unsafe: int = 0
    spikes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.maker = PlanMaker(batch_size=BATCH, precision=self.precision, seed=77)

    def add(self, number: int) -> None:
        """Makes a program and adds it, unless it is refused, or broken so that C would leave open what it does."""
        random = Random(f"{self.precision.scalar} {number}")
        place = random.choice(list(_PLACES))
        arrays, steps = len(self.maker.arrays), len(self.maker.step)
        programs = ProgramMaker(
            random, random.choices((1, 2, 3), (6, 3, 1))[0], rich=True, own=place not in _AT_SYNAPSES
        )
        text = programs.program() + _ENDS.get(place, "").format(value=programs.number(2))
        is_broken = random.random() < BROKEN
        text = broken(text, random) if is_broken else text
        try:
            trial = _PLACES[place](self, number, text, random)
        except ModelCodeError as error:
            if not is_broken:
                raise
            check_error(error, text)
            self.refused += 1
            trial = None
        if trial is None or (is_broken and not is_closed(trial)):
            self.unsafe += trial is not None
            self._take_back(number, arrays, steps)
        else:
            self.trials.append(trial)

    def _take_back(self, number: int, arrays: int, steps: int) -> None:
        for array in self.maker.arrays[arrays:]:
            self.maker.initial.pop(array.name, None)
        del self.maker.arrays[arrays:], self.maker.step[steps:]
        self.maker.custom_updates.pop(f"pop{number}", None)
        self.spikes = [name for name in self.spikes if name != f"pop{number}"]

    def fill(self, storage: Storage) -> None:
        """All neurons that code listens to spike."""
        for name in self.spikes:
            ids = storage[f"{name}.spikes.ids"]
            storage[f"{name}.spikes.counts"][:] = ids.shape[-1]
            ids[:] = np.arange(ids.shape[-1])


def check_error(error: ModelCodeError, text: str) -> None:
    """The error's place lies within the code, and its text has the three lines."""
    lines = text.split("\n")
    assert 1 <= error.position.line <= len(lines), text
    assert 1 <= error.position.column <= len(lines[error.position.line - 1]) + 1, text
    assert str(error).count("\n") == 2, str(error)


def is_closed(trial: Trial) -> bool:
    """Whether all lanes end, stay within arrays and do not see each other, and exact results come from exact ones."""
    if inexact(trial.program):
        return False
    try:
        for lane in np.ndindex(next(iter(trial.start.values())).shape):
            trial.machine(lane)
    except Unsafe:
        return False
    return True


def inexact(program: tree.Program) -> bool:
    """Whether anything reads a sink, or a function of last places that differ goes anywhere else."""
    return any(_inexact(node) for node in _inner(program.body, _in_sink))


_SINK_FUNCTIONS = """exp exp2 expm1 log log2 log10 log1p cbrt sin cos tan asin acos atan sinh cosh tanh asinh acosh
atanh erf erfc tgamma lgamma pow hypot atan2 fma
gennrand_normal gennrand_exponential gennrand_log_normal gennrand_gamma"""


def _inexact(node: object) -> bool:
    match node:
        case tree.SymbolName(symbol):
            return symbol.name in SINKS
        case tree.Call(function):
            return function.name in _SINK_FUNCTIONS.split()
        case _:
            return False


def _in_sink(node: object) -> tuple[object, ...] | None:
    """What to look at instead of an assignment of a function to a sink: the function's arguments."""
    if not (isinstance(node, tree.Assign) and isinstance(node.target, tree.SymbolName) and not node.yields_old):
        return None
    value = node.value.operand if isinstance(node.value, tree.Cast) else node.value
    if node.target.symbol.name not in SINKS:
        return None
    return value.arguments if isinstance(value, tree.Call) else (value,)


def _inner(node: object, instead: Callable[[object], tuple[object, ...] | None]) -> Iterator[object]:
    yield node
    children = instead(node)
    if children is None:
        children = tuple(getattr(node, part.name) for part in dataclasses.fields(node)) if _is_node(node) else ()
    for child in children:
        for each in child if isinstance(child, tuple) else (child,):
            if _is_node(each):
                yield from _inner(each, instead)


def _is_node(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and isinstance(value, tree.Expression | tree.Statement)


# Places where code stands

_ENDS = {
    "update": "\ntotal = {value};",
    "synapse": "\naddToPost({value});",
    "dynamics": "\naddToPost({value});",
    "back": "\naddToPre({value});",
}
_AT_SYNAPSES = ("synapse", "dynamics", "back")


def _names(
    unit: Unit, number: int, elements: int, random: Random, axis: Axis = Axis.NEURON
) -> tuple[dict[str, Binding], dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Bindings, initial values of the variables, and tables."""
    maker, name = unit.maker, f"pop{number}"
    start = {
        variable: values_of(type_, random, BATCH * elements).reshape(BATCH, elements)
        for variable, type_ in {**VARIABLES, "own": maker.precision.scalar}.items()
    }
    start |= {sink: np.zeros((BATCH, elements), type_.dtype) for sink, type_ in SINKS.items()}
    types = {**VARIABLES, **SINKS}
    names: dict[str, Binding] = {
        variable: maker.variable(f"{name}.{variable}", elements, start[variable], type_=type_, axis=axis)
        for variable, type_ in types.items()
    }
    tables = {"table": values_of(maker.precision.scalar, random, TABLE), "counts": values_of(INT32, random, TABLE)}
    names["table"] = Pointer(maker.array(f"{name}.table", TABLE, tables["table"]))
    names["counts"] = Pointer(maker.array(f"{name}.counts", TABLE, tables["counts"], type_=INT32))
    names |= {"dt": Value(Builtin.DT), "time": T}
    if axis is Axis.NEURON:
        names["id"] = ID
        names["own"] = Pointer(maker.array(f"{name}.own", elements, start["own"], batched=True))
    else:
        del start["own"]
        names["id"] = Value(Builtin.ID_POST)
    return names, start, tables


def _trial(
    unit: Unit,
    number: int,
    place: str,
    code: Code,
    start: dict[str, np.ndarray],
    tables: dict[str, np.ndarray],
    stream: int,
) -> Trial:
    outputs = [
        Output(f"pop{number}.{variable}", lambda example, element: [(example, element)], variable not in SINKS)
        for variable in sorted(code.program.writes & {*start})
    ]
    return Trial(number, place, code.program, stream, start, outputs, tables, unit.maker.seed)


def _sim(unit: Unit, number: int, text: str, random: Random) -> Trial:
    names, start, tables = _names(unit, number, NEURONS, random)
    code = unit.maker.code(text, names)
    update = unit.maker.neurons(f"pop{number}", NEURONS, sim=code)
    return _trial(unit, number, "sim", code, start, tables, update.stream)


def _update(unit: Unit, number: int, text: str, random: Random) -> Trial:
    names, start, tables = _names(unit, number, NEURONS, random)
    code = unit.maker.code(text, {**names, "total": REDUCED})
    over_elements, operation = random.random() < 0.5, random.choice(list(ReductionOperation))
    target = unit.maker.array(f"pop{number}.total", 1 if over_elements else NEURONS)
    reduction = Reduction("total", target, operation, over_batch=True, over_elements=over_elements)
    update = CustomUpdate(f"pop{number}", number % 2**16, NEURONS, True, code, (reduction,))
    unit.maker.custom_updates[f"pop{number}"] = (update,)
    trial = _trial(unit, number, "update", code, start, tables, update.stream)
    trial.start["total"] = np.zeros((BATCH, NEURONS), unit.precision.scalar.dtype)

    def lanes(_: int, element: int) -> list[Lane]:
        elements = range(NEURONS) if over_elements else (element,)
        return [(example, one) for example in range(BATCH) for one in elements]

    trial.outputs.append(Output(target.name, lanes))
    return trial


def _reset(unit: Unit, number: int, text: str, random: Random) -> Trial:
    names, start, tables = _names(unit, number, NEURONS, random)
    code = unit.maker.code(text, names)
    condition = unit.maker.condition("t", {"t": names["t"]})
    update = unit.maker.neurons(f"pop{number}", NEURONS, threshold=condition, reset=code)
    return _trial(unit, number, "reset", code, start, tables, update.stream)


def _synapse(unit: Unit, number: int, text: str, random: Random) -> Trial:
    def add(stream: int, code: Code, target: Array) -> StepKernel:
        queue = _spikes(unit, number, PRE)
        return Propagation(f"pop{number}", stream, PRE, POST, queue, 0, DenseConnectivity(), code, target)

    return _at_synapses(unit, number, "synapse", text, random, add)


def _dynamics(unit: Unit, number: int, text: str, random: Random) -> Trial:
    def add(stream: int, code: Code, target: Array) -> StepKernel:
        return SynapseDynamics(f"pop{number}", stream, PRE, POST, DenseConnectivity(), code, target)

    return _at_synapses(unit, number, "dynamics", text, random, add)


def _back(unit: Unit, number: int, text: str, random: Random) -> Trial:
    def add(stream: int, code: Code, target: Array) -> StepKernel:
        queue = _spikes(unit, number, POST)
        return PostPropagation(f"pop{number}", stream, PRE, POST, queue, 0, DenseConnectivity(), code, target)

    return _at_synapses(unit, number, "back", text, random, add)


def _spikes(unit: Unit, number: int, neurons: int) -> SpikeQueue:
    unit.spikes.append(f"pop{number}")
    return unit.maker.queue(f"pop{number}.spikes", neurons)


def _at_synapses(
    unit: Unit,
    number: int,
    place: str,
    text: str,
    random: Random,
    kernel: Callable[[int, Code, Array], StepKernel],
) -> Trial:
    """Code of every synapse of a small dense group, which adds to neurons at one end."""
    maker, to_pre = unit.maker, place == "back"
    names, start, tables = _names(unit, number, PRE * POST, random, Axis.SYNAPSE)
    code = maker.code(text, names, ["addToPre" if to_pre else "addToPost"])
    target = maker.array(f"pop{number}.target", PRE if to_pre else POST, 0.0, batched=True)
    stream = number % 2**16
    maker.step.append(kernel(stream, code, target))
    trial = _trial(unit, number, place, code, start, tables, stream)

    def lanes(example: int, neuron: int) -> list[Lane]:
        return [
            (example, pre * POST + post)
            for pre in range(PRE)
            for post in range(POST)
            if neuron == (pre if to_pre else post)
        ]

    trial.outputs.append(Output(target.name, lanes))
    return trial


_PLACES: dict[str, Callable[[Unit, int, str, Random], Trial]] = {
    "sim": _sim,
    "reset": _reset,
    "update": _update,
    "synapse": _synapse,
    "dynamics": _dynamics,
    "back": _back,
}
