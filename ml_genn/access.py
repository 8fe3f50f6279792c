"""How a variable may be used and which axes it has; equal by value to PyGeNN's enumerations of the same names."""

from __future__ import annotations

from enum import IntEnum, unique
from typing import final


@final
@unique
class VarAccess(IntEnum):
    """Access to a variable of a neuron, a synapse or a postsynaptic model, and whether examples share it."""

    READ_WRITE = 194
    """Read and written; one value per element and example."""
    READ_ONLY = 65
    """Only read; one value per element, shared by all examples of a batch."""
    READ_ONLY_DUPLICATE = 193
    """Only read; one value per element and example."""
    READ_ONLY_SHARED_NEURON = 129
    """Only read; one value per example, shared by all neurons."""


@final
@unique
class VarAccessMode(IntEnum):
    """Access to a variable through a reference, or to the target of a reduction."""

    READ_WRITE = 2
    READ_ONLY = 1
    BROADCAST = 32
    REDUCE_SUM = 12
    REDUCE_MAX = 20


@final
@unique
class CustomUpdateVarAccess(IntEnum):
    """Access to a variable that a custom update owns, and which axes of its group the variable lacks."""

    READ_WRITE = 2
    READ_ONLY = 1
    BROADCAST_DELAY = 32
    READ_ONLY_SHARED = 129
    READ_ONLY_SHARED_NEURON = 65
    REDUCE_BATCH_SUM = 140
    REDUCE_BATCH_MAX = 148
    REDUCE_NEURON_SUM = 76
    REDUCE_NEURON_MAX = 84
