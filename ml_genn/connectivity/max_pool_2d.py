"""Max-pooling over images."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from .connectivity import ConnectivitySnippet
from .pool import PoolConnectivity

if TYPE_CHECKING:
    from ..connection import Connection


@final
class MaxPool2D(PoolConnectivity):
    """The target takes the largest of the source neurons of its window; it must be a FewSpikeMaxPool or SpikeMaxPool.

    Args:
        pool_size: height and width of the window.
        flatten: the target is one-dimensional.
        pool_strides: vertical and horizontal stride, by default `pool_size`; windows may overlap.
        delay: timesteps, a number.
        pool_padding: "valid", "same" (smaller half first) or ((top, bottom), (left, right)); padding never wins.
    """

    selects_maximum: ClassVar[bool] = True

    def get_snippet(self, connection: Connection, supported_matrix_type: frozenset[str]) -> ConnectivitySnippet:
        pre, post, _ = self.synapses(connection.ends[0])
        return ConnectivitySnippet(matrix_type="SPARSE", weight=1.0, delay=self.delay, indices=(pre, post))
