"""What each layer adds to the difference between a spiking network and its ANN, as plain objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

SHARE = 1 / 3
"""Answers change "first" at the first layer that costs this part of all agreement that is lost."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LayerDiagnosis:
    """One layer's part in the difference; errors are means over neurons and examples, relative to the largest ANN value
    of the layer."""

    name: str
    examples: int
    """Examples looked at, the first ones of the evaluation data."""
    error: float
    """Of the values that its spikes stand for, against the ANN's."""
    inherited_error: float
    """What the ANN's layer makes of the spiking network's own inputs, against the ANN: error of earlier layers."""
    own_error: float
    """Of the values that its spikes stand for, against what the ANN's layer makes of the same inputs."""
    rounding_error: float
    """What sending values in so many bits or timesteps costs at best."""
    lasting_error: float
    """The part of the own error that rounding does not explain and that adding up many values does not remove."""
    clipped: float
    """Fraction of the ANN's values above the highest that the layer can send."""
    saturated: float
    silent: float
    silenced: float
    """Fraction of the neurons that the ANN uses on these examples but that never spike."""
    agreement: float
    """Fraction of the examples that keep their class when the values up to this layer are the spiking network's and
    the ANN computes the rest."""
    suspect: bool
    """Whether this is the layer to look at first."""
    finding: str | None = None
    """What stands out, as a sentence; None where nothing does."""
    remedy: str | None = None
    """What would help, as a sentence that names an option."""


def first_drop(layers: Sequence[LayerDiagnosis]) -> LayerDiagnosis | None:
    """The first layer at which agreement falls by a good part of all that is lost; None where no layer does."""
    lost = 1 - layers[-1].agreement if layers else 0.0
    before = 1.0
    for layer in layers:
        if lost > 0 and before - layer.agreement >= SHARE * lost:
            return layer
        before = min(before, layer.agreement)
    return None


def suspect(layers: Sequence[LayerDiagnosis]) -> LayerDiagnosis | None:
    """The layer to look at first."""
    return next((layer for layer in layers if layer.suspect), None)
