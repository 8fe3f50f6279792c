"""Labelled examples, checked: what every source of data returns and every evaluation takes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import final

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError


@final
@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Examples with their class numbers.

    Sources build it through `checked_dataset`, so that whoever holds one need not check it again.
    """

    x: NDArray[np.float32]
    """(examples, *shape of one example), finite."""
    y: NDArray[np.int64]
    """(examples,), class numbers from 0."""
    name: str
    """Short name, as in "mnist"."""
    source: str
    """What the user gave, as in "data/mnist"."""
    split: str
    """"train", "test" or, where the file does not say, "all"."""

    def __len__(self) -> int:
        return len(self.y)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one example."""
        return self.x.shape[1:]

    @cached_property
    def sha256(self) -> str:
        """Checksum over x and y as used, so that two runs can be known to have seen the same data."""
        digest = hashlib.sha256(np.ascontiguousarray(self.x).data)
        digest.update(np.ascontiguousarray(self.y).data)
        return digest.hexdigest()

    def first(self, examples: int) -> Dataset:
        """The first `examples` of them.

        Raises:
            DataError: fewer than one, or more than there are.
        """
        if not 1 <= examples <= len(self):
            raise DataError(
                f"{self.source} ({self.split}) has {len(self)} examples; asked for the first {examples}, "
                f"give a number between 1 and {len(self)}"
            )
        return replace(self, x=self.x[:examples], y=self.y[:examples])
