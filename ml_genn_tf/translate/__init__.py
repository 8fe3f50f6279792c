"""Keras layers -> nodes of the layer graph; one file for each family of layers, each registering itself."""

from __future__ import annotations

from . import activations, convolution, dense, input  # noqa: F401
from .model import Translation as Translation
from .model import translate as translate
from .registry import TRANSLATORS as TRANSLATORS
from .registry import translates as translates
