"""A network as one HDF5 file: topology, registered names, parameters, weights and where they come from.

Layout, schema 1: attributes `format` = "ml_genn.network" and `schema`; dataset `description`, JSON text as bytes; group
`arrays`, one dataset per array that the description refers to, in its own type and exactly as it was. Datasets carry
checksums. There is no code, no class path and no pickle in the file; names are resolved by the registries alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import h5py
import numpy as np

from ..atomic import atomic_hdf5
from ..connection import Connection
from ..errors import DescriptionError, ModelFileError
from ..layer import underlying_population
from ..network import Network
from ..population import Population
from ..registry import COMPILERS, CONNECTIVITY, NEURONS, SYNAPSES
from .hdf5_arrays import inside, read_array, store_array
from .plain import Reader, Writer

FORMAT = "ml_genn.network"
SCHEMA = 1
OF_THE_RUN = frozenset(("engine", "num_threads", "communicator", "kernel_profiling", "count_spikes"))
"""Compiler arguments that belong to the machine and the run, not to the network."""


@final
@dataclass(frozen=True, eq=False)
class SavedNetwork:
    """A network read from a file.

    Args:
        network: the network.
        inputs, outputs: its input and output populations.
        compiler: registered name of its compiler.
        compiler_arguments: arguments that the compiler was made with.
        provenance: where it comes from, as it was saved.
    """

    network: Network
    inputs: tuple[Population, ...]
    outputs: tuple[Population, ...]
    compiler: str
    compiler_arguments: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def create_compiler(self, **changes: Any) -> Any:
        """The compiler, with some arguments changed, as `batch_size` or `engine`."""
        return COMPILERS.class_of(self.compiler)(**{**self.compiler_arguments, **changes})


def save_network(
    path: Path | str,
    network: Network,
    inputs: Any,
    outputs: Any,
    compiler: Any,
    provenance: Mapping[str, Any] | None = None,
) -> None:
    """Write a network to `path`, completely or not at all.

    Args:
        path: the file.
        network: what to save.
        inputs, outputs: its input and output populations or layers, or sequences of them.
        compiler: the compiler that shall run it.
        provenance: where it comes from; anything that JSON holds.

    Raises:
        OutputError: the file cannot be written.
        DescriptionError: something in the network or the provenance cannot be saved.
    """
    writer = Writer()
    description = {
        "populations": [_describe_population(writer, population) for population in network.populations],
        "connections": [_describe_connection(writer, connection) for connection in network.connections],
        "inputs": _names(inputs),
        "outputs": _names(outputs),
        "compiler": writer.describe(compiler, COMPILERS, OF_THE_RUN),
        "provenance": dict(provenance or {}),
    }
    try:
        text = json.dumps(description, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise DescriptionError(f"the provenance cannot be saved as JSON: {error}") from error
    with atomic_hdf5(Path(path)) as file:
        file.attrs["format"] = np.bytes_(FORMAT)  # a text of any length would lie in a heap, on whose damage HDF5 hangs
        file.attrs["schema"] = SCHEMA
        store_array(file, "description", np.frombuffer(text.encode(), np.uint8))
        arrays = file.create_group("arrays")
        for key, values in writer.arrays.items():
            store_array(arrays, key, values)


def load_network(path: Path | str) -> SavedNetwork:
    """Read a network that `save_network` wrote.

    Raises:
        ModelFileError: the file is missing, damaged, or holds something else.
    """
    path = Path(path)
    if not path.is_file():
        raise ModelFileError(f"{path} does not exist or is no file; give a network that `ml-genn convert --out` wrote")
    try:
        with h5py.File(path, "r") as file:
            _check_format(path, file)
            description = json.loads(read_array(file, "description").tobytes().decode())
            group = file[inside(file, "arrays")]
            arrays = {key: read_array(group, key) for key in group}
        return _build(description, Reader(arrays))
    except OSError as error:
        raise ModelFileError(f"{path} is no HDF5 file or is damaged: {error}") from error
    except ModelFileError:
        raise
    except Exception as error:  # of damaged files h5py says KeyError, RuntimeError, UnicodeDecodeError ...
        raise ModelFileError(f"{path} is damaged or of another version: {error!r}; write it again") from error


def _build(description: Mapping[str, Any], reader: Reader) -> SavedNetwork:
    with Network() as network:
        populations = {item["name"]: _build_population(item, reader) for item in description["populations"]}
        for item in description["connections"]:
            Connection(
                populations[item["source"]],
                populations[item["target"]],
                reader.create(item["connectivity"], CONNECTIVITY),
                reader.create(item["synapse"], SYNAPSES),
                item["name"],
                item["max_delay_steps"],
            )
    COMPILERS.class_of(description["compiler"]["name"])
    return SavedNetwork(
        network,
        tuple(populations[name] for name in description["inputs"]),
        tuple(populations[name] for name in description["outputs"]),
        description["compiler"]["name"],
        reader.arguments(description["compiler"]),
        description["provenance"],
    )


def _describe_population(writer: Writer, population: Population) -> dict[str, Any]:
    return {
        "name": population.name,
        "shape": list(population.known_shape),
        "neuron": writer.describe(population.neuron, NEURONS),
        "record_spikes": population.record_spikes,
        "record_spike_events": population.record_spike_events,
    }


def _build_population(item: Mapping[str, Any], reader: Reader) -> Population:
    neuron = reader.create(item["neuron"], NEURONS)
    events = item.get("record_spike_events", False)  # files of the first versions say nothing of them
    return Population(neuron, tuple(item["shape"]), item["record_spikes"], events, item["name"])


def _describe_connection(writer: Writer, connection: Connection) -> dict[str, Any]:
    source, target = connection.ends
    return {
        "name": connection.name,
        "source": source.name,
        "target": target.name,
        "connectivity": writer.describe(connection.connectivity, CONNECTIVITY),
        "synapse": writer.describe(connection.synapse, SYNAPSES),
        "max_delay_steps": connection.max_delay_steps,
    }


def _names(items: Any) -> list[str]:
    return [underlying_population(item).name for item in (items if isinstance(items, Sequence) else (items,))]


def _check_format(path: Path, file: h5py.File) -> None:
    if file.attrs.get("format") != np.bytes_(FORMAT):
        raise ModelFileError(
            f"{path} holds no spiking network; give a file that `ml-genn convert --out` or save_network wrote"
        )
    schema = file.attrs.get("schema")
    if schema != SCHEMA:
        raise ModelFileError(
            f"{path} has schema {schema}, this version of ml_genn reads schema {SCHEMA}; write it again, or read it "
            "with the version that wrote it"
        )
