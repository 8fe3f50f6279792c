"""Rate coding with thresholds from data."""

from __future__ import annotations

from typing import Any, final

from ml_genn.errors import DataError

from ..methods import DataNormMethod, InputType, Method
from .converter import Converter


@final
class DataNorm(Converter):
    """Thresholds from the largest activations and weights; see `ml_genn_tf.methods.DataNormMethod`.

    Args:
        evaluate_timesteps: timesteps per example.
        signed_input: whether inputs may be negative.
        norm_data: calibration examples: an array, an iterable of (x, y) batches, or a list with one for each input.
        input_type: how the input is presented, an InputType or its value.

    Raises:
        DataError: no calibration examples.
    """

    def __init__(
        self,
        evaluate_timesteps: int,
        signed_input: bool = False,
        norm_data: Any = None,
        input_type: InputType | str = InputType.POISSON,
    ) -> None:
        super().__init__(signed_input=signed_input, norm_data=norm_data)
        if norm_data is None:
            raise DataError("DataNorm chooses thresholds on calibration data; give some training examples as norm_data")
        self._method = DataNormMethod(timesteps=evaluate_timesteps, input_type=input_type)
        self.evaluate_timesteps = evaluate_timesteps
        self.input_type = self._method.input_type

    @property
    def method(self) -> Method:
        return self._method
