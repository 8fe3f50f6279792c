"""Adjoints of neurons, by the class of the neuron.

A rule takes a population and its neuron as it is trained, which may differ from that of the description: see
`learnt_neuron`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....population import Population
from ..adjoint import NeuronAdjoint
from ..rules import Rules

NEURON_ADJOINTS: Rules[Callable[[Population, Any], NeuronAdjoint]] = Rules("neurons")
