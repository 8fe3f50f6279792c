"""How rate-coded networks present their input."""

from __future__ import annotations

from enum import Enum
from typing import final


@final
class InputType(Enum):
    """Kinds of input neurons for rate coding; the constructor takes the value, as in InputType("poisson").

    With lambda the largest input on the calibration data (1 without any), and x a constant input:

    * POISSON: in each step a spike with probability min(|x| / lambda, 1), independently: the expected rate is exact.
    * IF: an integrate-and-fire neuron of threshold lambda that keeps its surplus when it fires: floor(T x / lambda)
      spikes in T steps; no negative spikes.
    * CURRENT: no spikes; the next layer gets the constant current W x, as in the ANN.
    * SPIKE: a spike in every step where x is not 0; exact only for data of two values, 0 and lambda.
    """

    SPIKE = "spike"
    POISSON = "poisson"
    IF = "if"
    CURRENT = "current"
