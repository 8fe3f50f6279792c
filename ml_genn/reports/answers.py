"""What two networks answered, example by example: confusions, who is right where, and examples worth a look."""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import NDArray

from .result import Confused, Confusion, Example, Paired
from .samples import sample_inputs

Classes = NDArray[np.integer]
"""A class for each example, (examples,)."""

MOST_CLASSES = 40
"""Up to so many classes a confusion matrix is kept: a larger one can neither be read nor is it small."""

MOST_FREQUENT = 20
MOST_EXAMPLES = 12


def confusion(labels: Classes, snn: Classes, ann: Classes | None, classes: int) -> Confusion:
    """How often each class was chosen for the examples of each label."""
    few = classes <= MOST_CLASSES
    return Confusion(
        classes=classes,
        snn=_matrix(labels, snn, classes) if few else None,
        ann=_matrix(labels, ann, classes) if few and ann is not None else None,
        frequent=_frequent(labels, snn, ann, classes),
    )


def _matrix(labels: Classes, answers: Classes, classes: int) -> tuple[tuple[int, ...], ...]:
    counts = np.bincount(labels.astype(np.int64) * classes + answers, minlength=classes**2)
    return tuple(tuple(int(count) for count in row) for row in counts.reshape(classes, classes))


def _frequent(labels: Classes, snn: Classes, ann: Classes | None, classes: int) -> tuple[Confused, ...]:
    wrong = snn != labels
    pairs, counts = np.unique(labels[wrong].astype(np.int64) * classes + snn[wrong], return_counts=True)
    order = np.lexsort((pairs, -counts))[:MOST_FREQUENT]
    return tuple(
        Confused(
            label=int(pairs[i] // classes),
            answer=int(pairs[i] % classes),
            snn=int(counts[i]),
            ann=None if ann is None else _count(labels, ann, int(pairs[i] // classes), int(pairs[i] % classes)),
        )
        for i in order
    )


def _count(labels: Classes, answers: Classes, label: int, answer: int) -> int:
    return int(np.count_nonzero((labels == label) & (answers == answer)))


def paired(labels: Classes, snn: Classes, ann: Classes) -> Paired:
    """Examples by which of the two networks is right, with McNemar's exact test."""
    snn_right, ann_right = snn == labels, ann == labels
    only_ann, only_snn = int(np.sum(ann_right & ~snn_right)), int(np.sum(snn_right & ~ann_right))
    return Paired(
        both=int(np.sum(snn_right & ann_right)),
        only_ann=only_ann,
        only_snn=only_snn,
        neither=int(np.sum(~snn_right & ~ann_right)),
        p_value=mcnemar(only_ann, only_snn),
    )


def mcnemar(first: int, second: int) -> float:
    """Two-sided p-value of `first` and `second` under Binomial(first + second, 1/2): 2 P(X <= min), at most 1.

    Source: Q. McNemar, Psychometrika 12 (1947), 153-157, in its exact form.
    """
    total = first + second
    tail = sum(comb(total, count) for count in range(min(first, second) + 1))
    return min(1.0, float(2 * tail / 2**total))


def telling_examples(
    inputs: NDArray[np.floating], labels: Classes, snn: Classes, ann: Classes | None
) -> tuple[Example, ...]:
    """Examples with different answers, by turns where the ANN, the SNN or neither is right; at most a dozen.

    Without an ANN: examples that the SNN gets wrong. `inputs` (examples, *shape).
    """
    kinds = [snn != labels] if ann is None else _differences(labels, snn, ann)
    chosen = _by_turns([np.flatnonzero(kind)[:MOST_EXAMPLES] for kind in kinds])
    pictures = sample_inputs(inputs[chosen])
    return tuple(
        Example(
            position=int(at),
            label=int(labels[at]),
            snn=int(snn[at]),
            ann=None if ann is None else int(ann[at]),
            input=picture,
        )
        for at, picture in zip(chosen, pictures, strict=True)
    )


def _differences(labels: Classes, snn: Classes, ann: Classes) -> list[NDArray[np.bool_]]:
    different = snn != ann
    return [different & (ann == labels), different & (snn == labels), different & (ann != labels) & (snn != labels)]


def _by_turns(groups: list[NDArray[np.intp]]) -> list[int]:
    """One from each group in turn, up to MOST_EXAMPLES, then in the order of the groups."""
    ranked = sorted((turn, group, int(at)) for group, members in enumerate(groups) for turn, at in enumerate(members))
    return [at for _, _, at in sorted(ranked[:MOST_EXAMPLES], key=lambda item: item[1:])]
