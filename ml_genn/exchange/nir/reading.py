"""A network from a NIR graph."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, final

import numpy as np

from ...connection import Connection
from ...errors import DescriptionError
from ...network import Network
from ...neurons import Input
from ...population import Population
from ...registry import COMPILERS, NEURONS, SYNAPSES
from ...serialisers.plain import Reader
from .graph import FlatGraph, Path
from .inputs import synapse_of
from .library import nir_library
from .maps import apply, as_synapses
from .notes import created, described, read_note
from .order import Order
from .pairs import Ends, NeuronPair, Terms
from .problems import Problem, Refusal, refuse_all
from .registry import NEURON_PAIRS, PATH_PAIRS
from .steps import Steps
from .timing import LAYERED, Link, delays_in_network, within_cycles
from .weights import bias_of

COMPILER = "inference_compiler"
TIMESTEPS = 100
"""Of an example, where a graph says nothing."""


@final
@dataclass(frozen=True, eq=False)
class ImportedNetwork:
    """A network read from a graph.

    Args:
        network: the network.
        inputs, outputs: its input and output populations, in the graph's order.
        compiler: registered name of a compiler for it.
        compiler_arguments: arguments that this compiler is to be made with.
    """

    network: Network
    inputs: tuple[Population, ...]
    outputs: tuple[Population, ...]
    compiler: str
    compiler_arguments: Mapping[str, Any]

    def create_compiler(self, **changes: Any) -> Any:
        """The compiler, with some arguments changed, as `evaluate_timesteps` or `batch_size`."""
        return COMPILERS.class_of(self.compiler)(**{**self.compiler_arguments, **changes})


def import_nir(
    graph: Any, *, dt: float | None = None, steps: str | None = None, input_neuron: Any = "spike_input"
) -> ImportedNetwork:
    """The network that a NIR graph describes.

    Args:
        graph: a nir.NIRGraph.
        dt: timestep [ms]; None for that of the graph's note, else 1.
        steps: the rule by which the graph's equations become steps, "euler" or "exact"; None for the note's, else
            "euler".
        input_neuron: an input neuron, or the name of one, for Input nodes that do not say what they stand for.

    Raises:
        UnsupportedModelError: nodes without counterpart here; all of them are listed.
        ModelFileError: the graph is broken.
        DescriptionError: `input_neuron` takes no input, or an unknown rule.
        UnsupportedError: the package nir is not installed.
    """
    nir_library()
    note = read_note(graph)
    default = NEURONS.resolve(input_neuron)
    if not isinstance(default, Input):
        raise DescriptionError(f"input_neuron must take input data, as spike_input does, got {input_neuron!r}")
    terms = Terms(
        Steps(
            float(note.get("dt", 1.0)) if dt is None else dt,
            str(note.get("steps", "euler")) if steps is None else steps,
        ),
        soft_reset=True,
    )
    return _Import(FlatGraph(graph), terms, default).network(note)


@final
@dataclass(frozen=True, eq=False)
class _Neurons:
    """A population to be made."""

    name: str
    order: Order
    shape: tuple[int, ...]
    neuron: Any
    synapse: Any
    start: Any
    pair: NeuronPair | None


@final
class _Import:
    """One import."""

    def __init__(self, graph: FlatGraph, terms: Terms, input_neuron: Any) -> None:
        self.graph, self.terms, self.input_neuron = graph, terms, input_neuron
        self.problems: list[Problem] = []

    def network(self, note: Mapping[str, Any]) -> ImportedNetwork:
        """The whole network; raises UnsupportedModelError."""
        shapes = self.graph.shapes()
        driven = self._driven()
        plans = {
            name: plan for name in shapes if name not in driven and (plan := self._neurons(name, shapes[name], driven))
        }
        refuse_all("the graph cannot be read", self.problems)
        paths = sorted((path for name in plans for path in self.graph.paths(name)), key=lambda path: path.first_edge)
        outputs = [self._output(path) for path in paths if self.graph.kind(path.target) == "Output"]
        paths = [path for path in paths if path.target in plans]
        for path in paths:
            if plans[path.target].pair is None:
                self._refuse(path.target, "Input", "an edge leads to it", "let edges begin at Input nodes only")
        connectivity = [self._connectivity(path, plans) for path in paths]
        self._take_biases(plans)
        links = [Link(path.source, path.target, self._delay(path)) for path in paths]
        layered = note["latency"] == LAYERED if "latency" in note else not within_cycles(list(plans), links)
        delays = delays_in_network(list(plans), links, _starts(plans), layered=layered)
        refuse_all("the graph cannot be read", self.problems)
        network, populations = self._build(plans, paths, connectivity, delays)
        inputs = tuple(populations[driven.get(name, name)] for name in self.graph.of_kind("Input"))
        results = tuple(populations[name] for name in outputs)
        return ImportedNetwork(network, inputs, results, *self._compiler(note.get("compiler"), layered))

    def _compiler(self, noted: Any, layered: bool) -> tuple[str, dict[str, Any]]:
        """Name and arguments of the noted compiler, where it can be made, else of one for inference."""
        needed = {"dt": self.terms.steps.dt, "layered": layered}
        default = {"name": COMPILER, "arguments": {"evaluate_timesteps": TIMESTEPS}}
        known: Mapping[str, Any] = noted if created(noted, COMPILERS, None) is not None else default
        return known["name"], {**Reader({}).arguments(known), **needed}

    @contextmanager
    def _collect(self, name: str) -> Iterator[None]:
        try:
            yield
        except Refusal as refusal:
            self._refuse(name, self.graph.kind(name), refusal.reason, refusal.remedy)
        except DescriptionError as error:
            self._refuse(name, self.graph.kind(name), str(error), "correct the graph")

    def _refuse(self, *words: str) -> None:
        self.problems.append(Problem(*words))

    def _driven(self) -> dict[str, str]:
        """Input -> neurons, where data take the place of all synaptic input of these neurons."""
        with_input = {pair.node for pair in NEURON_PAIRS if pair.input_neuron}
        return {
            name: after[0]
            for name in self.graph.of_kind("Input")
            if len(after := self.graph.after(name)) == 1
            and self.graph.kind(after[0]) in with_input
            and self.graph.before(after[0]) == [name]
        }

    def _neurons(self, name: str, shape: tuple[int, ...], driven: Mapping[str, str]) -> _Neurons | None:
        node, note = self.graph.nodes[name], read_note(self.graph.nodes[name])
        order = Order(shape)
        own = _own_shape(note.get("shape"), order)
        if self.graph.kind(name) == "Input":
            neuron = created(note.get("neuron"), NEURONS, self.input_neuron)
            kept = neuron if isinstance(neuron, Input) else self.input_neuron
            return _Neurons(name, order, own, kept, None, note.get("start"), None)
        pair = next(pair for pair in NEURON_PAIRS if pair.node == self.graph.kind(name))
        with self._collect(name):
            wide = _widened(node, order)
            neuron, synapse = pair.read(wide, order, self.terms)
            if name in driven.values():
                neuron = _as_input(neuron, NEURONS.class_of(_registered(pair.input_neuron)))
            exact = (
                described(note.get("neuron"), NEURONS, neuron),
                described(note.get("synapse"), SYNAPSES, synapse),
            )
            if self._writes(pair, exact, order, node):
                neuron, synapse = exact
            return _Neurons(name, order, own, neuron, synapse, note.get("start"), pair)
        return None

    def _writes(self, pair: NeuronPair, neurons: tuple[Any, Any], order: Order, node: Any) -> bool:
        """Whether neurons would be written as this very node: else its note belongs to another."""
        try:
            written = pair.write(*neurons, order, self.terms)
        except Refusal:
            return False
        same = pair.covers(*neurons) and written.metadata.get("reset") == node.metadata.get("reset")
        return same and all(
            np.array_equal(getattr(written, name), getattr(node, name)) for name in _parameters(written)
        )

    def _output(self, path: Path) -> str:
        if any(self.graph.kind(name) != "Flatten" for name in path.names) or self.graph.kind(path.source) == "Input":
            self._refuse(
                path.target,
                "Output",
                f"no neurons lead to it from {path.source!r}",
                "end with LI, I or spiking neurons",
            )
        return path.source

    def _connectivity(self, path: Path, plans: Mapping[str, _Neurons]) -> Any:
        source, target = plans[path.source], plans[path.target]
        ends = Ends(source.order, target.order)
        owner = path.names[-1] if path.names else path.target
        nodes = [node for name, node in zip(path.names, self.graph.between(path.names), strict=True)]
        kinds = tuple(kind for name in path.names if (kind := self.graph.kind(name)) not in ("Delay", "Flatten"))
        named = [node for node in nodes if type(node).__name__ not in ("Delay", "Flatten")]
        with self._collect(owner):
            for pair in PATH_PAIRS:
                found = pair.read(named, ends, len(target.shape) == 1) if pair.nodes == kinds else None
                if found is not None:
                    return found
            return as_synapses(nodes, ends)
        return None

    def _affine(self) -> list[str]:
        """Nodes that have a bias."""
        return [name for name, node in self.graph.nodes.items() if bias_of(node) is not None]

    def _take_biases(self, plans: Mapping[str, _Neurons]) -> None:
        """Give neurons what the biases of nodes become on their way to them."""
        totals: dict[str, np.ndarray] = {}
        for name in self._affine():
            values = _spread(np.asarray(bias_of(self.graph.nodes[name])), self.graph.shape_behind[name])[np.newaxis]
            with self._collect(name):
                for path in self.graph.paths(name):
                    if path.target in plans:
                        shape = plans[path.target].order.shape
                        current = apply(self.graph.between(path.names), values).reshape(shape)
                        totals[path.target] = totals.get(path.target, 0.0) + current
        for name, plan in plans.items():
            if plan.pair is not None:
                total = plan.order.from_nir(totals[name]) if name in totals else 0.0
                with self._collect(name):
                    plan.pair.take_bias(plan.neuron, total, self.terms)

    def _delay(self, path: Path) -> int:
        total = 0
        for name in path.names:
            if self.graph.kind(name) == "Delay":
                with self._collect(name):
                    total += self.terms.steps.delay_from_nir(self.graph.nodes[name].delay)
        return total

    def _build(
        self,
        plans: Mapping[str, _Neurons],
        paths: Sequence[Path],
        connectivity: Sequence[Any],
        delays: Sequence[int],
    ) -> tuple[Network, dict[str, Population]]:
        network = Network()
        with network:
            populations = {name: Population(plan.neuron, plan.shape, name=name) for name, plan in plans.items()}
            taken: set[str] = set()
            for path, found, delay in zip(paths, connectivity, delays, strict=True):
                found.delay = delay
                name = path.names[-1] if path.names and path.names[-1] not in taken else None
                taken |= {name} if name else set()
                synapse = synapse_of(plans[path.source].neuron, plans[path.target].synapse)
                Connection(populations[path.source], populations[path.target], found, synapse, name)
        return network, populations


def _starts(plans: Mapping[str, _Neurons]) -> dict[str, int] | None:
    """When populations start, if all of them say so."""
    starts = {name: plan.start for name, plan in plans.items()}
    return starts if all(isinstance(start, int) for start in starts.values()) else None


def _own_shape(noted: Any, order: Order) -> tuple[int, ...]:
    """Our shape of a population: that of its note where it fits."""
    shape = tuple(noted) if isinstance(noted, list) and all(isinstance(size, int) for size in noted) else ()
    fits = [order.own_shape, (order.size,)]
    if order.is_image and order.shape[0] == 1:
        fits.append(order.shape[1:])
    if shape in fits or (shape and not order.is_image and math.prod(shape) == order.size):
        return shape
    return order.own_shape


def _parameters(node: Any) -> list[str]:
    left_out = ("metadata", "input_type", "output_type")
    return [field.name for field in dataclasses.fields(node) if field.name not in left_out]


def _widened(node: Any, order: Order) -> Any:
    """The node with its parameters in the shape of its neurons.

    Raises:
        Refusal: they have another one.
    """
    values: dict[str, Any] = {"metadata": node.metadata}
    for name in _parameters(node):
        array = np.asarray(getattr(node, name))
        try:
            values[name] = (
                array.reshape(order.shape) if array.size == order.size else np.broadcast_to(array, order.shape)
            )
        except ValueError as error:
            raise Refusal(
                f"its {name} of shape {array.shape} does not fit neurons of shape {order.shape}", "correct the graph"
            ) from error
    return SimpleNamespace(**values)


def _spread(bias: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A bias, given once for each channel or neuron, in the shape of what leaves its node."""
    return np.broadcast_to(bias.reshape(-1, *[1] * (len(shape) - 1)), shape)


def _as_input(neuron: Any, cls: type) -> Any:
    """The input neuron of a class with the parameters of another neuron."""
    names = [name for name in inspect.signature(cls).parameters if hasattr(neuron, name)]
    return cls(**{name: getattr(neuron, name) for name in names})


def _registered(class_name: str) -> str:
    return next(name for name, cls in NEURONS.classes.items() if cls.__name__ == class_name)
