"""K-bit quantised activations: the function that a few-spike network of K steps computes, without its spikes.

    q(v) = clip(round(v / lsb) lsb, 0, alpha (1 - 2^-K)),  lsb = alpha 2^-K

`rounding` is "floor", floor(v / lsb), the rule of the neuron classes, or "nearest", floor(v / lsb + 1/2), which the
converters use. Signed values are coded as sign and magnitude: q(v) - q(-v), K bits each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from .execute import Activation
from .execute_stages import run_stages
from .ir import Array
from .stages import StageGraph

Rounding = Literal["floor", "nearest"]
SHIFT: Mapping[str, float] = {"floor": 0.0, "nearest": 0.5}


def codes(values: Array, alpha: float, k: int, rounding: Rounding = "nearest") -> Array:
    """The code of each value, a whole number from 0 to 2^K - 1, in the values' dtype; negative values give 0."""
    lsb = values.dtype.type(alpha) * values.dtype.type(2.0**-k)
    return np.clip(np.floor(values / lsb + values.dtype.type(SHIFT[rounding])), 0, 2**k - 1)


def quantise(values: Array, alpha: float, k: int, rounding: Rounding = "nearest") -> Array:
    """q(v), what a population with range `alpha` passes on for the drive v."""
    return codes(values, alpha, k, rounding) * (values.dtype.type(alpha) * values.dtype.type(2.0**-k))


def quantise_signed(values: Array, alpha: float, k: int, rounding: Rounding = "nearest") -> Array:
    """q(v) - q(-v): magnitude and sign, for inputs that may be negative."""
    return quantise(values, alpha, k, rounding) - quantise(-values, alpha, k, rounding)


def run_quantised(
    stages: StageGraph,
    inputs: ArrayLike | Mapping[str, ArrayLike],
    alphas: Mapping[str, float],
    k: int,
    *,
    rounding: Rounding = "nearest",
    signed_inputs: Collection[str] = (),
    dtype: DTypeLike = np.float64,
    keep: Iterable[str] = (),
    curves: Mapping[str, Activation] | None = None,
) -> dict[str, Array]:
    """Values of the outputs and of the stages in `keep` with every input and ReLU quantised to `k` bits.

    `alphas` gives the range of each input and relu stage by name. Max-pooling needs none: the largest of some codes is
    a code. Outputs are not quantised. `curves` gives what takes the place of other activation functions, by stage name.
    """

    def coder(name: str) -> Activation:
        code = quantise_signed if name in signed_inputs else quantise
        return lambda values: code(values, alphas[name], k, rounding)

    coded = [stage.name for stage in stages.stages if stage.kind in ("input", "relu")]
    activations = {name: coder(name) for name in coded} | dict(curves or {})
    return run_stages(stages, inputs, dtype=dtype, keep=keep, activations=activations)
