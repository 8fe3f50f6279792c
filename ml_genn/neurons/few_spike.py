"""What few-spike neurons share: K bits per stage, the most significant first.

A stage lasts K timesteps in which a neuron sends the bits of its code n, 0 <= n < 2^K; the code stands for the value
n alpha 2^-K. Encoding a value V in step s = 0 .. K-1 of a stage:

    H_s = alpha 2^-(1+s);   spike if V >= H_s;   V <- V - H_s after a spike

gives n = clip(floor(V / (alpha 2^-K)), 0, 2^K - 1); every subtraction is exact in floating point. With rounding to
nearest half of the least significant bit, alpha 2^-(K+1), is added to V first.

Each neuron has two models. `bits` sends the bits as spikes, one per timestep. `graded` takes one timestep per stage
and sends the whole code as one spike-like event. The compiler chooses; both give the same codes.
Source: Stöckl, Maass 2021, "Optimized spiking neurons can classify images with high accuracy ...", section 2.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from ..model import NeuronModel, Param, Var
from ..values import Value, genn_members
from .neuron import Neuron

if TYPE_CHECKING:
    from ..population import Population

MAX_BITS = 24
"""Longest code; single precision holds every code of 24 bits exactly."""

STEP = "const int Step = (int)((t / dt) + 0.5);"

ENCODE = """
scalar Level = 0.5 * Alpha;
scalar Code = 0.0;
for (int i = 0; i < K; i++) {
    const bool Bit = (V >= Level);
    Code = (2.0 * Code) + (Bit ? 1.0 : 0.0);
    V -= (Bit ? Level : 0.0);
    Level *= 0.5;
}
"""
"""All bits of V at once: forms the number Code from them and leaves in V what they do not express."""


class FewSpikeNeuron(Neuron):
    """A neuron that works in stages of K timesteps and sends at most one spike in each.

    Attributes:
        sends: the variable of the graded model whose value reaches the targets.
        sends_codes: spikes are the bits of a whole number, the most significant first.
    """

    pipelined: ClassVar[bool] = True
    sends: ClassVar[str] = "Q"
    sends_codes: ClassVar[bool] = True
    k = Value(whole=True, low=1, high=MAX_BITS)

    @property
    def signed_spikes(self) -> bool:
        """Whether the neuron sends negative spikes."""
        return False

    @property
    @abstractmethod
    def resolution(self) -> float:
        """What one unit of the sent number is worth."""

    @abstractmethod
    def get_graded_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        """The model that does a stage in one timestep: the spikes, the first one as the most significant bit of a
        number with their sign, are in Q, and what they are worth together in the variable that `sends` names."""


class FewSpikeCode(FewSpikeNeuron):
    """A neuron that sends a K-bit code in each stage."""

    alpha = Value("Alpha", constant=True, low=0, low_open=True, finite=True)

    @property
    def resolution(self) -> float:
        """Value of the least significant bit, alpha 2^-K."""
        return float(self.alpha * 2.0**-self.k)

    def members(self, dt: float, rounding: str = "floor") -> tuple[tuple[Param, ...], tuple[Var, ...]]:
        """Parameters and variables of both models: declared values, K and what rounding adds before encoding."""
        params, variables = genn_members(self, dt)
        shift = 0.5 * self.resolution if rounding == "nearest" else 0.0
        return (*params, Param("K", self.k, "int"), Param("Shift", shift)), variables


def feeds_maximum(population: Population) -> bool:
    """Whether a connection from the population selects maxima."""
    connections = [reference() for reference in population.outgoing_connections]
    return any(connection is not None and connection.connectivity.selects_maximum for connection in connections)


def with_prefix(model: NeuronModel, population: Population) -> NeuronModel:
    """Add the variable Prefix, the number that the bits sent so far in this stage make, where maxima are selected."""
    if not feeds_maximum(population):
        return model
    return (
        model.with_var(Var("Prefix"))
        .with_sim_code("Prefix = (Step == 0) ? 0.0 : (2.0 * Prefix);")
        .with_reset_code("Prefix += 1.0;")
    )
