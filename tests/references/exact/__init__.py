"""Spiking networks in continuous time, event by event and in double precision, and exact gradients of losses.

`forward` runs a trial and returns its `Trace`; `gradients` is the derivative of a loss of this trace with respect to
everything that the network and its inputs are made of. Equations: `net` (dynamics), `adjoint` (costates), `losses`.
"""

from __future__ import annotations

from .adjoint import gradients as gradients
from .differences import central_difference as central_difference
from .differences import perturbed as perturbed
from .forward import forward as forward
from .losses import FirstSpike as FirstSpike
from .losses import MaxVoltage as MaxVoltage
from .losses import MeanCrossentropy as MeanCrossentropy
from .losses import MeanSquare as MeanSquare
from .losses import RelativeSquare as RelativeSquare
from .losses import WeightedMean as WeightedMean
from .net import Cells as Cells
from .net import Net as Net
from .net import Projection as Projection
from .net import cells as cells
from .trace import Trace as Trace
