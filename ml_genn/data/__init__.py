"""Sources of labelled examples: the shipped digits, npz and HDF5 files, folders of IDX files, recordings of events."""

from __future__ import annotations

from .calibration import CalibrationData, load_calibration, range_warning
from .dataset import Dataset
from .events import EventDataset
from .load import load_data, parse_scale, resolve
from .load_events import load_events
from .tonic_dataset import tonic_events

__all__ = [
    "CalibrationData",
    "Dataset",
    "EventDataset",
    "load_calibration",
    "load_data",
    "load_events",
    "parse_scale",
    "range_warning",
    "resolve",
    "tonic_events",
]
