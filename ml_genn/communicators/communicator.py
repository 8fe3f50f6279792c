"""Base class of communicators."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class Communicator(ABC):
    """Connects the ranks of a run. All ranks make the same calls in the same order."""

    @property
    @abstractmethod
    def rank(self) -> int:
        """Index of this rank."""

    @property
    @abstractmethod
    def num_ranks(self) -> int:
        """Number of ranks."""

    @abstractmethod
    def barrier(self) -> None:
        """Wait until all ranks have come here."""

    @abstractmethod
    def broadcast(self, data: Any, root: int) -> Any:
        """The `data` of the rank `root`, on all ranks."""

    @abstractmethod
    def reduce_sum(self, value: Any) -> Any:
        """Sum of the `value` of all ranks, on all ranks."""
