"""Counter-based random numbers: Philox4x32-10, keyed so that no draw depends on batch size, thread or schedule.

counter = (element, example, timestep, (stream << 16) | draw), key = (seed low, seed high), all unsigned 32 bit;
`example` is Clock.example_offset + batch index (0 where the kernel is not batched). `element` is the neuron, the
element of a custom update, or the synapse: pre * row_stride + place for sparse connectivity, id_pre * num_post +
id_post else.
`draw` counts from 0 the random calls that one element makes on one stream within one run of a kernel, so a neuron's sim
code, conditions and reset code share a count and each of its inputs, having a stream of its own, has another.

One call takes one counter block of four words x0 .. x3:
gennrand() = x0; gennrand_uniform() = (x0 >> 8) + 1 times 2^-24 in float, (x0 * 2^21 + (x1 >> 11)) + 1 times 2^-53 in
double, so within (0, 1]; gennrand_normal() is Box-Muller of two such uniforms u and v made from (x0, x1) and (x2, x3):
sqrt(-2 log(u)) * cos(2 pi v), in the precision of the result.
gennrand_exponential() = -log(gennrand_uniform()); gennrand_log_normal(m, s) = exp(m + s * gennrand_normal());
gennrand_binomial(n, p) counts the draws <= p among n draws of gennrand_uniform();
gennrand_gamma(a) is Marsaglia and Tsang's: with d = max(a, a + 1 if a < 1) - 1/3 and c = 1 / sqrt(9 d), repeat
x = gennrand_normal(), v = (1 + c x)^3 until v > 0, then u = gennrand_uniform(), until
log(u) < x^2 / 2 + d - d v + d log(v); the result is d v, times gennrand_uniform()^(1 / a) if
a < 1 (NaN if a is not positive and finite).

Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3.
"""

from __future__ import annotations

import numpy as np

_MULTIPLIER_0, _MULTIPLIER_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL_0, _WEYL_1 = 0x9E3779B9, 0xBB67AE85
_ROUNDS = 10
_MASK = np.uint64(0xFFFFFFFF)


def philox(
    element: np.ndarray, example: np.ndarray, timestep: int, stream: int, draw: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Four uint32 words for each broadcast (element, example, draw)."""
    words = np.broadcast_arrays(
        np.asarray(element, np.uint64),
        np.asarray(example, np.uint64),
        np.asarray(timestep & 0xFFFFFFFF, np.uint64),
        np.asarray((stream & 0xFFFF) << 16, np.uint64) | (np.asarray(draw, np.uint64) & np.uint64(0xFFFF)),
    )
    x0, x1, x2, x3 = (word & _MASK for word in words)
    key_0, key_1 = seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF
    for _ in range(_ROUNDS):
        product_0, product_1 = x0 * _MULTIPLIER_0, x2 * _MULTIPLIER_1
        x0, x1, x2, x3 = (
            (product_1 >> np.uint64(32)) ^ x1 ^ np.uint64(key_0),
            product_1 & _MASK,
            (product_0 >> np.uint64(32)) ^ x3 ^ np.uint64(key_1),
            product_0 & _MASK,
        )
        key_0, key_1 = (key_0 + _WEYL_0) & 0xFFFFFFFF, (key_1 + _WEYL_1) & 0xFFFFFFFF
    return tuple(word.astype(np.uint32) for word in (x0, x1, x2, x3))  # type: ignore[return-value]
