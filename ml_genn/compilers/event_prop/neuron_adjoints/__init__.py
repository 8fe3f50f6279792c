"""What neurons do in the backward phase: one file per kind."""

from __future__ import annotations

from .adaptive_leaky_integrate_fire import adaptive_leaky_integrate_fire as adaptive_leaky_integrate_fire
from .input import source as source
from .leaky_integrate import leaky_integrate as leaky_integrate
from .leaky_integrate_fire import leaky_integrate_fire as leaky_integrate_fire
from .registry import NEURON_ADJOINTS as NEURON_ADJOINTS
