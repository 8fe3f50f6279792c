"""Arithmetic of gathers: which do nothing, two in a row as one, and those that only choose channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..ir import Gather, Shape, numbers, size

Indices = NDArray[np.int64]


def keeps_order(gather: Gather) -> bool:
    """Whether a gather is at most a reshape: every value once, in its order."""
    flat = gather.index.ravel()
    return len(flat) == size(gather.source) and bool((flat == np.arange(len(flat))).all())


def composed(first: Gather, second: Gather) -> Gather:
    """One gather that does second(first(x)), under the second one's name."""
    index = np.where(second.index >= 0, first.index.ravel()[np.maximum(second.index, 0)], -1)
    return replace(second, inputs=first.inputs, index=index, source=first.source)


def channel_map(gather: Gather) -> Indices | None:
    """For each entry of the last axis the one it comes from, or -1; None if anything else moves."""
    if not gather.source or gather.index.shape[:-1] != gather.source[:-1]:
        return None
    first = gather.index.reshape(-1, gather.index.shape[-1])[0]
    beginnings = gather.source[-1] * numbers((*gather.source[:-1], 1))
    expected = np.where(first >= 0, first + beginnings, -1)
    return first if bool((first < gather.source[-1]).all() and (gather.index == expected).all()) else None


def channel_gather(gather: Gather, channels: Indices, image: Shape) -> Gather:
    """The gather of the same channels from an image with other rows and columns, of shape `image`."""
    beginnings = image[-1] * numbers((*image[:-1], 1))
    return replace(gather, index=np.where(channels >= 0, channels + beginnings, -1), source=image)


def keeps_channels(gather: Gather) -> bool:
    """Whether every value of the result comes from somewhere in its own channel."""
    channels = gather.source[-1]
    return (
        gather.index.shape[-1] == channels
        and bool((gather.index % channels == np.arange(channels)).all())
        and (bool((gather.index >= 0).all()))
    )


def are_disjoint(gathers: Sequence[Gather]) -> bool:
    """Whether no two of them fill the same place."""
    filled = sum((gather.index >= 0).astype(np.int64) for gather in gathers)
    return bool(np.all(filled <= 1))
