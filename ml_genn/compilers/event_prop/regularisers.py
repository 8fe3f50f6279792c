"""Which hidden populations pay for their numbers of spikes, and how much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np

from ...population import Population
from ...runtime.spike_penalties import GlobalPenalty, PopulationPenalty, SpikePenalties
from ...values import Switch, Value
from .per_population import per_population


@final
class Regularisers:
    """The arguments of EventPropCompiler that begin with reg_, see there."""

    nu_upper = Value(constant=True, finite=True, low=0)
    lambda_global = Value(constant=True, finite=True, low=0)
    nu_global = Value(constant=True, finite=True, low=0)
    per_example = Switch()

    def __init__(
        self,
        lambda_upper: Any,
        lambda_lower: Any,
        nu_upper: float,
        lambda_global: float,
        nu_global: float,
        per_example: bool,
    ) -> None:
        self._upper = {} if lambda_upper is None else lambda_upper
        self._lower = {} if lambda_lower is None else lambda_lower
        self.nu_upper = nu_upper
        self.lambda_global = lambda_global
        self.nu_global = nu_global
        self.per_example = per_example

    def penalties(self, hidden: Sequence[Population]) -> SpikePenalties:
        """What these populations pay.

        Raises:
            DescriptionError: a strength is no number, or is given for a population that is not hidden.
        """
        upper = per_population("reg_lambda_upper", self._upper, hidden)
        lower = per_population("reg_lambda_lower", self._lower, hidden)
        together = GlobalPenalty(self.lambda_global, self.nu_global)
        paying = [pop for pop in hidden if upper[pop] or lower[pop] or together.upper]
        found = {pop: PopulationPenalty(upper[pop], lower[pop], self.nu_upper, _scale(pop)) for pop in paying}
        return SpikePenalties(found, together, per_example=self.per_example)


def _scale(population: Population) -> np.ndarray:
    """tau_mem^2, of all neurons or of each.

    Gradients of earlier versions lack a factor tau_mem, and so does their LambdaV, which is -1 / tau_mem times ours:
    with both put in, values of lambda from the literature keep their ratio to the loss.
    """
    return np.asarray(population.neuron.tau_mem, np.float64).ravel() ** 2
