"""Least squares: weights with which a layer makes the most of what the spiking layers before it really send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from .. import ir
from ..execute import evaluate, patches
from ..execute_stages import drive_of
from ..ir import Array, Node, Weights
from ..stages import Path, Stage

ROWS = 40_000
"""Equations of the least-squares problem, drawn at random from all positions of all examples."""

EQUATIONS = 10


def refitted(stage: Stage, sent: Mapping[str, Array], wanted: Array, ridge: float) -> Stage:
    """The stage with weights W + D and bias b + d that bring its drive closest to `wanted`.

    (D, d) = argmin sum_n |x_n D + d - r_n|^2 + ridge N v |D|^2, where x_n is what a position of the layer receives, r_n
    what its drive lacks, and v the mean variance of the inputs. Where a ReLU's drive and the wanted one are both
    negative nothing is lacking. One Dense or convolution of a stage is changed, that with the most inputs; none where
    there are fewer than EQUATIONS equations for each of its inputs, which would fit the examples and not the task.
    Source: ridge regression; changing weights layer by layer to fit activations is the "advanced" calibration of Y. Li
    et al., ICML 2021, "A free lunch from ANN: towards efficient, accurate spiking neural networks calibration".

    Args:
        stage: a relu or output stage.
        sent: what the stages before it send, by name, (examples, *shape).
        wanted: the ANN's drive.
        ridge: how strongly weights are held to the trained ones.
    """
    place = _weights_that_end_a_path(stage)
    if place is None:
        return stage
    which, at = place
    path = stage.paths[which]
    op = path.ops[at]
    drive = drive_of(stage, sent)
    lacking = wanted - drive
    if stage.kind == "relu":
        lacking = np.where((drive < 0) & (wanted < 0), 0, lacking)
    rows = _received(op, sent[path.source], path.ops[:at])
    if len(rows) < EQUATIONS * rows.shape[1]:
        return stage
    change, shift = _least_squares(rows, lacking, ridge)
    ops = (*path.ops[:at], _plus(op, change), *path.ops[at + 1 :])
    paths = (*stage.paths[:which], Path(path.source, ops), *stage.paths[which + 1 :])
    return replace(stage, paths=paths, bias=stage.bias + shift)


def _least_squares(rows: Array, lacking: Array, ridge: float) -> tuple[Weights, Weights]:
    lacking = lacking.reshape(len(rows), -1)
    if len(rows) > ROWS:
        chosen = np.random.default_rng(0).choice(len(rows), ROWS, replace=False)
        rows, lacking = rows[chosen], lacking[chosen]
    x, y = rows.astype(np.float64), lacking.astype(np.float64)
    mean, offset = x.mean(axis=0), y.mean(axis=0)
    x, y = x - mean, y - offset
    variance = x.T @ x / len(x)
    held = variance + ridge * (np.trace(variance) / len(variance) or 1.0) * np.eye(len(variance))
    change: Weights = np.linalg.solve(held, x.T @ y / len(x))
    return change, offset - mean @ change


def _weights_that_end_a_path(stage: Stage) -> tuple[int, int] | None:
    """Path and position of the largest Dense or convolution behind which there is only reshaping."""
    found = [
        (_fan_in(op), which, at)
        for which, path in enumerate(stage.paths)
        for at, op in enumerate(path.ops)
        if _is_full(op) and all(isinstance(after, ir.Reshape) for after in path.ops[at + 1 :])
    ]
    return max(found)[1:] if found else None


def _is_full(op: Node) -> bool:
    """Whether every output reads every channel: grouped convolutions stay as they are."""
    return isinstance(op, ir.Dense) or (isinstance(op, ir.Convolution) and op.groups == 1)


def _fan_in(op: Node) -> int:
    return int(op.weight.shape[0]) if isinstance(op, ir.Dense) else int(np.prod(op.kernel.shape[:3]))  # type: ignore[attr-defined]


def _received(op: Node, value: Array, before: Sequence[Node]) -> Array:
    """What each position of the layer receives, (examples x positions, inputs)."""
    for node in before:
        value = evaluate(node, [value])
    return patches(op, value)[0] if isinstance(op, ir.Convolution) else value


def _plus(op: Node, change: Weights) -> Node:
    if isinstance(op, ir.Dense):
        return replace(op, weight=op.weight + change)
    return replace(op, kernel=op.kernel + change.reshape(op.kernel.shape))  # type: ignore[attr-defined, call-arg]
