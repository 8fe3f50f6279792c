"""Sizes and padding of windows, by the import path of earlier versions."""

from __future__ import annotations

from enum import StrEnum, unique
from typing import Any, final

from ..connectivity.geometry import Pair, as_pair


@final
@unique
class PadMode(StrEnum):
    """Padding by name; connectivity takes the words as well."""

    VALID = "valid"
    SAME = "same"


def get_param_2d(name: str, param: Any, default: Any = None) -> Pair:
    """Height and width from one number or two; `default` in place of None.

    Raises:
        DescriptionError: they are no positive whole numbers; `name` tells whose they are.
    """
    return as_pair(name, default if param is None else param)


def get_conv_same_padding(in_size: int, filter_size: int, stride: int) -> int:
    """Cells of "same" padding before the first cell of an axis; of an odd number the smaller half."""
    return max(filter_size - (in_size % stride or stride), 0) // 2
