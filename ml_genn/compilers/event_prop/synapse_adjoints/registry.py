"""Adjoints of synapses, by the class of the synapse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..adjoint import NeuronAdjoint, SynapseAdjoint
from ..rules import Rules

SYNAPSE_ADJOINTS: Rules[Callable[[Any, NeuronAdjoint, int, float], SynapseAdjoint]] = Rules("synapses")
"""Functions of the synapse, the adjoint of its target, the number k of the current and dt [ms]."""
