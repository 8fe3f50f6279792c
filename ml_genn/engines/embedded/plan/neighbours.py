"""What surrounds a population."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from ml_genn.engines.embedded.plan.description import CurrentSource, Model, SynapseGroup
from ml_genn.engines.embedded.plan.ends import POST, PRE, End


@final
@dataclass(frozen=True)
class Neighbours:
    """Synapse groups that lead to a population, those that begin there, and its current sources."""

    incoming: tuple[SynapseGroup, ...]
    outgoing: tuple[SynapseGroup, ...]
    sources: tuple[CurrentSource, ...]

    @classmethod
    def of(cls, model: Model, population: str) -> Neighbours:
        """Those of a population, in the order they were added."""
        return cls(
            tuple(group for group in model.synapse_groups if group.target == population),
            tuple(group for group in model.synapse_groups if group.source == population),
            tuple(source for source in model.current_sources if source.population == population),
        )

    @property
    def ends(self) -> list[tuple[SynapseGroup, End]]:
        """Every end of a synapse group that lies here; presynaptic ones come first."""
        return [*((group, PRE) for group in self.outgoing), *((group, POST) for group in self.incoming)]
