"""From a Keras model to a network description: preparation, calibration, method, in one line each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import keras
import numpy as np

from ml_genn.errors import DataError, UsageError

from .build import SpikingModel, build_network
from .calibration import Calibration, calibrate, check_values
from .gates import GateRecord
from .ir import Array, Graph
from .keras_graph import walk
from .methods import Method
from .methods.scales import below_ceilings
from .norm_data import gather
from .prepare import Prepared, prepare
from .problems import Problem, unsupported
from .stages import StageGraph


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Converted:
    """A network and how it came about."""

    spiking: SpikingModel
    graph: Graph
    gates: tuple[GateRecord, ...]
    calibration: Calibration | None
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


@final
@dataclass(frozen=True, eq=False, kw_only=True)
class Ready:
    """A model with all that its conversions share, whatever the method."""

    model: keras.Model
    prepared: Prepared
    calibration: Calibration | None
    signed_inputs: frozenset[str]
    warnings: tuple[str, ...]


def convert_model(
    model: keras.Model,
    method: Method,
    *,
    norm_data: Any = None,
    signed: bool | None = None,
    source: str = "",
    run: Mapping[str, Any] | None = None,
) -> Converted:
    """The spiking network of a Keras model.

    Parameters: `norm_data` calibration examples in any form that `gather` reads; `signed` whether inputs may be
    negative, None to see it from the calibration examples; `source` says in words where these came from; `run`: the
    compiler's arguments for methods that run networks on them.

    Raises DataError where the method needs calibration examples and there are none, or they are no finite numbers;
    UsageError for another `signed`; and what `prepare` raises.
    """
    _check_calibration(method, norm_data is not None)
    return convert_ready(make_ready(model, norm_data=norm_data, signed=signed, source=source, run=run), method)


def make_ready(
    model: keras.Model,
    *,
    norm_data: Any = None,
    signed: bool | None = None,
    source: str = "",
    run: Mapping[str, Any] | None = None,
) -> Ready:
    """Stages and calibration of a Keras model, for one conversion or several. Parameters as for `convert_model`.

    Raises DataError where calibration examples are no finite numbers, UsageError for another `signed`, and what
    `prepare` raises.
    """
    inputs = walk(model).inputs
    arrays = gather(norm_data, inputs) if norm_data is not None else None
    check_values(arrays or {}, "calibration data")  # before the gates, which use them as samples
    if signed not in (None, True, False):
        raise UsageError(f"signed must be True, False or None, got {signed!r}")
    negative = _negative_inputs(arrays or {})
    signed_inputs = negative if signed is None else frozenset(inputs if signed else ())
    prepared = prepare(model, arrays, signed_inputs=signed_inputs)
    unseen = tuple(
        f"Input {name} has negative values on the calibration data, which an unsigned input cannot send; they count "
        "as 0."
        for name in inputs
        if name in negative - signed_inputs
    )
    calibration = calibrate(prepared.stages, arrays, source=source, run=run) if arrays is not None else None
    return Ready(model=model, prepared=prepared, calibration=calibration, signed_inputs=signed_inputs, warnings=unseen)


def convert_ready(ready: Ready, method: Method) -> Converted:
    """The spiking network of a model that is ready.

    Raises DataError where the method needs calibration examples and there are none, UnsupportedModelError and
    UnsupportedError for what it cannot do.
    """
    stages, calibration = ready.prepared.stages, ready.calibration
    _check_calibration(method, calibration is not None)
    _check_curves(ready.model, method, stages, calibration is not None)
    scales = below_ceilings(method.scales(stages, calibration, ready.signed_inputs), stages, method.top)
    return Converted(
        spiking=build_network(stages, method, scales),
        graph=ready.prepared.graph,
        gates=ready.prepared.gates,
        calibration=calibration,
        notes=(*method.notes(stages), *scales.notes),
        warnings=(*scales.warnings, *ready.warnings),
    )


def _check_calibration(method: Method, calibrated: bool) -> None:
    if method.needs_calibration and not calibrated:
        raise DataError(
            f"{method.name} chooses thresholds on calibration data; give some training examples as calibration "
            "(convert) or norm_data (converters)"
        )


def _check_curves(model: keras.Model, method: Method, stages: StageGraph, calibrated: bool) -> None:
    """Raises UnsupportedModelError for functions that the method cannot do, DataError where it has no data to fit them
    on."""
    curves = [(stage.layer, stage.curve.function) for stage in stages.stages if stage.curve is not None]
    if curves and method.fits_curves and not calibrated:
        layer, function = curves[0]
        raise DataError(
            f"{method.name} fits the {function} of layer {layer} to calibration data; give some training examples as "
            "calibration (convert) or norm_data (converters)"
        )
    if curves and not method.fits_curves:
        classes = {call.name: call.class_name for call in walk(model).calls}
        remedy = 'few-spike coding fits it (method="few-spike"); else retrain with relu'
        raise unsupported(
            model.name,
            [
                Problem(layer, classes[layer], f"applies {function}, which no rate of spikes is", remedy)
                for layer, function in curves
            ],
        )


def _negative_inputs(arrays: Mapping[str, Array]) -> frozenset[str]:
    return frozenset(name for name, array in arrays.items() if array.size and float(np.min(array)) < 0)
