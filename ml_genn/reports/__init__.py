"""Results of evaluations as plain objects, and what becomes of them: JSON, an HTML page, a summary."""

from __future__ import annotations

from .answers import confusion, paired, telling_examples
from .comparison import Comparison
from .diagnosis import LayerDiagnosis, first_drop, suspect
from .environment import current_environment
from .html import render_html, write_html
from .json_file import read_json, to_json, write_json
from .layer_statistics import LayerStatistics
from .methods import Cost, MethodComparison, MethodRun, Moment, Refused, cheapest_within
from .progress import Progress
from .result import (
    SCHEMA,
    Accuracy,
    Calibration,
    Confused,
    Confusion,
    DataInfo,
    Density,
    EnergyEstimate,
    Environment,
    Example,
    Gate,
    Histogram,
    LayerResult,
    Method,
    ModelInfo,
    Paired,
    Result,
    Sample,
    Timing,
    Totals,
)
from .search import PREFERENCES, Search, SearchRun
from .wilson import wilson

__all__ = [
    "PREFERENCES",
    "SCHEMA",
    "Accuracy",
    "Calibration",
    "Comparison",
    "Confused",
    "Confusion",
    "Cost",
    "DataInfo",
    "Density",
    "EnergyEstimate",
    "Environment",
    "Example",
    "Gate",
    "Histogram",
    "LayerDiagnosis",
    "LayerResult",
    "LayerStatistics",
    "Method",
    "MethodComparison",
    "MethodRun",
    "ModelInfo",
    "Moment",
    "Paired",
    "Progress",
    "Refused",
    "Result",
    "Sample",
    "Search",
    "SearchRun",
    "Timing",
    "Totals",
    "cheapest_within",
    "confusion",
    "current_environment",
    "first_drop",
    "paired",
    "read_json",
    "render_html",
    "suspect",
    "telling_examples",
    "to_json",
    "wilson",
    "write_html",
    "write_json",
]
