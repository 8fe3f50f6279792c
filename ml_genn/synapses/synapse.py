"""Base class of synapses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from ..model import SynapseModel

if TYPE_CHECKING:
    from ..connection import Connection


class Synapse(ABC):
    """The time course with which the spikes of a connection reach the target."""

    @abstractmethod
    def get_model(self, connection: Connection, dt: float, batch_size: int) -> SynapseModel:
        """The postsynaptic model of a connection.

        Args:
            connection: the connection.
            dt: timestep [ms].
            batch_size: examples per batch.
        """
