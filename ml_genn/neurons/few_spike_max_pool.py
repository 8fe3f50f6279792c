"""Few-spike neuron that sends the largest of the codes it receives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from ..model import NeuronModel, Var
from ..network import network_default_params
from .few_spike import STEP, FewSpikeCode, with_prefix

if TYPE_CHECKING:
    from ..population import Population


@final
class FewSpikeMaxPool(FewSpikeCode):
    """Sends max_j q_j exactly; its one input is a MaxPool2D connection from neurons with the same k and alpha.

    Bits arrive most significant first. Of two codes the larger is the one with a 1 where they first differ, so only
    inputs whose bits so far (Prefix) make the largest number can still win, and the next bit of the maximum is 1 if
    one of those sends a spike. Leading is twice the number that the maximum's bits so far make; a spike counts if
    Prefix, which includes it, exceeds Leading, that is if its sender was still in the lead.

    Args:
        k: timesteps per stage and bits per code, that of the source.
        alpha: value that the largest code just misses, that of the source.
        readout: what to read from Fx, the maximum as a value.
    """

    output_var_name = "Fx"
    takes_maximum = True

    @network_default_params
    def __init__(self, k: int = 10, alpha: float = 25, readout: Any = None) -> None:
        super().__init__(readout)
        self.k = k
        self.alpha = alpha

    def get_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        params, variables = self.members(dt)
        model = NeuronModel(
            sim_code=f"""{STEP}
const scalar Bits = Leading + ((Isyn > 0.0) ? 1.0 : 0.0);
if (Step == 0) {{
    V = Bits;
    Fx = Bits * (Alpha / (scalar)(1 << K));
    H = (scalar)(1 << (K - 1));
    Leading = 0.0;
}}
else {{
    Leading = 2.0 * Bits;
    H *= 0.5;
}}""",
            threshold_condition_code="V >= H",
            reset_code="V -= H;",
            params=params,
            vars=(*variables, Var("Fx"), Var("V"), Var("H"), Var("Leading")),
            output_var_name=self.output_var_name,
        )
        return with_prefix(model, population)

    def get_graded_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        params, variables = self.members(dt)
        return NeuronModel(
            sim_code="Q = Isyn;\nFx = Isyn * (Alpha / (scalar)(1 << K));",
            params=params,
            vars=(*variables, Var("Fx"), Var("Q")),
            output_var_name=self.output_var_name,
        )
