"""Putting the arrays of a checkpoint back into a network.

A checkpoint holds flat arrays under the keys (..., name of a population or connection, GeNN name), as
(3, "Conn_Pop0_Pop1", "g"); constants of neurons and synapses that were learnt under the names that users know, as
(3, "Pop1", "tau_mem"). `CompiledNetwork.save` writes it. Which serialiser holds it does not matter here.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from .errors import DataError, DescriptionError
from .values import declared_values, is_number

if TYPE_CHECKING:
    from .connection import Connection
    from .network import Network
    from .population import Population

Described = TypeVar("Described")


def load_checkpoint(network: Network, keys: Sequence[Any], serialiser: Any) -> None:
    """Replace values of a network's neurons and connectivity by those of a checkpoint; all of them or, in error, none.

    Args:
        network: the network, with the names it had when the checkpoint was written.
        keys: first keys of the checkpoint, as (3,) for that of epoch 3.
        serialiser: Serialiser that holds it.

    Raises:
        DataError: there is nothing, something that the network has no place for, or an array of the wrong size.
        DescriptionError: a value is out of range, a population has the name of a connection, or the keys are no tuple.
    """
    check_keys(keys)
    check_owners(network.populations, network.connections)
    connections = {item: serialiser.deserialise_all((*keys, item)) for item in network.connections}
    populations = {item: serialiser.deserialise_all((*keys, item)) for item in network.populations}
    if not any([*connections.values(), *populations.values()]):
        names = ", ".join(map(str, [*connections, *populations])) or "an empty network"
        raise DataError(
            f"no checkpoint with the keys {tuple(keys)} for {names}; give the keys and the serialiser that wrote it, "
            "and build the network with the names it had then"
        )
    synapses = {item: _of_synapse(item, arrays) for item, arrays in connections.items()}
    connectivities = {item: item.connectivity.restored(item, arrays) for item, arrays in connections.items() if arrays}
    neurons = {
        item: restored(item.neuron, arrays, item.known_shape, str(item))
        for item, arrays in populations.items()
        if arrays
    }
    for connection, connectivity in connectivities.items():
        connectivity.connect(*connection.ends)
    for connection, connectivity in connectivities.items():
        connection.connectivity = connectivity
    for connection, synapse in synapses.items():
        connection.synapse = synapse
    for population, neuron in neurons.items():
        population.neuron = neuron
    missing = [str(item) for item, arrays in connections.items() if "g" not in arrays and _has_weights(item)]
    if missing:
        warnings.warn(
            f"the checkpoint holds no weights of {', '.join(missing)}, which keep those they have", stacklevel=3
        )


def check_keys(keys: Any) -> None:
    """Check that the first keys of a checkpoint are a sequence of keys.

    Raises:
        DescriptionError: they are something else, as a single key.
    """
    if isinstance(keys, str) or not isinstance(keys, Sequence):
        raise DescriptionError(f"the keys of a checkpoint must be a tuple, as ({keys!r},), got {keys!r}")


def check_owners(populations: Iterable[Population], connections: Iterable[Connection]) -> None:
    """Check that no population has the name of a connection: a checkpoint could not tell them apart.

    Raises:
        DescriptionError: one has.
    """
    shared = {str(item) for item in populations} & {str(item) for item in connections}
    if shared:
        raise DescriptionError(
            f"a population and a connection are both called {min(shared)!r}; checkpoints find them by name, rename one"
        )


def restored(obj: Described, arrays: Mapping[str, np.ndarray], shape: tuple[int, ...], owner: str) -> Described:
    """A copy of an object in which arrays take the place of the declared values with their names.

    Args:
        obj: neuron, synapse or connectivity.
        arrays: one number per neuron or synapse, or a single one, by GeNN name or by the object's own name for it.
        shape: shape of the values; () for one number.
        owner: whose values they are, for messages.

    Raises:
        DataError: it has no value of such a name, or the array another size.
    """
    copied = copy.copy(obj)
    declared = [value for value in declared_values(type(obj)) if value.genn_name and not value.constant]
    places = {value.genn_name if value.to_genn is None else value.name: value for value in declared}
    known = {value.name: value for value in declared} | places
    for name, array in arrays.items():
        if name not in known:
            raise DataError(
                f"{owner}: the checkpoint holds {name!r}, which {type(obj).__name__} has no place for; "
                f"it has {', '.join(map(str, places))}"
            )
        if array.size != int(np.prod(shape)):
            raise DataError(
                f"{owner}: the checkpoint holds {array.size} values of {name!r}, the network has {int(np.prod(shape))}"
            )
        value = array.reshape(shape) if shape else float(array.reshape(()))
        setattr(copied, known[name].name, value)
    return copied


def _of_synapse(connection: Connection, arrays: dict[str, np.ndarray]) -> Any:
    """The synapse of a connection with those of the arrays that are its constants; these are taken out."""
    names = {value.name for value in declared_values(type(connection.synapse))}
    own = {name: arrays.pop(name) for name in names & arrays.keys()}
    return restored(connection.synapse, own, connection.ends[1].known_shape, str(connection))


def _has_weights(connection: Connection) -> bool:
    connectivity = connection.connectivity
    return bool(connectivity.trainable and not is_number(connectivity.weight))
