"""The conformance table: what every registered class promises, checked by the same code for all of them.

The table has one row or more for every class in every registry of `ml_genn.registry`; `test_table.py` runs these checks
over all rows, and fails for a class that has none:

    names       the class is found by its name, and made by it where its constructor needs no arguments
    reference   what it computes is what a small numpy function says (tests/references/)
    batches     three examples in one batch give what they give one by one, bit for bit
    resets      an example gives the same bits in the first batch and in the second
    saves       written to a file and read back it is the same and computes the same bits
    checkpoints the weights, delays and neuron parameters that a run saves give the same bits in a network built again
    keeps       neither the object nor the examples are changed by a run

How to add a row: append it to `ROWS` in the file of the family, `tests/conformance/rows/<family>.py` (a new family is a
new file there; it is found by itself).

* A class that works inside a network gets a `NetworkRow`: `build(obj)` makes a `Net` around the object; what is
  recorded of it, or the readout of its target, is compared with `reference(examples)`.
* Anything else gets an `ObjectRow`: `run(obj, examples, batch_size)` returns an array with one entry per example, or
  with one entry alone where the class sums up examples (a metric; then `sums_up=True`).

`make` returns an object whose arguments are not all defaults. There are exactly three `examples`: an array, or a list.
A tolerance is relative to the largest number of the reference and has its reason beside it; 0 means equal bits. A check
that cannot hold for a class is named in `exceptions` with the reason; families that are no part of a network and so are
not saved need not say so.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import numpy as np

from ml_genn import Network, Population, registry
from ml_genn.callbacks import SpikeRecorder, VarRecorder
from ml_genn.registry import Registry, snake_case
from ml_genn.serialisers import Numpy, load_network, save_network
from ml_genn.serialisers.plain import Reader, Writer
from ml_genn.values import declared_values, is_number

CHECKS = ("reference", "batches", "resets", "saves", "checkpoints", "keeps")

NOT_IN_THE_TABLE = {"compiler": "every row of a network is run by one"}
REGISTRIES: dict[str, Registry] = {
    item.family: item
    for item in vars(registry).values()
    if isinstance(item, Registry) and item.family not in NOT_IN_THE_TABLE
}
SAVED = ("neuron", "synapse", "connectivity", "initializer", "readout")
"""Families that a saved network is made of."""


@dataclass(frozen=True, kw_only=True)
class Row(ABC):
    """One class and how to see what it computes.

    Attributes:
        make: an object of the class.
        examples: three examples, an array or a list.
        reference: what `run` should give for them.
        tolerance: largest difference, relative to the largest number of the reference; 0 for equal bits.
        sums_up: a run gives one result for all examples, not one for each.
        exceptions: checks that do not apply, each with the reason.
        label: tells rows of one class apart.
    """

    make: Callable[[], Any]
    examples: Any
    reference: Callable[[Any], Any]
    tolerance: float = 0.0
    sums_up: bool = False
    exceptions: Mapping[str, str] = field(default_factory=dict)
    label: str = ""

    @property
    def cls(self) -> type:
        return type(self.make())

    @property
    def registry(self) -> Registry:
        """The registry that the class is in."""
        return next(item for item in REGISTRIES.values() if self.cls in item.classes.values())

    @property
    def reasons(self) -> dict[str, str]:
        """All exceptions."""
        family = self.registry.family
        reason = f"{family}: no part of a network"
        return {**({} if family in SAVED else {"saves": reason, "checkpoints": reason}), **self.exceptions}

    def __str__(self) -> str:
        return "-".join(filter(None, (snake_case(self.cls.__name__), self.label)))

    @abstractmethod
    def run(self, obj: Any, examples: Any, batch_size: int) -> np.ndarray:
        """What the object computes of each example."""

    @abstractmethod
    def run_saved(self, obj: Any, folder: Path) -> np.ndarray:
        """`run`, after the object has been to a file in `folder`."""

    @abstractmethod
    def run_restored(self, obj: Any, folder: Path) -> np.ndarray:
        """`run`, of a network built again, with what another one saved in `folder`."""


@final
@dataclass(frozen=True, kw_only=True)
class ObjectRow(Row):
    """A class that works by itself; `runs(obj, examples, batch_size)` is `run`."""

    runs: Callable[[Any, Any, int], Any]

    def run(self, obj: Any, examples: Any, batch_size: int) -> np.ndarray:
        return np.asarray(self.runs(obj, examples, batch_size))

    def run_saved(self, obj: Any, folder: Path) -> np.ndarray:
        return self.run(through_text(self.registry, obj), self.examples, len(self.examples))

    def run_restored(self, obj: Any, folder: Path) -> np.ndarray:
        raise NotImplementedError("a class that works by itself has no checkpoint; say so in `exceptions`")


@final
@dataclass(frozen=True, eq=False)
class Net:
    """A network with one input and one output.

    Attributes:
        compiler: without its batch size.
        record: GeNN variables of `watched` (by default the target), and "spikes"; nothing gives the target's readout.
    """

    network: Network
    source: Population
    target: Population
    compiler: Any
    record: Sequence[str] = ()
    watched: Population | None = None

    def run(self, compiler: Any, examples: Any) -> np.ndarray:
        """The recorded things, [example][what][timestep][neuron], or readouts, [example][neuron]."""
        watched = self.watched or self.target
        recorders = [
            SpikeRecorder(watched, key=name) if name == "spikes" else VarRecorder(watched, genn_var=name, key=name)
            for name in self.record
        ]
        outputs = [] if self.record else [self.target]
        with compiler.compile(self.network) as compiled:
            readouts, data = compiled.predict({self.source: examples}, outputs, callbacks=recorders)
            steps, dt = compiled.timesteps_per_batch, compiled.genn_model.dt
        if not self.record:
            return np.asarray(readouts[self.target])
        recorded = [
            trains(data[name], steps, watched.num_neurons, dt) if name == "spikes" else np.array(data[name])
            for name in self.record
        ]
        return np.stack(recorded, axis=1)

    def saved(self, path: Path) -> tuple[Net, Any]:
        """The same network read back from a file, and a compiler for one batch."""
        save_network(path, self.network, self.source, self.target, self.compiler)
        read = load_network(path)
        named = {population.name: population for population in read.network.populations}
        watched = named[self.watched.name] if self.watched else None
        net = Net(read.network, read.inputs[0], read.outputs[0], None, self.record, watched)
        return net, read.create_compiler(batch_size=3)


@final
@dataclass(frozen=True, kw_only=True)
class NetworkRow(Row):
    """A class that works in a network, which `build(obj)` makes; `measure` sums up what came out of it."""

    build: Callable[[Any], Net]
    measure: Callable[[np.ndarray], np.ndarray] | None = None

    def run(self, obj: Any, examples: Any, batch_size: int) -> np.ndarray:
        net = self.build(obj)
        net.compiler.batch_size = batch_size
        return self.measured(net.run(net.compiler, examples))

    def measured(self, result: np.ndarray) -> np.ndarray:
        return result if self.measure is None else self.measure(result)

    def run_saved(self, obj: Any, folder: Path) -> np.ndarray:
        net, compiler = self.build(obj).saved(folder / "network.h5")
        return self.measured(net.run(compiler, self.examples))

    def run_restored(self, obj: Any, folder: Path) -> np.ndarray:
        net, files = self.build(obj), Numpy(folder)
        with net.compiler.compile(net.network) as compiled:
            compiled.save((0,), files)
            compiled.save_connectivity((0,), files)
        again = self.build(obj)
        if any(folder.iterdir()):  # numbers that are one for all synapses or neurons are not saved
            spoil(again.network)
            again.network.load((0,), files)
        again.compiler.batch_size = 3
        return self.measured(again.run(again.compiler, self.examples))


def spoil(network: Network) -> None:
    """Replace everything that a checkpoint holds by other numbers."""
    described = [item.connectivity for item in network.connections] + [item.neuron for item in network.populations]
    for obj in described:
        for value in declared_values(type(obj)):
            given = getattr(obj, value.name)
            is_saved = given is not None and value.genn_name and value.to_genn is None and not value.state
            if is_saved and not is_number(given):
                setattr(obj, value.name, 3.0)


def through_text(family: Registry, obj: Any) -> Any:
    """The object made anew from its description as text and arrays."""
    writer = Writer()
    text = json.dumps(writer.describe(obj, family), allow_nan=False)
    return Reader(writer.arrays).create(json.loads(text), family)


def trains(recorded: tuple[Any, Any], steps: int, neurons: int, dt: float) -> np.ndarray:
    """Recorded spikes as 0 and 1, [example][timestep][neuron]."""
    spikes = np.zeros((len(recorded[0]), steps, neurons))
    for example, (times, ids) in enumerate(zip(*recorded, strict=True)):
        spikes[example, np.rint(np.asarray(times) / dt).astype(int), ids] = 1
    return spikes


def frozen(obj: Any) -> Any:
    """All that an object holds, nested objects and arrays as well, in a form that can be compared."""
    if isinstance(obj, np.ndarray):
        return obj.dtype.str, obj.shape, obj.tobytes()
    if isinstance(obj, Mapping):
        return {key: frozen(value) for key, value in obj.items()}
    if isinstance(obj, list | tuple):
        return type(obj), [frozen(item) for item in obj]
    if hasattr(obj, "__dict__") and not isinstance(obj, type | Population) and not callable(obj):
        return type(obj), {name: frozen(value) for name, value in vars(obj).items()}
    return obj


def twice(examples: Any) -> Any:
    """The examples, and then again."""
    return np.concatenate([examples, examples]) if isinstance(examples, np.ndarray) else [*examples, *examples]
