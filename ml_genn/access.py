"""Access modes, dimensions and matrix types: PyGeNN 5's names and values.

They are plain integers of Python, so that a model can be described where PyGeNN is not installed; an engine that talks
to PyGeNN converts them by value. Source of names and values: GeNN 5.4, `varAccess.h`, `synapseMatrixType.h`,
`varLocation.h`.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag, unique
from typing import final


@final
@unique
class VarAccessModeAttribute(IntFlag):
    """Single properties that an access mode is made of."""

    READ_ONLY = 1 << 0
    READ_WRITE = 1 << 1
    REDUCE = 1 << 2
    SUM = 1 << 3
    MAX = 1 << 4
    BROADCAST = 1 << 5


@final
@unique
class VarAccessMode(IntEnum):
    """How code may use what a variable reference points to."""

    READ_ONLY = 1 << 0
    READ_WRITE = 1 << 1
    REDUCE_SUM = (1 << 2) | (1 << 3)
    REDUCE_MAX = (1 << 2) | (1 << 4)
    BROADCAST = 1 << 5


@final
@unique
class VarAccessDim(IntFlag):
    """Dimensions that a variable has: one value per element (neuron or synapse), per example of the batch, or both."""

    ELEMENT = 1 << 6
    BATCH = 1 << 7


@final
@unique
class VarAccess(IntEnum):
    """Mode and dimensions of a variable of a neuron, synapse or current source."""

    READ_WRITE = VarAccessMode.READ_WRITE | VarAccessDim.ELEMENT | VarAccessDim.BATCH
    READ_ONLY = VarAccessMode.READ_ONLY | VarAccessDim.ELEMENT
    READ_ONLY_DUPLICATE = VarAccessMode.READ_ONLY | VarAccessDim.ELEMENT | VarAccessDim.BATCH
    READ_ONLY_SHARED_NEURON = VarAccessMode.READ_ONLY | VarAccessDim.BATCH

    # an extension, for variables of synapses: code of all examples adds to it, `x += y`, and does nothing else
    REDUCE_BATCH_SUM = VarAccessMode.REDUCE_SUM | VarAccessDim.ELEMENT


@final
@unique
class CustomUpdateVarAccess(IntEnum):
    """Mode of a custom update's variable and the dimensions taken away from those of what the update is attached to."""

    READ_WRITE = VarAccessMode.READ_WRITE
    READ_ONLY = VarAccessMode.READ_ONLY
    BROADCAST_DELAY = VarAccessMode.BROADCAST
    READ_ONLY_SHARED = VarAccessMode.READ_ONLY | VarAccessDim.BATCH
    READ_ONLY_SHARED_NEURON = VarAccessMode.READ_ONLY | VarAccessDim.ELEMENT
    REDUCE_BATCH_SUM = VarAccessMode.REDUCE_SUM | VarAccessDim.BATCH
    REDUCE_BATCH_MAX = VarAccessMode.REDUCE_MAX | VarAccessDim.BATCH
    REDUCE_NEURON_SUM = VarAccessMode.REDUCE_SUM | VarAccessDim.ELEMENT
    REDUCE_NEURON_MAX = VarAccessMode.REDUCE_MAX | VarAccessDim.ELEMENT

    # extensions, which PyGeNN lacks
    READ_ONLY_SHARED_BATCH_NEURON = VarAccessMode.READ_ONLY | VarAccessDim.ELEMENT | VarAccessDim.BATCH
    REDUCE_BATCH_NEURON_SUM = VarAccessMode.REDUCE_SUM | VarAccessDim.ELEMENT | VarAccessDim.BATCH
    REDUCE_BATCH_NEURON_MAX = VarAccessMode.REDUCE_MAX | VarAccessDim.ELEMENT | VarAccessDim.BATCH


@final
@unique
class SynapseMatrixConnectivity(IntFlag):
    """How it is stored who connects to whom."""

    DENSE = 1 << 0
    BITMASK = 1 << 1
    SPARSE = 1 << 2
    PROCEDURAL = 1 << 3
    TOEPLITZ = 1 << 4


@final
@unique
class SynapseMatrixWeight(IntFlag):
    """How variables of synapses are stored."""

    INDIVIDUAL = 1 << 6
    PROCEDURAL = 1 << 7
    KERNEL = 1 << 8


@final
@unique
class SynapseMatrixType(IntEnum):
    """The combinations of connectivity and weights that GeNN names."""

    DENSE = SynapseMatrixConnectivity.DENSE | SynapseMatrixWeight.INDIVIDUAL
    DENSE_PROCEDURALG = SynapseMatrixConnectivity.DENSE | SynapseMatrixWeight.PROCEDURAL
    BITMASK = SynapseMatrixConnectivity.BITMASK | SynapseMatrixWeight.INDIVIDUAL
    SPARSE = SynapseMatrixConnectivity.SPARSE | SynapseMatrixWeight.INDIVIDUAL
    PROCEDURAL = SynapseMatrixConnectivity.PROCEDURAL | SynapseMatrixWeight.PROCEDURAL
    PROCEDURAL_KERNELG = SynapseMatrixConnectivity.PROCEDURAL | SynapseMatrixWeight.KERNEL
    TOEPLITZ = SynapseMatrixConnectivity.TOEPLITZ | SynapseMatrixWeight.KERNEL


@final
@unique
class ParallelismHint(IntEnum):
    """How GeNN's GPU backends share out the work of a synapse group; the embedded engines need no hint."""

    POSTSYNAPTIC = 0
    PRESYNAPTIC = 1
    WORD_PACKED_BITMASK = 2


@final
@unique
class VarLocationAttribute(IntFlag):
    """Memories that can hold an array."""

    HOST = 1 << 0
    DEVICE = 1 << 1
    ZERO_COPY = 1 << 2


@final
@unique
class VarLocation(IntEnum):
    """Where an array lives; an engine without a device of its own accepts and does not need it."""

    DEVICE = VarLocationAttribute.DEVICE
    HOST_DEVICE = VarLocationAttribute.HOST | VarLocationAttribute.DEVICE
    HOST_DEVICE_ZERO_COPY = VarLocationAttribute.HOST | VarLocationAttribute.DEVICE | VarLocationAttribute.ZERO_COPY


_MODE_BITS = 0x3F


def get_var_access_mode(access: VarAccess | CustomUpdateVarAccess) -> VarAccessMode:
    """Mode part of an access."""
    return VarAccessMode(int(access) & _MODE_BITS)


def get_var_access_dim(
    access: VarAccess | CustomUpdateVarAccess, population_dims: VarAccessDim | None = None
) -> VarAccessDim:
    """Dimensions of a variable; those of a custom update's variable are taken from `population_dims`."""
    dims = VarAccessDim(int(access) & ~_MODE_BITS)
    if isinstance(access, CustomUpdateVarAccess):
        whole = VarAccessDim.ELEMENT | VarAccessDim.BATCH if population_dims is None else population_dims
        return whole & ~dims
    return dims
