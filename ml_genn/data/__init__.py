"""Sources of labelled examples: the shipped digits, npz and HDF5 files, folders of IDX files."""

from __future__ import annotations

from .calibration import CalibrationData, load_calibration, range_warning
from .dataset import Dataset
from .load import load_data, parse_scale, resolve

__all__ = ["CalibrationData", "Dataset", "load_calibration", "load_data", "parse_scale", "range_warning", "resolve"]
