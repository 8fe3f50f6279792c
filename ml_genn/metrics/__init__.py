"""Metrics: how well predictions fit."""

from ..registry import METRICS
from .mean_square_error import MeanSquareError as MeanSquareError
from .metric import Metric as Metric
from .sparse_categorical_accuracy import SparseCategoricalAccuracy as SparseCategoricalAccuracy

METRICS.add(MeanSquareError, SparseCategoricalAccuracy)
default_metrics = METRICS.default_classes
