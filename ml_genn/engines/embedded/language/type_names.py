"""How types are written: every spelling of C, in any order of its words, and the model's own two."""

from __future__ import annotations

from ml_genn.engines.embedded.language.types import (
    BOOL,
    DOUBLE,
    FLOAT,
    INT8,
    INT16,
    INT32,
    INT64,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    NumericType,
    Precision,
)

# Widths are those of 64-bit Linux and macOS on every machine; `char` is signed.
SPELLINGS = {
    BOOL: ("bool",),
    INT8: ("char", "signed char", "int8_t"),
    UINT8: ("unsigned char", "uint8_t"),
    INT16: ("short", "short int", "signed short", "signed short int", "int16_t"),
    UINT16: ("unsigned short", "unsigned short int", "uint16_t"),
    INT32: ("int", "signed", "signed int", "int32_t"),
    UINT32: ("unsigned int", "unsigned", "uint32_t"),
    INT64: (
        *("long", "long int", "signed long", "signed long int", "int64_t"),
        *("long long", "long long int", "signed long long", "signed long long int"),
    ),
    UINT64: (
        *("unsigned long", "unsigned long int", "unsigned long long", "unsigned long long int", "uint64_t"),
        "size_t",
    ),
    FLOAT: ("float",),
    DOUBLE: ("double",),
}

MODEL_TYPES = ("scalar", "timepoint")

_TYPES = {tuple(sorted(spelling.split())): type_ for type_, spellings in SPELLINGS.items() for spelling in spellings}

TYPE_WORDS = frozenset(word for words in _TYPES for word in words) | frozenset(MODEL_TYPES)


def type_named(words: tuple[str, ...], precision: Precision) -> NumericType | None:
    """The type that the words name together, or None."""
    if words == ("scalar",):
        return precision.scalar
    if words == ("timepoint",):
        return precision.time
    return _TYPES.get(tuple(sorted(words)))
