"""What the two convolutions share: a kernel of weights that all windows use."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ShapeError, UnsupportedError
from ..values import Switch, Value, is_initializer
from .connectivity import Connectivity, ConnectivitySnippet
from .geometry import Pair, as_padding, as_pair
from .sharing import by_place

if TYPE_CHECKING:
    from ..connection import Connection
    from ..population import Population


class KernelConnectivity(Connectivity):
    """A convolution; the arguments are those of Conv2D."""

    shares_weights = True
    filters = Value(whole=True, low=1)
    flatten = Switch()

    def __init__(
        self,
        weight: Any,
        filters: int,
        conv_size: int | Pair,
        flatten: bool = False,
        conv_strides: int | Pair | None = None,
        conv_padding: Any = "valid",
        delay: Any = 0,
    ) -> None:
        super().__init__(weight, delay)
        kind = type(self).__name__
        self.filters = filters
        self.conv_size = as_pair(f"{kind}.conv_size", conv_size)
        self.flatten = flatten
        self.conv_strides = as_pair(f"{kind}.conv_strides", 1 if conv_strides is None else conv_strides)
        self.conv_padding = as_padding(f"{kind}.conv_padding", conv_padding)

    @abstractmethod
    def weight_shape(self, source: Population, target: Population) -> tuple[int, ...]:
        """Shape of the kernel."""

    @abstractmethod
    def synapses(self, source: Population) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Arrays (source neuron, target neuron, C-order index in the kernel), one entry per synapse."""

    def check_kernel(self, source: Population, target: Population, axes: str) -> None:
        """Check the shape of weights and delays given as arrays; `axes` says what it means.

        Raises:
            ShapeError: it is another.
        """
        expected = self.weight_shape(source, target)
        for name, value in (("weight", self.weight), ("delay", self.delay)):
            if isinstance(value, np.ndarray) and value.shape != expected:
                raise ShapeError(
                    f"{source}->{target}: {type(self).__name__} {name}s must have shape {expected} ({axes}), "
                    f"got {value.shape}"
                )

    def sparse_snippet(self, connection: Connection, scale: float = 1.0) -> ConnectivitySnippet:
        """All synapses one by one, for engines that cannot share a kernel in this geometry.

        Raises:
            UnsupportedError: delays are drawn at random, so that synapses would not share them.
        """
        source, kind = connection.ends[0], type(self).__name__
        if is_initializer(self.delay):
            raise UnsupportedError(
                f"{connection.describe()}: this engine cannot draw the delays of {kind} at random in this geometry; "
                "give an array"
            )
        pre, post, place = self.synapses(source)
        order = np.lexsort((post, pre))  # that of engines
        sharing = by_place(place[order], math.prod(self.weight_shape(*connection.ends)))
        weight, delay = (
            value.ravel() if isinstance(value, np.ndarray) else value for value in (self.weight, self.delay)
        )
        return ConnectivitySnippet(
            matrix_type="SPARSE",
            weight=weight,
            delay=sharing.spread(delay),
            indices=(pre[order], post[order]),
            scale=scale,
            sharing=sharing,
        )
