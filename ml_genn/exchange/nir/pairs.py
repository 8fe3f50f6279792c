"""What maps to what: the one table of both directions.

A NeuronPair is a class of ours with its synapses and the NIR node that has its equation; a PathPair is connectivity and
the nodes between two neurons that compute the same; an InputPair says what an Input node stands for. Each family's file
makes its pairs; `registry.py` lists them, and the documentation's table is made from them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from .order import Order
from .steps import Steps


@final
@dataclass(frozen=True)
class Terms:
    """What both directions agree on.

    Args:
        steps: timestep and rule.
        soft_reset: whether a reset by subtraction may be told in metadata alone.
    """

    steps: Steps = field(default_factory=Steps)
    soft_reset: bool = False


@final
@dataclass(frozen=True)
class NeuronPair:
    """Neurons of ours and a NIR node.

    Args:
        neuron, synapse, node: names of the classes.
        equation: what both compute in a step.
        write: (neuron, synapse, order, terms) -> node.
        read: (node, order, terms) -> (neuron, synapse).
        bias_to_nir: (neuron, order, terms) -> current in each step, in NIR's order and shape.
        take_bias: (neuron, current in our order, terms) gives the neuron such a current, 0 for none, once.
        input_neuron: name of the class whose input data take the place of synaptic input; empty if there is none.
        without_leak: of neurons with a time constant, those whose constant is infinite.
    """

    neuron: str
    synapse: str
    node: str
    equation: str
    write: Callable[[Any, Any, Order, Terms], Any]
    read: Callable[[Any, Order, Terms], tuple[Any, Any]]
    bias_to_nir: Callable[[Any, Order, Terms], np.ndarray]
    take_bias: Callable[[Any, Any, Terms], None]
    input_neuron: str = ""
    without_leak: bool = False

    def covers(self, neuron: Any, synapse: Any) -> bool:
        """Whether it is the pair for such a population."""
        endless = bool(np.isinf(getattr(neuron, "tau_mem", 0.0)).all())
        return (
            type(neuron).__name__ in (self.neuron, self.input_neuron)
            and type(synapse).__name__ == self.synapse
            and endless == self.without_leak
        )


@final
@dataclass(frozen=True)
class Ends:
    """The populations at the ends of a connection, as a graph orders them."""

    source: Order
    target: Order


Nodes = Sequence[tuple[str, Any]]


@final
@dataclass(frozen=True)
class PathPair:
    """Connectivity of ours and the nodes of a path.

    Args:
        connectivity: name of the class.
        nodes: names of the nodes' classes, from source to target, without Delay and Flatten.
        write: (connectivity, connection, ends, bias) -> nodes with suffixes of their names; a bias that is not None
            must be in them.
        read: (nodes, ends, flat) -> connectivity, or None where these nodes compute something else; `flat` is whether
            the target is one-dimensional.
        carries_bias: whether one of the nodes can hold a bias.
        makes_image: the target has rows and columns; None for whatever the source has.
    """

    connectivity: str
    nodes: tuple[str, ...]
    write: Callable[[Any, Any, Ends, Any], Nodes]
    read: Callable[[Sequence[Any], Ends, bool], Any]
    carries_bias: bool
    makes_image: bool | None


@final
@dataclass(frozen=True)
class InputPair:
    """A class of input neurons, and what an Input node stands for in its place."""

    neuron: str
    stands_for: str


@final
@dataclass(frozen=True)
class Refused:
    """A class that NIR has no node for; `*` in its name stands for anything."""

    class_name: str
    reason: str
    remedy: str
