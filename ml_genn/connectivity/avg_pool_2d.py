"""Average pooling over images."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from .connectivity import ConnectivitySnippet
from .pool import PoolConnectivity

if TYPE_CHECKING:
    from ..connection import Connection


@final
class AvgPool2D(PoolConnectivity):
    """Each source neuron of a window reaches the target with weight 1 / (cells of the window inside the image).

    Args:
        pool_size: height and width of the window.
        flatten: the target is one-dimensional.
        pool_strides: vertical and horizontal stride, by default `pool_size`; windows may overlap.
        delay: timesteps, a number.
        pool_padding: "valid", "same" (smaller half first) or ((top, bottom), (left, right)).
    """

    def get_snippet(self, connection: Connection, supported_matrix_type: frozenset[str]) -> ConnectivitySnippet:
        pre, post, cells = self.synapses(connection.ends[0])
        return ConnectivitySnippet(matrix_type="SPARSE", weight=1.0 / cells, delay=self.delay, indices=(pre, post))
