"""Adjoints of neurons, by the class of the neuron."""

from __future__ import annotations

from collections.abc import Callable

from ....population import Population
from ..adjoint import NeuronAdjoint
from ..rules import Rules

NEURON_ADJOINTS: Rules[Callable[[Population], NeuronAdjoint]] = Rules("neurons")
