"""Synapses: the time course with which spikes reach the target."""

from ..registry import SYNAPSES
from .delta import Delta as Delta
from .exponential import Exponential as Exponential
from .synapse import Synapse as Synapse

SYNAPSES.add(Delta, Exponential)
default_synapses = SYNAPSES.default_classes
