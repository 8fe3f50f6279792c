"""A compiled network: built and loaded while its `with` block runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import numpy as np

from ..callbacks import CallbackList
from ..checkpoint import check_keys
from ..communicators import Communicator
from ..connection import Connection
from ..errors import DataError, DescriptionError, UnsupportedError
from ..layer import by_population, underlying_connection, underlying_population
from ..neurons import Input
from ..population import Population
from ..registry import SERIALISERS
from .groups import Groups
from .stopwatch import Stopwatch
from .writing import Readers, stored_synapses, stored_values


class CompiledNetwork:
    """A network on an engine. Entering its `with` block builds and loads it; it may be entered again.

    Args:
        genn_model: the engine's model, with PyGeNN's names and meaning.
        neuron_populations: engine group of each population; a layer stands for its population.
        connection_populations: engine group of each connection; a layer stands for the connection to it.
        num_recording_timesteps: timesteps that spikes are recorded for; None where none are recorded.
        communicator: connects ranks; None for one rank.
        weights: how to read weights and delays that the engine holds in another form than users give them.

    Attributes:
        stopwatch: seconds spent on "build", "input" and "simulation".
    """

    def __init__(
        self,
        genn_model: Any,
        neuron_populations: Mapping[Population, Any],
        connection_populations: Mapping[Connection, Any],
        *,
        num_recording_timesteps: int | None = None,
        communicator: Communicator | None = None,
        weights: Readers | None = None,
    ) -> None:
        self.genn_model = genn_model
        self.neuron_populations: Groups[Population] = Groups(neuron_populations, underlying_population)
        self.connection_populations: Groups[Connection] = Groups(connection_populations, underlying_connection)
        self.num_recording_timesteps = num_recording_timesteps
        self.communicator = communicator
        self.stopwatch = Stopwatch()
        self._weights = weights or {}
        self._inputs = frozenset(pop for pop in self.neuron_populations if isinstance(pop.neuron, Input))
        self._kept_inputs: dict[Population, Any] = {}
        self._built = False
        self._loaded = False

    def __enter__(self) -> Self:
        if self._loaded:
            raise DescriptionError("the compiled network is loaded already; leave its `with` block before the next one")
        self._kept_inputs = {}
        with self.stopwatch.measure("build"):
            try:
                if not self._built:
                    self.genn_model.build()
                    self._built = True
                self.genn_model.load(num_recording_timesteps=self.num_recording_timesteps)
                self._loaded = True
                self.on_load()
            except BaseException:
                self._unload()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._unload()

    def on_load(self) -> None:
        """What a kind of network does right after loading."""

    @property
    def batch_size(self) -> int:
        """Examples per batch."""
        return int(self.genn_model.batch_size)

    def first_example(self, examples_before: int) -> int:
        """Index, among those of all ranks, of the first example of the next batch, for random numbers of its own.

        Args:
            examples_before: how many this rank has run.
        """
        if self.communicator is None:
            return examples_before
        return examples_before * self.communicator.num_ranks + self.communicator.rank * self.batch_size

    def set_input(self, inputs: Mapping[Any, Any]) -> None:
        """Give input populations or layers a batch of examples, which stays until they are given another one.

        Raises:
            DataError: data do not fit their population.
            DescriptionError: a population takes no input, or the network is not loaded.
        """
        self._check_loaded()
        found = _by_input(inputs)
        self._put_inputs(found)
        self._kept_inputs |= found

    def put_batch(self, batch: Mapping[Any, Any]) -> None:
        """Give the input populations or layers the batch of a run.

        Raises:
            DataError: as for `set_input`, or an input has no data, neither here nor from `set_input`.
            DescriptionError: as for `set_input`.
        """
        given = self._kept_inputs | _by_input(batch)
        missing = self._inputs - given.keys()
        if missing:
            raise DataError(
                f"no inputs given for {', '.join(sorted(map(str, missing)))}: give examples of all input populations, "
                "or call set_input for those that stay as they are"
            )
        self._check_loaded()
        self._put_inputs(given)

    def _put_inputs(self, inputs: Mapping[Population, Any]) -> None:
        with self.stopwatch.measure("input"):
            for population, data in inputs.items():
                group, neuron = self._group(population), population.neuron
                timed = neuron.on_clock(data, self.genn_model.dt)
                neuron.set_input(group, self.batch_size, population.known_shape, timed)

    def get_readout(self, outputs: Any) -> Any:
        """Readout of a population or layer, of shape (batch size,) + its shape; a list for a sequence of them."""
        if isinstance(outputs, Sequence):
            return [self.get_readout(output) for output in outputs]
        self._check_loaded()
        population = underlying_population(outputs)
        readout: np.ndarray = population.neuron.get_readout(
            self._group(population), self.batch_size, population.known_shape
        )
        return readout

    def custom_update(self, name: str) -> None:
        """Run the custom updates called `name`."""
        self._check_loaded()
        self.genn_model.custom_update(name)

    def step_time(self, callback_list: CallbackList | None = None, num_timesteps: int = 1) -> None:
        """Advance; in one engine call from one timestep that a callback watches to the next."""
        self._check_loaded()
        with self.stopwatch.measure("simulation"):
            if callback_list is None or not callback_list.watches_timesteps:
                self.genn_model.step_time(num_timesteps)
                return
            timestep = self.genn_model.timestep
            for stop in callback_list.stops(timestep, timestep + num_timesteps):
                callback_list.call("on_timestep_begin", timestep)
                self.genn_model.step_time(stop - timestep)
                callback_list.call("on_timestep_end", stop - 1)
                timestep = stop

    def reset_time(self) -> None:
        """Set the time to 0."""
        self.genn_model.timestep = 0

    def save(self, keys: Sequence[Any] = (), serialiser: Any = "numpy") -> None:
        """Write a checkpoint: the arrays of weights, delays and neuron parameters as they are now.

        `Network.load` puts them back. Numbers that were given as one number are not written unless they were learnt. Of
        several ranks the first one writes.

        Args:
            keys: first keys of the checkpoint, as (3,) for that of epoch 3.
            serialiser: Serialiser, or the name of one.

        Raises:
            UnsupportedError: synapses that share weights have been given others, one by one.
            OutputError: it cannot be written.
        """
        self._check_loaded()
        self._write(keys, serialiser, self._stored())

    def save_connectivity(self, keys: Sequence[Any] = (), serialiser: Any = "numpy") -> None:
        """Write which neurons Sparse and FixedProbability connections join, in the order of the weights; as `save`."""
        self._check_loaded()
        self._write(keys, serialiser, stored_synapses(self.connection_populations))

    def _write(self, keys: Sequence[Any], serialiser: Any, arrays: Mapping[tuple[str, str], np.ndarray]) -> None:
        if self.communicator is None or self.communicator.rank == 0:
            chosen = SERIALISERS.require(serialiser)
            check_keys(keys)
            for (owner, name), values in arrays.items():
                chosen.serialise((*keys, owner, name), values)
        if self.communicator is not None:
            self.communicator.barrier()

    def _stored(self) -> dict[tuple[str, str], np.ndarray]:
        """What a checkpoint holds."""
        return stored_values(self.neuron_populations, self.connection_populations, self._weights)

    def __reduce__(self) -> Any:
        raise UnsupportedError(
            "a compiled network holds an engine and cannot be copied or pickled; compile its network again, and move "
            "what it has learnt with `save` and Network.load"
        )

    def _group(self, population: Population) -> Any:
        try:
            return self.neuron_populations[population]
        except KeyError:
            raise DescriptionError(f"{population} is not a population of this compiled network") from None

    def _check_loaded(self) -> None:
        """Refuse what takes the engine's memory while there is none.

        Raises:
            DescriptionError: the network is not loaded.
        """
        if not self._loaded:
            raise DescriptionError("the compiled network is not loaded; use it inside `with compiled_network:`")

    def _unload(self) -> None:
        if self._loaded:
            self._loaded = False
            self.genn_model.unload()


def _by_input(examples: Mapping[Any, Any]) -> dict[Population, Any]:
    """Examples by input population.

    Raises:
        DescriptionError: a population takes no input.
    """
    found: dict[Population, Any] = by_population(examples)
    for population in found:
        if not isinstance(population.neuron, Input):
            kind = type(population.neuron).__name__
            raise DescriptionError(f"{population} takes no input: {kind} is no input neuron")
    return found
