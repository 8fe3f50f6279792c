"""Rewritings of the layer graph, one to a file: pure functions Graph -> Graph, each checked by a gate."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ..ir import Graph
from .drop_training_only import drop_training_only
from .fold_batch_norm import fold_batch_norm
from .fold_padding import fold_padding
from .order_gathers import order_gathers
from .order_max_pooling import order_max_pooling
from .separate_max_pooling import separate_max_pooling
from .strip_probabilities import strip_probabilities

Pass = Callable[[Graph], Graph]
"""Gives back the very same graph where it has nothing to do."""


def normalising_passes(signed_inputs: Collection[str] = ()) -> dict[str, Pass]:
    """The passes that every conversion runs, by name, in their order."""
    return {
        "drop_training_only": drop_training_only,
        "strip_probabilities": strip_probabilities,
        "fold_padding": fold_padding,
        "order_gathers": order_gathers,
        "fold_batch_norm": fold_batch_norm,
        "order_max_pooling": lambda graph: order_max_pooling(graph, signed_inputs),
        "fold_batch_norm_again": fold_batch_norm,
        "separate_max_pooling": lambda graph: separate_max_pooling(graph, signed_inputs),
    }
