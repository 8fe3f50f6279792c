"""Strides, windows and padding as Keras writes them, turned into explicit numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..ir import NO_PADDING, Padding, Pair, same_padding
from ..keras_graph import Call
from .registry import require


def pair(value: Any) -> Pair:
    """2 or (2, 2) -> (2, 2)."""
    rows, cols = value if isinstance(value, Sequence) else (value, value)
    return int(rows), int(cols)


def image_padding(call: Call, window: Sequence[int], strides: Pair) -> Padding:
    """The cells that Keras' "same" or "valid" adds at the top, bottom, left and right."""
    require(call.config, "padding", ("same", "valid"), 'use padding="same" or "valid"')
    if call.config["padding"] == "valid":
        return NO_PADDING
    return same_padding(call.input_shapes[0], window, strides)


def require_channels_last(call: Call) -> None:
    """Raises Refusal for data_format="channels_first"."""
    remedy = "rebuild the model with data_format='channels_last'"
    require(call.config, "data_format", ("channels_last",), remedy)
