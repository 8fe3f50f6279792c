"""What every compiler checks before it starts."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import DescriptionError
from ..network import Network
from ..population import Population


def check_network(network: Network) -> None:
    """Check that a network is complete.

    Raises:
        DescriptionError: it is empty, a population has no shape, or max-pooling neurons and connectivity are not
            together.
    """
    if not network.populations:
        raise DescriptionError("the network is empty; create populations inside its ``with network:`` block")
    without = [population.name for population in network.populations if population.shape is None]
    if without:
        raise DescriptionError(
            f"All populations need to have a shape before compiling network; {', '.join(without)} has none"
        )
    for population in network.populations:
        _check_maximum(population)


def refuse_unknown(function: Callable[..., Any], given: Mapping[str, Any]) -> None:
    """Refuse keyword arguments that a function does not have.

    Raises:
        DescriptionError: there are some; the message gives the nearest names.
    """
    known = [name for name, item in inspect.signature(function).parameters.items() if item.kind != item.VAR_KEYWORD]
    for name in sorted(set(given) - set(known)):
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else f"it takes {', '.join(known)}"
        raise DescriptionError(f"{function.__qualname__} has no argument {name!r}; {hint}")


def _check_maximum(population: Population) -> None:
    connections = [connection for reference in population.incoming_connections if (connection := reference())]
    selecting = [connection for connection in connections if connection.connectivity.selects_maximum]
    kind = type(population.neuron).__name__
    if not population.neuron.takes_maximum:
        if selecting:
            raise DescriptionError(
                f"{selecting[0].describe()}: {type(selecting[0].connectivity).__name__} connectivity needs a "
                f"FewSpikeMaxPool or SpikeMaxPool target, {population} has {kind}"
            )
    elif len(connections) != 1 or not selecting:
        raise DescriptionError(f"{population}: {kind} neurons need exactly one connection, with MaxPool2D")
