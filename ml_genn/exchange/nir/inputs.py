"""Input neurons: what an Input node stands for. How data become spikes is no part of a graph."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...connection import Connection
from ...synapses import Exponential
from .pairs import InputPair

PAIRS = (
    InputPair("SpikeInput", "its spikes, 0 or 1 in each step"),
    InputPair("BinarySpikeInput", "its spikes: 1 where the data are positive, -1 where signed and negative, else 0"),
    InputPair("BernoulliInput", "its spikes, which the reader draws from the data itself"),
    InputPair("PoissonInput", "its spikes, which the reader draws from the data itself"),
    InputPair("CurrentInput", "the data themselves, the same in each step (through synapses that keep what arrived)"),
)


def reaches_as_current(connection: Connection) -> bool:
    """Whether the target gets weights times the source's data in every step: sent once, and never decaying."""
    tau = getattr(connection.synapse, "tau", 0.0)
    endless = isinstance(tau, float) and math.isinf(tau) and not connection.synapse.scale_i
    return bool(connection.ends[0].neuron.sends_values and endless)


def synapse_of(source: Any, synapse: Any) -> Any:
    """The synapse of a connection from an input: that of its target, or one that keeps what has arrived."""
    return Exponential(tau=np.inf) if source.sends_values else synapse
