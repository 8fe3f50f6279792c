"""Which populations of a network have rows and columns in its graph, and so NIR's order of channels first."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from ...connection import Connection
from ...connectivity.spatial import image_shape
from ...population import Population
from .order import Order, image_order
from .problems import Refusal
from .registry import PATH_PAIRS

MAKES_IMAGE = {pair.connectivity: pair.makes_image for pair in PATH_PAIRS}
NEEDS_IMAGE = frozenset(("Conv2D", "AvgPool2D", "AvgPoolConv2D", "AvgPoolDense2D"))


def order_of(population: Population) -> Order:
    """The order of a population, from its shape and the connections that lead to it and away.

    Raises:
        Refusal: some connections need rows and columns that others cannot give.
    """
    makes = {MAKES_IMAGE.get(_kind(connection)) for connection in _incoming(population)} - {None}
    needs = any(_kind(connection) in NEEDS_IMAGE for connection in _outgoing(population))
    if False in makes and (needs or True in makes):
        raise Refusal(
            "Dense or Sparse connectivity leads to it, and rows and columns are needed too; NIR has no node that makes "
            "rows and columns of a vector",
            "use convolution or pooling only, or Dense only",
        )
    shape = population.known_shape
    if False in makes or (len(shape) not in (2, 3) and True not in makes):
        return _as_source(population) or Order((population.num_neurons,))
    return image_order(*_image(population))


def _image(population: Population) -> tuple[int, int, int]:
    if len(population.known_shape) in (2, 3):
        return image_shape(population, population, "an image's")
    return next(filter(None, map(_output_image, _incoming(population))))


def _output_image(connection: Connection) -> tuple[int, int, int] | None:
    """Rows, columns and channels of a target that is flattened."""
    connectivity: Any = connection.connectivity
    if not MAKES_IMAGE.get(_kind(connection)):
        return None
    probe = Population(connection.ends[1].neuron, add_to_model=False)
    spread = _unflattened(connectivity)
    spread.connect(connection.ends[0], probe)
    rows, columns, channels = probe.known_shape
    return rows, columns, channels


def _unflattened(connectivity: Any) -> Any:
    spread = copy.copy(connectivity)
    spread.flatten = False
    return spread


def _as_source(population: Population) -> Order | None:
    """The order of an image whose neurons lead to those of a vector one by one."""
    for connection in _incoming(population):
        source = connection.ends[0]
        if _kind(connection) == "OneToOne" and source is not population and _is_flat_image(source):
            return order_of(source)
    return None


def _is_flat_image(population: Population) -> bool:
    return any(MAKES_IMAGE.get(_kind(connection)) for connection in _incoming(population))


def _kind(connection: Connection) -> str:
    return type(connection.connectivity).__name__


def _incoming(population: Population) -> Iterator[Connection]:
    return filter(None, (reference() for reference in population.incoming_connections))


def _outgoing(population: Population) -> Iterator[Connection]:
    return filter(None, (reference() for reference in population.outgoing_connections))
