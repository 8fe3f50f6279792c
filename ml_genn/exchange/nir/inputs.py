"""Input neurons: what an Input node stands for. How data become spikes is no part of a graph."""

from __future__ import annotations

from .pairs import InputPair

PAIRS = (
    InputPair("SpikeInput", "its spikes, 0 or 1 in each step"),
    InputPair("BinarySpikeInput", "its spikes: 1 where the data are positive, -1 where signed and negative, else 0"),
    InputPair("BernoulliInput", "its spikes, which the reader draws from the data itself"),
    InputPair("PoissonInput", "its spikes, which the reader draws from the data itself"),
)
