"""Delivery of the spikes of one step through one connectivity; one file per connectivity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ml_genn.engines.embedded.cpu.emit.convolution import convolution
from ml_genn.engines.embedded.cpu.emit.delivery import Delivery
from ml_genn.engines.embedded.cpu.emit.dense import dense
from ml_genn.engines.embedded.cpu.emit.dense_feedback import dense_feedback
from ml_genn.engines.embedded.cpu.emit.dense_joint import EXAMPLES, can_join, dense_joint
from ml_genn.engines.embedded.cpu.emit.kernel import JointText, KernelText
from ml_genn.engines.embedded.cpu.emit.sparse import sparse
from ml_genn.engines.embedded.plan.arithmetic import fed_in_lanes
from ml_genn.engines.embedded.plan.plan import (
    ConvolutionConnectivity,
    DenseConnectivity,
    Propagation,
    SparseConnectivity,
)
from ml_genn.errors import InternalCompilerError

_WRITERS: dict[type, Callable[[Delivery, Any], None]] = {
    DenseConnectivity: dense,
    SparseConnectivity: sparse,
    ConvolutionConnectivity: convolution,
}


def propagation(group: Propagation) -> KernelText:
    """The kernel of a propagation."""
    writer = _WRITERS.get(type(group.connectivity))
    if writer is None:
        raise InternalCompilerError(f"{group.name}: no C for {group.connectivity!r}; this is a bug in ml_genn")
    fed = fed_in_lanes(group)
    if fed is not None:
        return dense_feedback(group, fed)
    delivery = Delivery(group)
    writer(delivery, group.connectivity)
    text = delivery.kernel.finish()
    return replace(text, joint=JointText(dense_joint(group), EXAMPLES)) if can_join(group) else text
