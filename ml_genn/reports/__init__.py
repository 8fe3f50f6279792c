"""Results of evaluations as plain objects, and what becomes of them: JSON, an HTML page, a summary."""

from __future__ import annotations

from .environment import current_environment
from .html import render_html, write_html
from .json_file import read_json, to_json, write_json
from .layer_statistics import LayerStatistics
from .progress import Progress
from .result import (
    SCHEMA,
    Accuracy,
    Calibration,
    DataInfo,
    EnergyEstimate,
    Environment,
    Gate,
    Histogram,
    LayerResult,
    Method,
    ModelInfo,
    Result,
    Timing,
    Totals,
)
from .wilson import wilson

__all__ = [
    "SCHEMA",
    "Accuracy",
    "Calibration",
    "DataInfo",
    "EnergyEstimate",
    "Environment",
    "Gate",
    "Histogram",
    "LayerResult",
    "LayerStatistics",
    "Method",
    "ModelInfo",
    "Progress",
    "Result",
    "Timing",
    "Totals",
    "current_environment",
    "read_json",
    "render_html",
    "to_json",
    "wilson",
    "write_html",
    "write_json",
]
