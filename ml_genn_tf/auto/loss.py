"""What a conversion loses, estimated on examples without labels, with a margin for what they cannot show.

An example whose class changes from a, the ANN's, to b is right less often by p_a - p_b, p being the ANN's softmax: a
change where the ANN is in doubt costs little. Training examples are easier than others; so the same is asked of blends,
0.75 x_i + 0.25 x_j, whose answers are less certain, and the larger of both losses counts.
Source of blends: H. Zhang et al., ICLR 2018, "mixup: beyond empirical risk minimization", equation 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from ..execute_stages import run_stages
from ..ir import Array
from ..stages import StageGraph

SHARE = 0.75
"""Of the first example in a blend."""

CERTAINTY = 1.645
"""Standard errors that the mean is raised by: 95 % of estimates lie below that."""

CONFIDENCE = 0.9
"""Mean of the ANN's largest probability on calibration examples; outputs that are no logits would give less."""

CHUNK = 256


@final
@dataclass(frozen=True)
class Loss:
    """Accuracy lost, as fractions: the estimate, what it is at most with 95 % confidence, and the same answers."""

    mean: float
    at_most: float
    agreement: float


@final
@dataclass(frozen=True, eq=False)
class Examples:
    """Inputs by name, and the ANN's class and probabilities (examples, classes)."""

    inputs: Mapping[str, Array]
    classes: NDArray[np.int64]
    probabilities: Array

    def loss(self, classes: NDArray[np.int64]) -> Loss:
        """What answering with these classes loses.

        The bound is that of one further example that is lost completely, so that few examples prove little.
        """
        rows = np.arange(len(classes))
        lost = self.probabilities[rows, self.classes] - self.probabilities[rows, classes]
        error = CERTAINTY * float(lost.std()) / len(lost) ** 0.5
        return Loss(
            mean=float(lost.mean()),
            at_most=(float(lost.sum()) + 1) / (len(lost) + 1) + error,
            agreement=float(np.mean(classes == self.classes)),
        )


def plain_and_blended(stages: StageGraph, inputs: Mapping[str, Array], seed: int) -> tuple[Examples, Examples]:
    """The examples as they are, and blends of each with another one."""
    count = len(next(iter(inputs.values())))
    other = np.random.default_rng(seed).permutation(count)
    blends = {name: _blend(array, array[other]) for name, array in inputs.items()}
    plain, blended = (_logits(stages, arrays) for arrays in (inputs, blends))
    factor = _sharpening(plain)
    return (
        Examples(inputs, plain.argmax(axis=1), softmax(factor * plain)),
        Examples(blends, blended.argmax(axis=1), softmax(factor * blended)),
    )


def softmax(logits: Array) -> Array:
    """exp(z) / sum exp(z) of each row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _blend(first: Array, second: Array) -> Array:
    return np.asarray(np.float32(SHARE) * first + np.float32(1 - SHARE) * second)


def _logits(stages: StageGraph, inputs: Mapping[str, Array]) -> Array:
    (output,) = stages.outputs
    count = len(next(iter(inputs.values())))
    parts = [
        run_stages(stages, {name: array[at : at + CHUNK] for name, array in inputs.items()}, keep=(output,))[output]
        for at in range(0, count, CHUNK)
    ]
    logits = np.concatenate(parts).astype(np.float64)
    return np.hstack([np.zeros_like(logits), logits]) if logits.shape[1] == 1 else logits  # 1 / (1 + exp(-z))


def _sharpening(logits: Array) -> float:
    """What outputs are multiplied by: the first power of two with which the ANN is as certain as it should be.

    1 for logits; more for outputs of models trained with other losses, whose changes would else seem to cost nothing.
    """
    factors = (2.0**power for power in range(16))
    return next((factor for factor in factors if softmax(factor * logits).max(axis=1).mean() >= CONFIDENCE), 1.0)
