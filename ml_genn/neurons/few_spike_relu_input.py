"""Few-spike input neuron."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from ..model import NeuronModel, Var
from ..network import network_default_params
from ..values import Choice, Switch, Value
from .few_spike import ENCODE, STEP, FewSpikeCode, with_prefix
from .input import InputBase
from .neuron import Neuron

if TYPE_CHECKING:
    from ..population import Population

MAGNITUDE = "fabs(Input - Centre)"


@final
class FewSpikeReluInput(FewSpikeCode, InputBase):
    """Sends the input x as a K-bit code, the most significant bit first.

    Unsigned: q(x) = clip(floor(x / (alpha 2^-K)) alpha 2^-K, 0, alpha (1 - 2^-K)); x < 0 sends nothing.
    Signed: sign(x) q(|x|), the K bits of the magnitude as positive spikes where x > 0 and as negative ones where
    x < 0; so each sign has K bits, for any K, within K timesteps. With a `centre` c it is x - c that is sent.

    Args:
        k: timesteps per stage and bits per code, 1 to 24.
        alpha: the value that the largest code just misses.
        signed_input: send negative inputs as negative spikes.
        rounding: "floor" or "nearest", which adds half the least significant bit to the magnitude first.
        centre: of signed inputs, the value for which no spikes are sent.
    """

    output_var_name = None
    centre = Value("Centre", finite=True)
    signed_input = Switch()
    rounding = Choice("floor", "nearest")

    @network_default_params
    def __init__(
        self,
        k: int = 10,
        alpha: float = 25,
        signed_input: bool = False,
        *,
        rounding: str = "floor",
        centre: float = 0.0,
    ) -> None:
        Neuron.__init__(self)
        InputBase.__init__(self)
        self.k = k
        self.alpha = alpha
        self.signed_input = signed_input
        self.rounding = rounding
        self.centre = centre

    @property
    def signed_spikes(self) -> bool:
        return bool(self.signed_input)

    def get_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        params, variables = self.members(dt, self.rounding)
        magnitude = MAGNITUDE if self.signed_input else "Input"
        code = f"""{STEP}
if (Step == 0) {{
    V = {magnitude} + Shift;
    H = 0.5 * Alpha;
}}
else {{
    H *= 0.5;
}}"""
        negative = """
Sign = 0.0;
if (Input < Centre && V >= H) {
    V -= H;
    Sign = -1.0;
}"""
        model = NeuronModel(
            sim_code=code + (negative if self.signed_input else ""),
            threshold_condition_code="Input >= Centre && V >= H" if self.signed_input else "V >= H",
            reset_code="V -= H;",
            params=params,
            vars=(*variables, Var("V"), Var("H"), *((Var("Sign"),) if self.signed_input else ())),
            negative_event_var="Sign" if self.signed_input else None,
        )
        return self.add_input_logic(with_prefix(model, population), batch_size, population.known_shape)

    def get_graded_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        params, variables = self.members(dt, self.rounding)
        magnitude, code = "Input", "Code"
        if self.signed_input:
            magnitude, code = MAGNITUDE, "((Input < Centre) ? -Code : Code)"
        model = NeuronModel(
            sim_code=f"scalar V = {magnitude} + Shift;\n{ENCODE}\nQ = {code};",
            params=params,
            vars=(*variables, Var("Q")),
        )
        return self.add_input_logic(model, batch_size, population.known_shape)
