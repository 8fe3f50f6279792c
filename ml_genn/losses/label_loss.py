"""Losses whose target is a class label."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..access import VarAccess
from ..errors import DataError
from ..model import NeuronModel, Var
from .labels import check_labels
from .loss import TARGET, Loss

NO_LABEL = -1
"""What stands where a batch holds no example."""


class LabelLoss(Loss):
    """A loss of class labels: in code YTrue is the label of the example, of type int, and -1 where there is none.

    Labels have shape (examples,) and count the neurons of the output population from 0, in C order.
    """

    def check_targets(self, y_true: Any, shape: tuple[int, ...]) -> None:
        check_labels(y_true, math.prod(shape))

    def add_to_neuron(
        self, model: NeuronModel, shape: tuple[int, ...], batch_size: int, example_timesteps: int
    ) -> NeuronModel:
        return model.with_var(Var(TARGET, NO_LABEL, "int", VarAccess.READ_ONLY_SHARED_NEURON))

    def set_target(
        self, genn_pop: Any, y_true: Any, shape: tuple[int, ...], batch_size: int, example_timesteps: int
    ) -> None:
        labels = check_labels(y_true, math.prod(shape))
        if len(labels) > batch_size:
            raise DataError(f"{type(self).__name__}: {len(labels)} labels do not fit a batch of {batch_size} examples")
        variable = genn_pop.vars[TARGET]
        filled = np.full(batch_size, NO_LABEL)
        filled[: len(labels)] = labels
        variable.view[:] = filled.reshape(variable.view.shape)
        variable.push_to_device()
