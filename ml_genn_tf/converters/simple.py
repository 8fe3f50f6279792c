"""Rate coding with the weights as they are."""

from __future__ import annotations

from typing import final

from ..methods import InputType, Method, SimpleMethod
from .converter import Converter


@final
class Simple(Converter):
    """All thresholds 1; see `ml_genn_tf.methods.SimpleMethod`.

    Args:
        evaluate_timesteps: timesteps per example.
        signed_input: whether inputs may be negative.
        input_type: how the input is presented, an InputType or its value.
    """

    def __init__(
        self,
        evaluate_timesteps: int,
        signed_input: bool = False,
        input_type: InputType | str = InputType.POISSON,
    ) -> None:
        super().__init__(signed_input=signed_input)
        self._method = SimpleMethod(timesteps=evaluate_timesteps, input_type=input_type)
        self.evaluate_timesteps = evaluate_timesteps
        self.input_type = self._method.input_type

    @property
    def method(self) -> Method:
        return self._method
