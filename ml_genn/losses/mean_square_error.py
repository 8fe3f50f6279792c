"""Mean square error of a time series."""

from __future__ import annotations

import math
from typing import Any, ClassVar, final

import numpy as np

from ..errors import DataError
from ..model import ExtraGlobalParam, NeuronModel
from .loss import TARGET, Loss

_REAL = "biuf"


@final
class MeanSquareError(Loss):
    """1/2 sum_j (V_j - y_j)^2, averaged over timesteps and examples: V_j output neuron j, y_j what it should be.

    Its derivative with respect to V_j in one timestep is (V_j - y_j) / (timesteps * examples). Targets and predictions
    have shape (examples, timesteps) + shape of the output population. In code the target of this moment is
    YTrue[(((batch * timesteps) + timestep) * num_neurons) + id], of type scalar; it is 0 where a batch holds no
    example.
    """

    reads_series: ClassVar[bool] = True
    targets_series: ClassVar[bool] = True

    def value(self, y_true: Any, y_pred: np.ndarray) -> float:
        target = self.checked_target(y_true, y_pred)
        per_output = np.mean((y_pred.astype(np.float64) - target) ** 2, axis=(0, 1))
        return float(0.5 * np.sum(per_output))

    def checked_target(self, y_true: Any, y_pred: np.ndarray) -> np.ndarray:
        """The target in double precision.

        Raises:
            DataError: it does not fit the predictions.
        """
        target = _series(y_true)
        if target.shape != y_pred.shape or target.ndim < 3:
            raise DataError(
                "MeanSquareError needs targets and predictions of one shape, (examples, timesteps) + shape of the "
                f"output population, got {target.shape} and {y_pred.shape}"
            )
        return target

    def add_to_neuron(
        self, model: NeuronModel, shape: tuple[int, ...], batch_size: int, example_timesteps: int
    ) -> NeuronModel:
        empty = np.zeros(batch_size * example_timesteps * math.prod(shape), np.float32)
        return model.with_extra_global_param(ExtraGlobalParam(TARGET, empty))

    def set_target(
        self, genn_pop: Any, y_true: Any, shape: tuple[int, ...], batch_size: int, example_timesteps: int
    ) -> None:
        target = _series(y_true)
        if target.shape[1:] != (example_timesteps, *shape) or len(target) > batch_size:
            raise DataError(
                f"Shape of target data for MeanSquareError loss should be {(batch_size, example_timesteps, *shape)}, "
                f"with fewer examples in a partial batch, got {target.shape}"
            )
        parameter = genn_pop.extra_global_params[TARGET]
        parameter.view[:] = 0.0
        parameter.view[: target.size] = target.ravel()
        parameter.push_to_device()


def _series(y_true: Any) -> np.ndarray:
    target = np.asarray(y_true)
    if target.dtype.kind not in _REAL:
        raise DataError(f"targets of MeanSquareError must be real numbers, got dtype {target.dtype}")
    target = target.astype(np.float64)
    wrong = np.argwhere(~np.isfinite(target))
    if len(wrong):
        raise DataError(
            f"targets of MeanSquareError must be finite; that of example {wrong[0][0]} holds "
            f"{target[tuple(wrong[0])]} at {tuple(int(i) for i in wrong[0][1:])}"
        )
    return target
