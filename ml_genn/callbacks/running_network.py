"""What callbacks may ask of the network that runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ..connection import Connection
from ..errors import DescriptionError
from ..population import Population

if TYPE_CHECKING:
    from ..runtime.spikes import BatchSpikes


@runtime_checkable
class RunningNetwork(Protocol):
    """A compiled network that is evaluated or trained, as `Callback.set_params` gets it.

    Attributes:
        genn_model: the engine's model.
        neuron_populations, connection_populations: the engine's groups.
        num_examples: examples in the batch that ended last.
    """

    genn_model: Any
    num_examples: int

    @property
    def neuron_populations(self) -> Mapping[Population, Any]:
        """The engine's neuron groups; layers are keys too."""

    @property
    def connection_populations(self) -> Mapping[Connection, Any]:
        """The engine's synapse groups; layers are keys too."""

    @property
    def batch_size(self) -> int:
        """Examples that run at the same time."""

    @property
    def timesteps_per_batch(self) -> int:
        """Timesteps that a batch spends in each population, those included in which some wait for others."""

    def record(self, population: Population) -> None:
        """Ask for the spikes of a population, before the first batch."""

    def spikes(self, population: Population) -> BatchSpikes:
        """Spikes of a population in the batch that ended last."""

    def batch_in(self, population: Population) -> int | None:
        """Index of the batch that a population is working on; None if none."""

    def custom_update(self, name: str) -> None:
        """Run the custom updates called `name`."""

    def save(self, keys: Sequence[Any] = ..., serialiser: Any = ...) -> None:
        """Write a checkpoint."""


def group_of(item: Any, groups: Mapping[Any, Any]) -> Any:
    """The engine's group of a population or connection.

    Raises:
        DescriptionError: it belongs to another network.
    """
    try:
        return groups[item]
    except KeyError:
        raise DescriptionError(
            f"{item} is no part of the network that runs; callbacks take what the compiled network was made of"
        ) from None
