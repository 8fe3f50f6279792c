"""The trained model itself, evaluated by Keras."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ml_genn.reports import Progress
from ml_genn.runtime.output_trace import chosen_classes

from .gates import keras_outputs
from .ir import Array
from .passes.strip_probabilities import makes_probabilities
from .translate import translate

if TYPE_CHECKING:
    import keras

BATCH = 256


def predicted_classes(
    model: keras.Model, inputs: Sequence[Array], progress: Progress | None = None
) -> NDArray[np.int64]:
    """The class that the model's only output chooses for each example; `inputs` in the model's order."""
    examples = len(inputs[0])
    boundary = 0.5 if _ends_in_probabilities(model) else 0.0  # of a single output; elsewhere only the order counts
    parts = []
    for at in range(0, examples, BATCH):
        (values,) = keras_outputs(model, [array[at : at + BATCH] for array in inputs])
        parts.append(chosen_classes(values - boundary))
        if progress is not None:
            progress("trained model", min(at + BATCH, examples), examples)
    return np.concatenate(parts)


def _ends_in_probabilities(model: keras.Model) -> bool:
    graph = translate(model).graph
    return any(makes_probabilities(graph[name]) for name in graph.outputs)
