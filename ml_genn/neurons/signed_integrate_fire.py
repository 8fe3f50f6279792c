"""Integrate-and-fire neuron that takes back spikes that it should not have sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from ..model import NeuronModel, Var
from ..network import network_default_params
from ..values import Value, genn_members
from .neuron import Neuron

if TYPE_CHECKING:
    from ..population import Population


@final
class SignedIntegrateFire(Neuron):
    """V <- V + I + bias; S = 1 where V >= v_thresh, S = -1 where V < 0 and Sent > 0, else 0; V <- V - S v_thresh.

    S = 1 sends a spike, S = -1 a negative one, and Sent <- Sent + S counts what has been sent. So a neuron whose input
    came unevenly, much early and little late, takes back what it has sent too much, but never more: after T steps Sent
    approaches max(floor((v + total input) / v_thresh), 0), in whatever order the input came.
    Source: Y. Wang et al., IJCAI 2022, "Signed neuron with memory: towards simple, accurate and high-efficient ANN-SNN
    conversion".

    Args:
        v_thresh: firing threshold, above 0.
        v: initial membrane voltage.
        bias: added in every step.
        readout: what to read from the membrane voltage.
    """

    v_thresh = Value("Vthresh", low=0, low_open=True)
    v = Value("V", state=True, finite=True)
    bias = Value("Bias", finite=True)

    @network_default_params
    def __init__(self, v_thresh: Any = 1.0, v: Any = 0.0, bias: Any = 0.0, readout: Any = None) -> None:
        super().__init__(readout)
        self.v_thresh = v_thresh
        self.v = v
        self.bias = bias

    def get_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        params, variables = genn_members(self, dt)
        return NeuronModel(
            sim_code=(
                "V += Isyn + Bias;\n"
                "Sign = (V >= Vthresh) ? 1.0 : (((V < 0.0) && (Sent > 0.0)) ? -1.0 : 0.0);\n"
                "V -= Sign * Vthresh;\n"
                "Sent += Sign;"
            ),
            threshold_condition_code="Sign > 0.0",
            params=params,
            vars=(*variables, Var("Sign"), Var("Sent")),
            output_var_name=self.output_var_name,
            negative_event_var="Sign",
        )
