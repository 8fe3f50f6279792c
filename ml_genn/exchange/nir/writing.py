"""A network as a NIR graph."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, final

import numpy as np

from ...connection import Connection
from ...errors import DescriptionError
from ...layer import underlying_population
from ...network import Network
from ...population import Population
from ...registry import COMPILERS, NEURONS, SYNAPSES
from ...serialisers.plain import Writer
from ...synapses import Delta
from .arrangement import order_of
from .inputs import reaches_as_current
from .library import nir_library
from .notes import add_note, describe
from .order import Order
from .pairs import Ends, NeuronPair, PathPair, Terms
from .problems import Problem, Refusal, refuse_all
from .registry import INPUT_PAIRS, NEURON_PAIRS, PATH_PAIRS, refusal_of
from .steps import Steps
from .timing import LAYERED, Link, times_in_graph
from .weights import common_delay

Result = TypeVar("Result")
OF_THE_RUN = frozenset(("engine", "num_threads", "communicator", "kernel_profiling", "count_spikes"))
LATENCIES = ("removed", "kept")
INPUT = "{}_input"
OUTPUT = "{}_output"


def export_nir(
    network: Network,
    inputs: Any,
    outputs: Any,
    *,
    compiler: Any = None,
    steps: str = "euler",
    soft_reset: bool = False,
    latency: str = "removed",
) -> Any:
    """A network as a NIR graph.

    Args:
        network: what to export.
        inputs, outputs: its input and output populations or layers, or sequences of them.
        compiler: the compiler that runs it, for its timestep and for whoever imports the graph; None for dt = 1 ms.
        steps: the rule by which readers make steps of equations, "euler" or "exact".
        soft_reset: let metadata say that neurons reset by subtraction, where it would be refused.
        latency: "removed" lets a spike arrive in the step in which it is sent, as other tools do; "kept" delays each
            connection by its step. A compiler that runs layers one after another leaves no latency to keep.

    Returns:
        A nir.NIRGraph.

    Raises:
        UnsupportedModelError: NIR cannot express the network; everything in the way is listed.
        UnsupportedError: the package nir is not installed.
        DescriptionError: an unknown rule or latency, or latency that a layered network does not have.
    """
    if latency not in LATENCIES:
        raise DescriptionError(f"latency must be one of {', '.join(LATENCIES)}, got {latency!r}")
    if getattr(compiler, "layered", False):
        if latency == "kept":
            raise DescriptionError("a network that runs layer by layer has no latency to keep; use latency='removed'")
        latency = LAYERED
    nir_library()
    terms = Terms(Steps(getattr(compiler, "dt", 1.0), steps), soft_reset)
    export = _Export(network, _populations(inputs), _populations(outputs), terms)
    graph = export.graph(latency)
    add_note(graph, dt=terms.steps.dt, steps=steps, latency=latency, compiler=_describe_compiler(compiler))
    return graph


@final
@dataclass(frozen=True, eq=False)
class _Neurons:
    """A population that can be expressed."""

    population: Population
    order: Order
    pair: NeuronPair | None
    """None for an Input node alone."""
    synapse: Any


@final
class _Export:
    """One export: nodes, edges and problems as they are found."""

    def __init__(
        self, network: Network, inputs: Sequence[Population], outputs: Sequence[Population], terms: Terms
    ) -> None:
        self.network, self.inputs, self.outputs, self.terms = network, inputs, outputs, terms
        self.problems: list[Problem] = []
        self.nodes: dict[str, Any] = {}
        self.edges: list[tuple[str, str]] = []

    def graph(self, latency: str) -> Any:
        """The whole graph; raises UnsupportedModelError."""
        names = [population.name for population in self.network.populations]
        links = [self._link(connection) for connection in self.network.connections]
        starts, delays = times_in_graph(names, links, latency)
        neurons = {population: self._neurons(population) for population in self.network.populations}
        for population, found in neurons.items():
            if found is not None:
                self._add_neurons(population, found, starts[population.name])
        carriers = {population: self._carrier(population, found) for population, found in neurons.items()}
        for connection, delay in zip(self.network.connections, delays, strict=True):
            source, target = connection.ends
            self._add_path(connection, neurons[source], neurons[target], delay, carriers[target] is connection)
        for population in self.outputs:
            self._add_output(population, neurons[population])
        refuse_all("the network cannot be written as NIR", self.problems)
        return nir_library().NIRGraph(self.nodes, self.edges, metadata={}, type_check=False)

    @contextmanager
    def _collect(self, owner: str, obj: Any) -> Iterator[None]:
        try:
            yield
        except Refusal as refusal:
            self.problems.append(Problem(owner, type(obj).__name__, refusal.reason, refusal.remedy))

    def _attempt(self, owner: str, obj: Any, work: Callable[[], Result]) -> Result | None:
        """What `work` gives; None, and a problem more, where it is refused."""
        with self._collect(owner, obj):
            return work()
        return None

    def _link(self, connection: Connection) -> Link:
        source, target = connection.ends
        connectivity = connection.connectivity
        delay = self._attempt(connection.describe(), connectivity, lambda: common_delay(connectivity))
        return Link(source.name, target.name, delay or 0)

    def _neurons(self, population: Population) -> _Neurons | None:
        neuron = population.neuron
        return self._attempt(population.name, neuron, lambda: _classify(population, population in self.inputs))

    def _add_neurons(self, population: Population, found: _Neurons, start: int) -> None:
        name, neuron, order = population.name, population.neuron, found.order
        pair = found.pair
        if pair is None or pair.input_neuron == type(neuron).__name__:
            node = nir_library().Input(np.array(order.shape))
            self._add(name if pair is None else INPUT.format(name), node, name, neuron)
        if pair is not None:
            with self._collect(name, neuron):
                node = pair.write(neuron, found.synapse, order, self.terms)
                self._add(name, node, name, neuron)
                if pair.input_neuron == type(neuron).__name__:
                    self.edges.append((INPUT.format(name), name))
        if name in self.nodes:
            plain = describe(neuron, NEURONS)
            plain["arguments"].pop("bias", None)  # other nodes hold it
            note = {"neuron": plain, "synapse": describe(found.synapse, SYNAPSES)}
            add_note(self.nodes[name], **note, shape=list(population.known_shape), start=start)

    def _carrier(self, population: Population, found: _Neurons | None) -> Connection | None:
        """The connection whose nodes hold the bias of its target, if it has one."""
        if found is None or not np.any(self._attempt(population.name, population.neuron, lambda: self._bias(found))):
            return None
        for connection in self.network.connections:
            pair = _path_pair(connection, bias=True)
            if connection.ends[1] is population and pair is not None:
                return connection
        with self._collect(population.name, population.neuron):
            raise Refusal(
                "no connection that leads to it can hold its bias, or what stands for a leaky membrane's initial value",
                "let one have Dense, Conv2D, AvgPoolConv2D or AvgPoolDense2D connectivity, or use bias=0 and v=0",
            )
        return None

    def _add_path(
        self, connection: Connection, source: _Neurons | None, target: _Neurons | None, delay: int, with_bias: bool
    ) -> None:
        connectivity = connection.connectivity
        with self._collect(connection.describe(), connectivity):
            pair = _path_pair(connection, bias=with_bias)
            if pair is None:
                refused = refusal_of(
                    type(connectivity).__name__, ", ".join(sorted({p.connectivity for p in PATH_PAIRS}))
                )
                raise Refusal(refused.reason, refused.remedy)
            if source is None or target is None:
                return
            bias = self._bias(target) if with_bias else None
            nodes = list(pair.write(connectivity, connection, Ends(source.order, target.order), bias))
            if delay:
                seconds = np.full(source.order.shape, self.terms.steps.delay_to_nir(delay))
                nodes.insert(0, ("delay", nir_library().Delay(seconds)))
            self._add_chain(connection, nodes)

    def _add_chain(self, connection: Connection, nodes: Sequence[tuple[str, Any]]) -> None:
        source, target = connection.ends
        names = [f"{connection.name}_{suffix}" if suffix else connection.name for suffix, _ in nodes]
        for name, (_, node) in zip(names, nodes, strict=True):
            self._add(name, node, connection.describe(), connection.connectivity)
        chain = [source.name, *names, target.name]
        self.edges += itertools.pairwise(chain)

    def _bias(self, target: _Neurons) -> Any:
        pair = target.pair
        return None if pair is None else pair.bias_to_nir(target.population.neuron, target.order, self.terms)

    def _add_output(self, population: Population, found: _Neurons | None) -> None:
        if found is not None:
            name = OUTPUT.format(population.name)
            self._add(name, nir_library().Output(np.array(found.order.shape)), population.name, population.neuron)
            self.edges.append((population.name, name))

    def _add(self, name: str, node: Any, owner: str, obj: Any) -> None:
        with self._collect(owner, obj):
            if name in self.nodes:
                raise Refusal(f"there are two nodes called {name!r}", "rename the population or the connection")
            if "/" in name or name in ("", "."):
                raise Refusal(f"the file format has no place for the name {name!r}", "rename it without '/'")
            self.nodes[name] = node


def _classify(population: Population, is_input: bool) -> _Neurons:
    """The pair of a population; raises Refusal."""
    neuron = population.neuron
    synapse = _common_synapse(population)
    pair = next((pair for pair in NEURON_PAIRS if pair.covers(neuron, synapse)), None)
    stands_alone = any(entry.neuron == type(neuron).__name__ for entry in INPUT_PAIRS)
    if pair is None and not stands_alone:
        if type(neuron).__name__ in {entry.neuron for entry in NEURON_PAIRS}:
            raise Refusal(
                f"NIR has no node for {type(synapse).__name__} synapses at such neurons",
                "use Delta synapses, or LeakyIntegrate and LeakyIntegrateFire neurons with a finite tau_mem",
            )
        refused = refusal_of(type(neuron).__name__, ", ".join(sorted({entry.neuron for entry in NEURON_PAIRS})))
        raise Refusal(refused.reason, refused.remedy)
    if not is_input and not population.incoming_connections:
        raise Refusal("no connection leads to it, and it is no input", "connect it, or name it among the inputs")
    return _Neurons(population, order_of(population), pair, synapse)


def _common_synapse(population: Population) -> Any:
    incoming = [connection for reference in population.incoming_connections if (connection := reference())]
    synapses = [Delta() if reaches_as_current(connection) else connection.synapse for connection in incoming]
    if any(not _equal(synapse, synapses[0]) for synapse in synapses):
        raise Refusal("its connections have different synapses, and NIR's neurons have one", "use the same for all")
    return synapses[0] if synapses else Delta()


def _equal(one: Any, other: Any) -> bool:
    writers = Writer(), Writer()
    plain = [writer.describe(synapse, SYNAPSES) for writer, synapse in zip(writers, (one, other), strict=True)]
    arrays: list[Mapping[str, np.ndarray]] = [writer.arrays for writer in writers]
    return plain[0] == plain[1] and all(np.array_equal(arrays[0][key], arrays[1][key]) for key in arrays[0])


def _path_pair(connection: Connection, *, bias: bool) -> PathPair | None:
    name = type(connection.connectivity).__name__
    return next((pair for pair in PATH_PAIRS if pair.connectivity == name and pair.carries_bias >= bias), None)


def _populations(items: Any) -> list[Population]:
    return [underlying_population(item) for item in (items if isinstance(items, Sequence) else (items,))]


def _describe_compiler(compiler: Any) -> Any:
    if compiler is None:
        return None
    plain = describe(compiler, COMPILERS)
    return {**plain, "arguments": {k: v for k, v in plain["arguments"].items() if k not in OF_THE_RUN}}
