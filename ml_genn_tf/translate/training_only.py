"""Layers that act in training only: at inference their output is their input."""

from __future__ import annotations

from collections.abc import Sequence

from .. import ir
from ..ir import Node
from ..keras_graph import Call
from .registry import translates

REGULARISATION = (
    "ActivityRegularization",
    "AlphaDropout",
    "Dropout",
    "GaussianDropout",
    "GaussianNoise",
    "Identity",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
)
AUGMENTATION = (
    "RandomBrightness",
    "RandomContrast",
    "RandomErasing",
    "RandomFlip",
    "RandomHue",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
)
"""RandomCrop is missing on purpose: at inference it still crops or resizes."""


@translates(*REGULARISATION, *AUGMENTATION)
def training_only(call: Call) -> Sequence[Node]:
    """y = x."""
    return [ir.Identity(name=call.name, layer=call.name, inputs=call.inputs)]
