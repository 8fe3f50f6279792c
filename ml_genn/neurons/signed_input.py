"""Input neurons that send a positive or a negative spike, chosen anew in each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..model import NeuronModel, Var
from .input import InputBase
from .neuron import Neuron

if TYPE_CHECKING:
    from ..population import Population


class SignedInput(Neuron, InputBase):
    """The variable Sign is 1 in a step with a spike, -1 in one with a negative spike, else 0."""

    def sign_model(self, condition: str, signed: bool, population: Population, batch_size: int) -> NeuronModel:
        """The model of a neuron that sends a spike of the input's sign where `condition` holds."""
        negative = "((Input < 0.0) ? -1.0 : 0.0)" if signed else "0.0"
        model = NeuronModel(
            sim_code=f"Sign = ({condition}) ? ((Input > 0.0) ? 1.0 : {negative}) : 0.0;",
            threshold_condition_code="Sign > 0.0",
            vars=(Var("Sign"),),
            negative_event_var="Sign" if signed else None,
        )
        return self.add_input_logic(model, batch_size, population.known_shape)
