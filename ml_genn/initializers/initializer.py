"""Base class of initializers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from ..errors import UnsupportedError


@final
@dataclass(frozen=True, eq=False)
class InitializerSnippet:
    """A GeNN variable initialisation snippet (a built-in's name or an object) with its values."""

    snippet: Any
    param_vals: Mapping[str, Any] = field(default_factory=dict)
    egp_vals: Mapping[str, Any] = field(default_factory=dict)


class Initializer(ABC):
    """How the initial values of a variable are drawn."""

    @abstractmethod
    def get_snippet(self) -> InitializerSnippet:
        """The snippet that the engine runs for each value."""

    def sample(self, generator: np.random.Generator, count: int) -> np.ndarray:
        """Values for weights that several synapses share, which an engine cannot draw.

        Raises:
            UnsupportedError: the class does not say how, so that only the engine can draw.
        """
        raise UnsupportedError(
            f"a {type(self).__name__} draws its values on the engine, one for each synapse; weights that synapses "
            "share need Normal, Uniform or an array"
        )
