"""What all converters do."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from ml_genn import Network, Population

from ..keras_graph import walk
from ..methods import Method
from ..spiking_model import convert_model

if TYPE_CHECKING:
    import keras


class Converter(ABC):
    """Turns Keras models into spiking networks by one method.

    Args:
        signed_input: whether inputs may be negative.
        norm_data: calibration examples: an array, an iterable of (x, y) batches, or a list with one for each input.
    """

    def __init__(self, *, signed_input: bool = False, norm_data: Any = None) -> None:
        self.signed_input = signed_input
        self.norm_data = norm_data

    @property
    @abstractmethod
    def method(self) -> Method:
        """The conversion method with its options."""

    def create_compiler(self, **kwargs: Any) -> Any:
        """The compiler that networks of this converter need; `kwargs` are the compiler's own arguments."""
        return self.method.create_compiler(**kwargs)

    def convert(
        self, tf_model: keras.Model
    ) -> tuple[Network, list[Population], list[Population], dict[Any, Population]]:
        """The spiking network of a trained model.

        Returns:
            The network, its input and output populations in the model's order, and {Keras layer: population} of those
            layers that became populations.

        Raises:
            UnsupportedModelError: listing every layer that cannot be converted.
            GateError: a step of the conversion changed what the model computes.
            DataError: calibration examples are missing or cannot be used.
        """
        converted = convert_model(tf_model, self.method, norm_data=self.norm_data, signed=self.signed_input)
        for text in converted.warnings:
            warnings.warn(text, stacklevel=2)
        spiking = converted.spiking
        layers = {call.name: call.layer for call in walk(tf_model).calls}
        populations = {
            layers[stage.layer]: spiking.populations[stage.name]
            for stage in spiking.stages.stages
            if stage.layer in layers
        }
        return spiking.network, spiking.inputs, spiking.outputs, populations
