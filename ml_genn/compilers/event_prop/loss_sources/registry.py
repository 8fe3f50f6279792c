"""Loss sources, by the classes of loss and readout, and derivatives of losses with respect to readouts, by class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..adjoint import LossSource
from ..rules import Rules

LOSS_SOURCES: Rules[Callable[[Any, int, float], LossSource]] = Rules("outputs of")
"""Functions of the readout, the timesteps per trial and dt [ms]."""

READOUT_GRADIENTS: Rules[Callable[[Any, Any, np.ndarray], np.ndarray]] = Rules("the loss")
"""Functions of the loss, the targets and the readouts, of shape (examples,) + shape of the population as the result."""
