"""What synaptic currents do in the backward phase: one file per kind."""

from __future__ import annotations

from .delta import check_delta as check_delta
from .delta import delta as delta
from .exponential import exponential as exponential
from .exponential import tau_syn as tau_syn
from .registry import SYNAPSE_ADJOINTS as SYNAPSE_ADJOINTS
