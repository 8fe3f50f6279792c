"""What callbacks ask of networks that are trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from ..errors import DescriptionError
from .callback import Callback
from .running_network import RunningNetwork


@runtime_checkable
class TrainedNetwork(RunningNetwork, Protocol):
    """A network that is trained, as `Callback.set_params` gets it.

    Attributes:
        history: what each epoch came to, see ml_genn.runtime.history.EpochResult.
    """

    history: Sequence[Any]

    @property
    def optimisers(self) -> Sequence[Any]:
        """The optimisers, whose attributes may be changed between batches."""

    def stop_training(self) -> None:
        """End the training after the present epoch."""


def find_optimisers(callback: Callback, network: Any, param_name: str) -> list[Any]:
    """The optimisers of a network, all of which have a parameter.

    Raises:
        DescriptionError: there are none, or one has no such parameter.
    """
    name = type(callback).__name__
    optimisers = list(getattr(network, "optimisers", ()))
    if not optimisers:
        raise DescriptionError(f"{name} needs optimisers, which only networks that are trained have")
    for optimiser in optimisers:
        if not hasattr(optimiser, param_name):
            known = ", ".join(item for item in vars(optimiser) if not item.startswith("_"))
            raise DescriptionError(
                f"{name}: {type(optimiser).__name__} has no parameter {param_name!r}; it has {known}"
            )
    return optimisers


def check_trained(callback: Callback, network: Any) -> Any:
    """The network, if it keeps a history.

    Raises:
        DescriptionError: it does not, because it is no network that is trained.
    """
    if not hasattr(network, "history"):
        raise DescriptionError(
            f"{type(callback).__name__} needs a history of epochs, which only networks that are trained have"
        )
    return network
