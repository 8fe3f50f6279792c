"""Losses: how far the outputs of a network are from what is right."""

from ..registry import LOSSES
from .first_spike_crossentropy import FirstSpikeCrossentropy as FirstSpikeCrossentropy
from .label_loss import LabelLoss as LabelLoss
from .loss import Loss as Loss
from .mean_square_error import MeanSquareError as MeanSquareError
from .per_timestep_crossentropy import PerTimestepCrossentropy as PerTimestepCrossentropy
from .relative_mean_square_error import RelativeMeanSquareError as RelativeMeanSquareError
from .sparse_categorical_crossentropy import SparseCategoricalCrossentropy as SparseCategoricalCrossentropy

LOSSES.add(
    FirstSpikeCrossentropy,
    MeanSquareError,
    PerTimestepCrossentropy,
    RelativeMeanSquareError,
    SparseCategoricalCrossentropy,
)
default_losses = LOSSES.default_classes
