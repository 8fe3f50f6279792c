"""Draws which pairs of neurons are connected, where each pair is with the same probability, independently.

Within a row, the number of targets left out before the next connection is geometric: floor(log(u) / log(1 - p)) of a
uniform u in (0, 1]. So the work grows with the connections, not with the pairs. The k-th u of row i comes from word
k % 4 of the random numbers of element i, example k // 4 (plan/random.py): a row depends on nothing but its own index.
"""

from __future__ import annotations

import numpy as np

from ml_genn.engines.embedded.plan.random import philox

_DRAWS_AT_ONCE = 1 << 18
_WORDS = 4


def draw_rows(
    num_pre: int, num_post: int, probability: float, *, self_connections: bool, stream: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Connections of each row, int64 (num_pre,), and their targets, uint32, row by row, ascending within each."""
    if probability <= 0.0 or num_pre == 0:
        return np.zeros(num_pre, np.int64), np.zeros(0, np.uint32)
    mean = num_post * probability
    words = int(mean + 6.0 * np.sqrt(mean) + 10.0) // _WORDS + 1  # enough for nearly all rows
    rows_at_once = max(_DRAWS_AT_ONCE // (_WORDS * words), 1)
    lengths, targets = np.zeros(num_pre, np.int64), []
    for begin in range(0, num_pre, rows_at_once):
        rows = np.arange(begin, min(begin + rows_at_once, num_pre))
        posts = _posts(rows, num_post, probability, words, stream, seed)
        connected = posts < num_post
        if not self_connections:
            connected &= posts != rows[:, None]
        lengths[rows] = connected.sum(axis=1)
        targets.append(posts[connected].astype(np.uint32))
    return lengths, np.concatenate(targets)


def _posts(rows: np.ndarray, num_post: int, probability: float, words: int, stream: int, seed: int) -> np.ndarray:
    """Ascending targets [rows][draws] of which the last of each row lies beyond all neurons."""
    with np.errstate(divide="ignore"):
        scale = 1.0 / np.log1p(-probability)
    posts = np.full((len(rows), 1), -1, np.int64)
    while posts[:, -1].min() < num_post:
        drawn = (posts.shape[1] - 1) // _WORDS
        blocks = np.arange(drawn, drawn + words)
        bits = philox(rows[:, None], blocks[None, :], 0, stream, np.zeros((), np.uint64), seed)
        uniform = (np.stack(bits, axis=-1).reshape(len(rows), -1) + 1.0) * 2.0**-32
        gaps = np.minimum(np.log(uniform) * scale, float(num_post)).astype(np.int64)
        posts = np.concatenate([posts, posts[:, -1:] + np.cumsum(gaps + 1, axis=1)], axis=1)
    return posts[:, 1:]
