"""Base class of connectivity, and what it asks of the engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np

from ..checkpoint import restored
from ..errors import ShapeError
from ..values import Value
from .sharing import Sharing

if TYPE_CHECKING:
    from ..connection import Connection
    from ..population import Population


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class ConnectivitySnippet:
    """How the engine shall store a connection.

    Args:
        matrix_type: "DENSE", "SPARSE" or "TOEPLITZ".
        weight: a number; an Initializer; or an array: (pre, post) if dense, the kernel if Toeplitz, else one per
            synapse in the order of `indices`. With `sharing` it is that of the free weights, flat.
        delay: in timesteps, like `weight`.
        indices: presynaptic and postsynaptic neurons of each synapse.
        init: name of the engine's own initialisation snippet.
        init_params: its parameters.
        scale: factor that all weights get.
        sharing: how the weights of synapses are made of fewer free ones; None if each has one of its own.
    """

    matrix_type: str
    weight: Any
    delay: Any
    indices: tuple[np.ndarray, np.ndarray] | None = None
    init: str | None = None
    init_params: Mapping[str, Any] = field(default_factory=dict)
    scale: float = 1.0
    sharing: Sharing | None = None

    def for_each_synapse(self) -> ConnectivitySnippet:
        """The snippet with weights that synapses share as one for each; the free ones must be drawn before."""
        if self.sharing is None:
            return self
        return replace(self, weight=self.sharing.spread(self.weight), sharing=None)


class Connectivity(ABC):
    """Which neurons are connected, with what weights and delays.

    Args:
        weight: weights; the class says which shape an array has.
        delay: delays in timesteps, a number or like `weight`.

    Attributes:
        selects_maximum: the target takes the largest of its inputs, instead of their sum.
        trainable: the weights may be learned.
        lists_synapses: a checkpoint may say which neurons the synapses join.
        shares_weights: synapses have no weights of their own.
    """

    weight = Value("g", finite=True)
    delay = Value("d", finite=True, low=0)
    selects_maximum: ClassVar[bool] = False
    trainable: ClassVar[bool] = True
    lists_synapses: ClassVar[bool] = False
    shares_weights: ClassVar[bool] = False

    def __init__(self, weight: Any, delay: Any = 0) -> None:
        self.weight = weight
        self.delay = delay

    @abstractmethod
    def connect(self, source: Population, target: Population) -> None:
        """Decide shapes that are open, and check the others.

        Raises:
            ShapeError: the populations' shapes or the weights do not fit.
        """

    @abstractmethod
    def get_snippet(self, connection: Connection, supported_matrix_type: frozenset[str]) -> ConnectivitySnippet:
        """How to store the connection.

        Args:
            connection: the connection.
            supported_matrix_type: what the engine can store: "DENSE", "SPARSE", "TOEPLITZ", "TOEPLITZ_STRIDED".
        """

    @abstractmethod
    def weight_shape(self, source: Population, target: Population) -> tuple[int, ...] | None:
        """Shape of weights given as an array; () where there is one number only, None where synapses are drawn."""

    def restored(self, connection: Connection, arrays: Mapping[str, np.ndarray]) -> Connectivity:
        """A copy with weights and delays from a checkpoint, flat arrays by GeNN name.

        Raises:
            DataError: they do not fit.
        """
        return restored(self, arrays, self.weight_shape(*connection.ends) or (), connection.describe())

    @abstractmethod
    def fan_out(self, connection: Connection) -> np.ndarray:
        """Number of synapses of each presynaptic neuron; for random connectivity their mean.

        Returns:
            float64 array of shape (number of presynaptic neurons,).
        """


def known_shape(source: Population, target: Population, kind: str) -> tuple[int, ...]:
    """The source's shape.

    Raises:
        ShapeError: it has not been decided.
    """
    if source.shape is None:
        raise ShapeError(
            f"{source}->{target}: {kind} connectivity needs a source population with a shape; give {source} one"
        )
    return source.shape
