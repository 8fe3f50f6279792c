"""Synapses whose input lasts one timestep."""

from __future__ import annotations

from typing import Any

from ....errors import UnsupportedError
from ....model import Param, Var
from ....readouts import MaxVar
from ....synapses import Delta
from ..adjoint import NeuronAdjoint, SynapseAdjoint
from .registry import SYNAPSE_ADJOINTS


@SYNAPSE_ADJOINTS.add(Delta)
def delta(synapse: Any, target: NeuronAdjoint, k: int, dt: float) -> SynapseAdjoint:
    """An arrival adds Gain times its weight to V at once, so that LambdaI = Gain LambdaV is dL/dw of it.

    Feedback is the derivative of this with respect to the time of arrival, as the central difference of the timesteps
    before and after; in the one before, LambdaV will be Alpha LambdaV + Ahead, Ahead being what the loss adds:

        Gain (LambdaV(n + 1) - Alpha LambdaV(n) - Ahead) / (2 dt).
    """
    later, rate = f"LaterV{k}", f"{target.gain} * HalfRate{k}"
    return SynapseAdjoint(
        code=(
            f"LambdaI{k} = {target.gain} * LambdaV;\n"
            f"Feedback{k} = {rate} * ({later} - (Alpha * LambdaV));\n"
            f"{later} = LambdaV;"
        ),
        driven=f"Feedback{k} -= {rate} * Ahead;",
        params=(Param(f"HalfRate{k}", 0.5 / dt),),
        vars=(Var(f"LambdaI{k}"), Var(f"Feedback{k}"), Var(later)),
    )


def check_delta(connection: Any, target: NeuronAdjoint) -> None:
    """Check that delta synapses lead where times of arrival have a derivative.

    Raises:
        UnsupportedError: the target spikes, or the maximum of its voltage is read.
    """
    if not isinstance(connection.synapse, Delta):
        return
    if target.jump:
        raise UnsupportedError(
            f"{connection.describe()}: EventProp cannot train Delta synapses into neurons that spike: an arrival lifts "
            "V over the threshold at once, so that the times of their spikes do not depend on weights and the gradient "
            "is zero; use Exponential synapses"
        )
    if isinstance(connection.ends[1].neuron.readout, MaxVar):
        raise UnsupportedError(
            f"{connection.describe()}: with Delta synapses V is largest just when a spike arrives, so that MaxVar "
            "readouts have no gradient for the time of arrival; use Exponential synapses or another readout"
        )
