"""Few-spike neuron for any function of one variable."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, final

import numpy as np

from ..errors import DescriptionError
from ..model import NeuronModel, Param, Var
from ..network import network_default_params
from ..values import Value, genn_members
from .few_spike import STEP, FewSpikeNeuron

if TYPE_CHECKING:
    from ..population import Population

COEFFICIENTS = {"Threshold": "thresholds", "Jump": "jumps", "Worth": "worths"}
"""What a step looks up, and the attribute that lists it for all steps."""


@final
class FewSpikeFunction(FewSpikeNeuron):
    """Sends f(V) = sum_t d(t) z(t) of V = sum_j w_j f_j + bias, with spikes z(t) in K timesteps t = 0 .. K-1.

        z(t) = 1 if v(t) >= T(t), else 0;   v(t + 1) = v(t) - h(t) z(t);   v(0) = V

    Thresholds T, jumps h and worths d are chosen so that f comes close to some function: to a sigmoid, a tanh, a GELU.
    The spike of step t is worth d(t), of either sign, to all targets. Fx is V, linear, for readouts.
    Source: Stöckl, Maass 2021, "Optimized spiking neurons can classify images with high accuracy ...", section 2.

    Args:
        thresholds, jumps, worths: T, h and d, K numbers each, K from 1 to 24; the defaults quantise a ReLU below 1 to
            4 bits.
        readout: what to read from Fx.
        bias: added once per stage.
    """

    output_var_name = "Fx"
    sends = "Worth"
    sends_codes = False
    thresholds = Value(finite=True)
    jumps = Value(finite=True)
    worths = Value(finite=True)
    bias = Value("Bias", finite=True)

    @network_default_params
    def __init__(
        self,
        thresholds: Any = (0.5, 0.25, 0.125, 0.0625),
        jumps: Any = (0.5, 0.25, 0.125, 0.0625),
        worths: Any = (0.5, 0.25, 0.125, 0.0625),
        readout: Any = None,
        *,
        bias: Any = 0.0,
    ) -> None:
        super().__init__(readout)
        self.thresholds = thresholds
        self.jumps = jumps
        self.worths = worths
        self.bias = bias
        lengths = [np.shape(getattr(self, name)) for name in COEFFICIENTS.values()]
        if len(set(lengths)) > 1 or len(lengths[0]) != 1:
            raise DescriptionError(
                "FewSpikeFunction.thresholds, jumps and worths must be lists of one length, one number for each "
                f"timestep, got shapes {', '.join(map(str, lengths))}"
            )
        self.k = lengths[0][0]

    @property
    def resolution(self) -> float:
        """1: worths are sent as they are."""
        return 1.0

    def get_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        params, variables = self._members(dt)
        # a spike of step s counts 2^(K - 1 - s) times at its targets, for which the power of two makes up exactly
        code = "\n".join(f"{name} = {self._looked_up(name)};" for name in COEFFICIENTS)
        return NeuronModel(
            sim_code=f"""{STEP}
if (Step == 0) {{
    Fx = Sum + Isyn + Bias;
    V = Fx;
    Sum = 0.0;
}}
else {{
    Sum += Isyn * (scalar)(1 << (K - Step));
}}
{code}
Worth /= (scalar)(1 << (K - 1 - Step));""",
            threshold_condition_code="V >= Threshold",
            reset_code="V -= Jump;",
            params=params,
            vars=(*variables, Var("Fx"), Var("V"), Var("Sum"), *(Var(name) for name in COEFFICIENTS)),
            output_var_name=self.output_var_name,
        )

    def get_graded_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        params, variables = self._members(dt)
        steps = "\n".join(
            f"if (V >= Threshold{step}) {{ V -= Jump{step}; Worth += Worth{step}; Q += {2 ** (self.k - 1 - step)}.0; }}"
            for step in range(self.k)
        )
        return NeuronModel(
            sim_code=f"Fx = Isyn + Bias;\nscalar V = Fx;\nWorth = 0.0;\nQ = 0.0;\n{steps}",
            params=params,
            vars=(*variables, Var("Fx"), Var("Q"), Var("Worth")),
            output_var_name=self.output_var_name,
        )

    def _members(self, dt: float) -> tuple[tuple[Param, ...], tuple[Var, ...]]:
        params, variables = genn_members(self, dt)
        coefficients = (
            Param(f"{name}{step}", float(value))
            for name, attribute in COEFFICIENTS.items()
            for step, value in enumerate(self._steps(attribute))
        )
        return (*params, Param("K", self.k, "int"), *coefficients), variables

    def _steps(self, attribute: str) -> Iterable[float]:
        return np.asarray(getattr(self, attribute), np.float64)

    def _looked_up(self, name: str) -> str:
        """Code that finds the coefficient of a step."""
        code = f"{name}{self.k - 1}"
        for step in reversed(range(self.k - 1)):
            code = f"(Step == {step}) ? {name}{step} : ({code})"
        return code
