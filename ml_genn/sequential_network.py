"""A network in which each layer is connected to the one before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, final

from .errors import DescriptionError
from .network import Network

if TYPE_CHECKING:
    from .layer import InputLayer, Layer


@final
class SequentialNetwork(Network):
    """A chain of layers, made by creating an InputLayer and Layers inside its `with` block.

    Args:
        default_params: as for Network.
    """

    def __init__(self, default_params: Mapping[type, Mapping[str, Any]] | None = None) -> None:
        super().__init__(default_params)
        self.layers: list[InputLayer | Layer] = []

    @staticmethod
    def get_prev_layer() -> InputLayer | Layer | None:
        """The last layer so far, None if there is none yet.

        Raises:
            DescriptionError: outside a ``with sequential_network:`` block.
        """
        if not Network._open:
            raise DescriptionError("Cannot get previous layer outside of a ``with sequential_network:`` block")
        layers = SequentialNetwork.current_sequential("Layer").layers
        return layers[-1] if layers else None

    @staticmethod
    def current_sequential(what: str) -> SequentialNetwork:
        """The sequential network whose `with` block is running.

        Raises:
            DescriptionError: there is none, or the running network is not sequential.
        """
        network = Network.current(what, "sequential_network")
        if not isinstance(network, SequentialNetwork):
            raise DescriptionError(f"{what} must be created inside a ``with sequential_network:`` block")
        return network
