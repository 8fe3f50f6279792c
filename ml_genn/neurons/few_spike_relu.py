"""Few-spike neuron that quantises a ReLU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from ..model import NeuronModel, Var
from ..network import network_default_params
from ..values import Choice, Value
from .few_spike import ENCODE, STEP, FewSpikeCode, with_prefix

if TYPE_CHECKING:
    from ..population import Population


@final
class FewSpikeRelu(FewSpikeCode):
    """Sends q(V) = clip(floor(V / (alpha 2^-K)) alpha 2^-K, 0, alpha (1 - 2^-K)) of V = sum_j w_j q_j + bias.

    The input of a stage is complete when the least significant bit arrives, one step into the next stage: V is latched
    then, and encoded during that stage. Fx is the latched V, linear and without a threshold, for readouts.

    Args:
        k: timesteps per stage and bits per code, 1 to 24.
        alpha: the value that the largest code just misses.
        readout: what to read from Fx.
        bias: added once per stage.
        rounding: "floor" or "nearest", which adds half the least significant bit to V first.
    """

    output_var_name = "Fx"
    bias = Value("Bias", finite=True)
    rounding = Choice("floor", "nearest")

    @network_default_params
    def __init__(
        self, k: int = 10, alpha: float = 25, readout: Any = None, *, bias: Any = 0.0, rounding: str = "floor"
    ) -> None:
        super().__init__(readout)
        self.k = k
        self.alpha = alpha
        self.bias = bias
        self.rounding = rounding

    def get_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        params, variables = self.members(dt, self.rounding)
        # Isyn counts least significant bits of the sources; the bit sent in step s weighs 2^(K - 1 - s) of them and
        # arrives one step later
        model = NeuronModel(
            sim_code=f"""{STEP}
if (Step == 0) {{
    Fx = Sum + Isyn + Bias;
    V = Fx + Shift;
    H = 0.5 * Alpha;
    Sum = 0.0;
}}
else {{
    Sum += Isyn * (scalar)(1 << (K - Step));
    H *= 0.5;
}}""",
            threshold_condition_code="V >= H",
            reset_code="V -= H;",
            params=params,
            vars=(*variables, Var("Fx"), Var("V"), Var("Sum"), Var("H")),
            output_var_name=self.output_var_name,
        )
        return with_prefix(model, population)

    def get_graded_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        params, variables = self.members(dt, self.rounding)
        return NeuronModel(
            sim_code=f"Fx = Isyn + Bias;\nscalar V = Fx + Shift;\n{ENCODE}\nQ = Code;",
            params=params,
            vars=(*variables, Var("Fx"), Var("Q")),
            output_var_name=self.output_var_name,
        )
