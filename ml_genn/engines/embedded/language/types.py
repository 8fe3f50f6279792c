"""Types of the GeNN modelling language: C's numbers, pointers to them, and the model's `scalar` and `timepoint`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, final

import numpy as np

Kind = Literal["float", "int", "uint", "bool"]


@final
@dataclass(frozen=True)
class NumericType:
    """A number of C: its C99 name (`float`, `int32_t`, `bool` ...), kind and width in bits."""

    name: str
    kind: Kind
    bits: int

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """The numpy type with the same values and the same bytes."""
        return np.dtype(np.bool_) if self.kind == "bool" else np.dtype(f"{self.kind}{self.bits}")

    @property
    def is_float(self) -> bool:
        """Whether arithmetic on it rounds."""
        return self.kind == "float"

    def __str__(self) -> str:
        return self.name


@final
@dataclass(frozen=True)
class PointerType:
    """Address of consecutive numbers: an extra global parameter, or what it is."""

    element: NumericType

    def __str__(self) -> str:
        return f"{self.element}*"


@final
@dataclass(frozen=True)
class VoidType:
    """Result of a function called for its effect, such as `addToPost`."""

    def __str__(self) -> str:
        return "void"


Type = NumericType | PointerType | VoidType

BOOL = NumericType("bool", "bool", 8)
INT8 = NumericType("int8_t", "int", 8)
UINT8 = NumericType("uint8_t", "uint", 8)
INT16 = NumericType("int16_t", "int", 16)
UINT16 = NumericType("uint16_t", "uint", 16)
INT32 = NumericType("int32_t", "int", 32)
UINT32 = NumericType("uint32_t", "uint", 32)
INT64 = NumericType("int64_t", "int", 64)
UINT64 = NumericType("uint64_t", "uint", 64)
FLOAT = NumericType("float", "float", 32)
DOUBLE = NumericType("double", "float", 64)
VOID = VoidType()


@final
@dataclass(frozen=True)
class Precision:
    """What `scalar` and `timepoint` mean in one model."""

    scalar: NumericType = FLOAT
    time: NumericType = FLOAT
