"""Few-spike coding."""

from __future__ import annotations

from typing import Any, final

from ..methods import FewSpikeMethod, Method
from .converter import Converter


@final
class FewSpike(Converter):
    """K bits per value; see `ml_genn_tf.methods.FewSpikeMethod`.

    Args:
        k: bits, and timesteps per layer, from 1 to 24.
        alpha: full scale of every layer where there are no calibration examples.
        signed_input: whether inputs may be negative.
        norm_data: calibration examples, from which every layer gets its own alpha: an array, an iterable of (x, y)
            batches, or a list with one for each input.
    """

    def __init__(self, k: int = 10, alpha: float = 25, signed_input: bool = False, norm_data: Any = None) -> None:
        super().__init__(signed_input=signed_input, norm_data=norm_data)
        self._method = FewSpikeMethod(k=k, alpha=alpha if norm_data is None else None)
        self.k = k
        self.alpha = alpha

    @property
    def method(self) -> Method:
        return self._method
