"""Converters: classes that turn a Keras model into a network and know the compiler that runs it."""

from __future__ import annotations

from ..methods import InputType as InputType
from .converter import Converter as Converter
from .data_norm import DataNorm as DataNorm
from .few_spike import FewSpike as FewSpike
from .simple import Simple as Simple
from .spike_norm import SpikeNorm as SpikeNorm

__all__ = ["Converter", "DataNorm", "FewSpike", "InputType", "Simple", "SpikeNorm"]
