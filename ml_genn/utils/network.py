"""Populations and connections behind layers, and the order of a network, by the import paths of earlier versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import DescriptionError
from ..layer import underlying_connection, underlying_population
from ..population import Population

get_underlying_pop = underlying_population
get_underlying_conn = underlying_connection


def get_network_dag(inputs: Any, outputs: Any) -> list[Population]:
    """The populations that input reaches, each after all those that it gets input from.

    Args:
        inputs, outputs: a population or layer, or a sequence of them.

    Raises:
        DescriptionError: outputs cannot be reached so; populations in a loop cannot.
    """
    order = list(dict.fromkeys(map(underlying_population, _as_sequence(inputs))))
    for population in order:  # the list grows while the loop runs
        targets = [connection.ends[1] for reference in population.outgoing_connections if (connection := reference())]
        order += [target for target in dict.fromkeys(targets) if target not in order and _sources(target) <= {*order}]
    missing = [str(output) for output in map(underlying_population, _as_sequence(outputs)) if output not in order]
    if missing:
        raise DescriptionError(f"outputs unreachable from inputs: {', '.join(missing)}")
    return order


def _sources(population: Population) -> set[Population]:
    return {connection.ends[0] for reference in population.incoming_connections if (connection := reference())}


def _as_sequence(items: Any) -> Sequence[Any]:
    return items if isinstance(items, Sequence) else (items,)
