"""Metrics: how well predictions fit."""

from ..registry import METRICS
from .mean_absolute_error import MeanAbsoluteError as MeanAbsoluteError
from .mean_square_error import MeanSquareError as MeanSquareError
from .metric import Metric as Metric
from .per_output_mean_square_error import PerOutputMeanSquareError as PerOutputMeanSquareError
from .sparse_categorical_accuracy import SparseCategoricalAccuracy as SparseCategoricalAccuracy
from .sparse_top_k_categorical_accuracy import SparseTopKCategoricalAccuracy as SparseTopKCategoricalAccuracy

METRICS.add(
    MeanAbsoluteError,
    MeanSquareError,
    PerOutputMeanSquareError,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
)
default_metrics = METRICS.default_classes
