"""Networks run for a number of timesteps per example."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

from ..population import Population
from .trial_network import CompiledTrialNetwork


@final
class CompiledInferenceNetwork(CompiledTrialNetwork):
    """A network in which each batch is run for `evaluate_timesteps`.

    Args:
        evaluate_timesteps: timesteps per example.
        depths: timesteps that populations start later than the inputs; none for those it does not hold.
        others: as for CompiledTrialNetwork.
    """

    def __init__(self, *args: Any, evaluate_timesteps: int, depths: Mapping[Population, int], **kwargs: Any) -> None:
        super().__init__(
            *args, timesteps=evaluate_timesteps, waiting_timesteps=max(depths.values(), default=0), **kwargs
        )
        self.depths = dict(depths)

    @property
    def evaluate_timesteps(self) -> int:
        """Timesteps per example."""
        return self._timesteps
