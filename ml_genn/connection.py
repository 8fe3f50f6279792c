"""A connection: which neurons of one population reach which of another, with what weight, delay and time course."""

from __future__ import annotations

import weakref
from typing import Any, final

from .errors import DescriptionError
from .network import Network
from .population import Population
from .registry import CONNECTIVITY, SYNAPSES


@final
class Connection:
    """Synapses from one population to another.

    Args:
        source, target: populations; `connectivity` fills in their shapes where it can.
        connectivity: a Connectivity object (copied).
        synapse: time course of the input, an object or a name.
        name: unique in its network; by default Conn_{source}_{target}.
        max_delay_steps: longest delay in timesteps, needed where delays are given by an initializer.
        add_to_model: False keeps it out of the network whose `with` block is running.

    Raises:
        DescriptionError: outside a network, or no populations.
        ShapeError: the populations' shapes do not fit.
    """

    def __init__(
        self,
        source: Population,
        target: Population,
        connectivity: Any,
        synapse: Any = "delta",
        name: str | None = None,
        max_delay_steps: int | None = None,
        add_to_model: bool = True,
    ) -> None:
        for role, population in (("source", source), ("target", target)):
            if not isinstance(population, Population):
                raise DescriptionError(f"the {role} of a connection must be a Population, got {population!r}")
        if connectivity is None or synapse is None:
            raise DescriptionError(f"{source}->{target}: a connection needs connectivity and synapse")
        default = f"Conn_{source.name}_{target.name}"
        self._source, self._target = weakref.ref(source), weakref.ref(target)
        self.connectivity = CONNECTIVITY.resolve(connectivity)
        self.synapse = SYNAPSES.resolve(synapse)
        self.max_delay_steps = max_delay_steps
        network = Network.current("Connection") if add_to_model else None
        self.connectivity.connect(source, target)
        self.name = network.add_connection(self, name, default) if network else name or default
        self._report()

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"Connection({self.describe()}, {type(self.connectivity).__name__}, name={self.name!r})"

    def __getstate__(self) -> dict[str, Any]:
        source, target = self.ends
        return vars(self) | {"_source": source, "_target": target}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._source, self._target = weakref.ref(state["_source"]), weakref.ref(state["_target"])
        self._report()

    @property
    def source(self) -> weakref.ref[Population]:
        """The presynaptic population, as a weak reference: call it."""
        return self._source

    @property
    def target(self) -> weakref.ref[Population]:
        """The postsynaptic population, as a weak reference: call it."""
        return self._target

    @property
    def ends(self) -> tuple[Population, Population]:
        """Presynaptic and postsynaptic population.

        Raises:
            DescriptionError: one of them no longer exists; keep a reference to the network.
        """
        source, target = self._source(), self._target()
        if source is None or target is None:
            raise DescriptionError(f"{self.name}: its populations no longer exist; keep a reference to the network")
        return source, target

    def _report(self) -> None:
        """Tell the populations of this connection."""
        source, target = self.ends
        source.outgoing_connections.append(weakref.ref(self))
        target.incoming_connections.append(weakref.ref(self))

    def describe(self) -> str:
        """source->target, as messages name a connection."""
        source, target = self._source(), self._target()
        return f"{source}->{target}"
