"""Shards of the batch, in which sums over it are made."""

from __future__ import annotations

import numpy as np

from ml_genn.engines.embedded.plan.plan import num_shards
from ml_genn.engines.embedded.reference.lanes import Indices


def shards(batch_size: int) -> list[slice]:
    """The examples of each shard."""
    count = num_shards(batch_size)
    return [slice(s * batch_size // count, (s + 1) * batch_size // count) for s in range(count)]


def shard_of(examples: Indices, batch_size: int) -> Indices:
    """The shard that each of the examples belongs to."""
    found = np.concatenate([np.full(part.stop - part.start, number) for number, part in enumerate(shards(batch_size))])
    return found[examples]
