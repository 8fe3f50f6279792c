"""Rate coding with thresholds measured in the spiking network."""

from __future__ import annotations

from typing import Any, final

from ml_genn.errors import DataError

from ..methods import InputType, Method, SpikeNormMethod
from .converter import Converter


@final
class SpikeNorm(Converter):
    """Thresholds from the largest input of one timestep; see `ml_genn_tf.methods.SpikeNormMethod`.

    Args:
        evaluate_timesteps: timesteps per example, also while thresholds are measured.
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
            raise DataError(
                "SpikeNorm measures thresholds on calibration data; give some training examples as norm_data"
            )
        self._method = SpikeNormMethod(timesteps=evaluate_timesteps, input_type=input_type, norm_examples=None)
        self.evaluate_timesteps = evaluate_timesteps
        self.input_type = self._method.input_type

    @property
    def method(self) -> Method:
        return self._method
