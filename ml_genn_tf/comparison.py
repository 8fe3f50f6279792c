"""All methods on one model and the same examples: one preparation, one calibration, one evaluation of the ANN."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

from ml_genn.data.checks import check_labels
from ml_genn.errors import DataError, UnsupportedError, UsageError
from ml_genn.reports import (
    Accuracy,
    Cost,
    DataInfo,
    EnergyEstimate,
    MethodComparison,
    MethodRun,
    Moment,
    Progress,
    Refused,
    Totals,
)
from ml_genn.reports import Calibration as CalibrationInfo
from ml_genn.reports import Method as MethodInfo

from .ann import predicted_classes
from .calibration import checked_inputs
from .conversion import class_count, complete_batch_size, run_options
from .ir import Array
from .macs import ann_macs
from .measure import Measured, measure
from .methods import METHODS, Method, accepted_options, create_method
from .result import environment_of, method_options, model_info
from .spiking_model import Converted, Ready, convert_ready, make_ready

if TYPE_CHECKING:
    import keras

SETTINGS = {"k": "ks (--k)", "timesteps": "timesteps (--timesteps)"}
"""Options that are compared, and how their values are given."""

BITS = (2, 3, 4, 6, 8)
TIMESTEPS: Mapping[str, Sequence[int]] = {"rate": (4, 8, 16, 32)}
MANY_TIMESTEPS = (128,)
"""For the classic rate codes, whose answers after 1, 2, 4 ... timesteps one run shows."""


def compare(
    model: keras.Model,
    x: Any,
    y: Any,
    *,
    calibration: Any = None,
    methods: Sequence[str] | None = None,
    ks: Sequence[int] | None = None,
    timesteps: Sequence[int] | None = None,
    options: Mapping[str, Any] | None = None,
    signed: bool | None = None,
    seed: int = 0,
    batch_size: int | None = None,
    engine: str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> MethodComparison:
    """Converts a trained model by several methods and settings, and evaluates each on the same labelled examples.

    A method that cannot convert the model appears with its reason and does not stop the others.

    Args:
        model: a Sequential or Functional model with one output, a vector with a value for each class.
        x, y: examples and their classes, as for `Conversion.evaluate`.
        calibration: training examples from which thresholds are chosen, as for `convert`.
        methods: names of methods; None for all of them.
        ks: bits of few-spike codes to try (default 2, 3, 4, 6, 8).
        timesteps: timesteps of rate codes to try (default 4, 8, 16, 32 for rate, 128 for the others).
        options: further options by name, for those of the methods that have them.
        signed, seed, batch_size, engine, threads: as for `convert`; progress: as for `Conversion.evaluate`.

    Raises:
        UnsupportedModelError: listing every layer that no method can convert.
        UnsupportedError: none of the methods can convert the model, with the reason of each.
        DataError, UsageError: examples or labels cannot be used; an unknown method, or a setting out of range.
    """
    rules = chosen_methods(METHODS if methods is None else methods, ks, timesteps, options)
    run = run_options(seed=seed, batch_size=batch_size, engine=engine, threads=threads)
    ready = make_ready(model, norm_data=calibration, signed=signed, source="given by the caller", run=run)
    stages = ready.prepared.stages
    arrays = checked_inputs(stages, x, "evaluation data")
    labels = check_labels(np.asarray(y), len(next(iter(arrays.values()))), "evaluation data", class_count(stages))
    complete_batch_size(run, stages)
    began, cpu_began = time.perf_counter(), time.process_time()
    ann = predicted_classes(model, [arrays[name] for name in stages.inputs], progress)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    contest = _Contest(ready, run, arrays, labels, ann)
    runs, refused = contest.all_of(rules, progress)
    if not runs:
        reasons = "".join(f"\n  - {one.method}: {one.reason}" for one in refused)
        raise UnsupportedError(f"none of the methods can convert {model.name}:{reasons}")
    return MethodComparison(
        **_what_is_shared(ready, arrays),
        ann=Accuracy.of(int(np.sum(ann == labels)), len(labels), seconds=seconds),
        ann_cpu_seconds=cpu_seconds,
        runs=runs,
        refused=refused,
        environment=environment_of(run),
    )


def _what_is_shared(ready: Ready, arrays: Mapping[str, Array]) -> dict[str, Any]:
    """What a comparison says whatever the methods: model, data, calibration and the model's operations."""
    macs = ann_macs(ready.prepared.graph)
    energy = EnergyEstimate.of(0.0, macs)
    examples = next(iter(arrays.values()))
    data = ready.calibration
    return {
        "model": model_info(ready.model, ready.prepared.stages),
        "data": DataInfo(
            name="evaluation data",
            source="given by the caller",
            split="unknown",
            examples=len(examples),
            shape=tuple(examples.shape[1:]),
        ),
        "calibration": None if data is None else CalibrationInfo(source=data.source, examples=data.examples),
        "ann_macs": macs,
        "ann_nanojoule": energy.ann_nanojoule,
        "accumulate_picojoule": energy.accumulate_picojoule,
        "multiply_accumulate_picojoule": energy.multiply_accumulate_picojoule,
        "energy_source": energy.source,
        "command": "ml_genn_tf.compare(model, x, y, calibration=...)",
        "warnings": ready.warnings,
    }


def chosen_methods(
    names: Sequence[str] | Mapping[str, Any],
    ks: Sequence[int] | None,
    timesteps: Sequence[int] | None,
    options: Mapping[str, Any] | None = None,
) -> tuple[Method, ...]:
    """One method for each name and setting, in their order.

    Raises UsageError for an unknown name, a setting out of range, or settings that none of the methods takes.
    """
    if ks is not None and "few-spike" not in names:
        raise UsageError(f"bits of codes go with few-spike, which is not among the methods {', '.join(names)}")
    if timesteps is not None and set(names) == {"few-spike"}:
        raise UsageError("timesteps go with rate coding, and the only method is few-spike, which takes bits of codes")
    further = _further_options(names, options or {})
    found = []
    for name in dict.fromkeys(names):
        others = further.get(name, {})
        if name == "few-spike":
            found += [create_method(name, k=k, **others) for k in dict.fromkeys(ks or BITS)]
        else:
            steps = timesteps or TIMESTEPS.get(name, MANY_TIMESTEPS)
            found += [create_method(name, timesteps=number, **others) for number in dict.fromkeys(steps)]
    return tuple(found)


def _further_options(names: Iterable[str], options: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Of the options those that each known method has.

    Raises UsageError for an option that none of them has, or that is compared.
    """
    accepted = {name: accepted_options(name) for name in names if name in METHODS}
    for option in options:
        if option in SETTINGS:
            raise UsageError(f"{option} is what is compared; give its values as {SETTINGS[option]}")
        if not any(option in known for known in accepted.values()):
            raise UsageError(f"none of the methods {', '.join(names)} has an option {option}")
    return {
        name: {option: options[option] for option in options if option in known} for name, known in accepted.items()
    }


@final
@dataclass(frozen=True, eq=False)
class _Contest:
    """What all runs have in common."""

    ready: Ready
    run: Mapping[str, Any]
    inputs: Mapping[str, Array]
    labels: NDArray[np.int64]
    ann: NDArray[np.int64]

    def all_of(
        self, methods: Sequence[Method], progress: Progress | None
    ) -> tuple[tuple[MethodRun, ...], tuple[Refused, ...]]:
        """One run for each method that can convert the model; each that cannot is refused once."""
        runs: list[MethodRun] = []
        refused: dict[str, Refused] = {}
        for method in methods:
            if method.name in refused:
                continue
            try:
                runs.append(self.one_of(method, progress))
            except (UnsupportedError, DataError) as error:
                refused[method.name] = Refused(method=method.name, reason=str(error))
        return tuple(runs), tuple(refused.values())

    def one_of(self, method: Method, progress: Progress | None) -> MethodRun:
        """Converts and evaluates."""
        setting = setting_of(method)

        def told(_: str, done: int, total: int) -> None:
            if progress is not None:
                progress(f"{method.name}, {setting}", done, total)

        began = time.perf_counter()
        converted = convert_ready(self.ready, method)
        seconds = time.perf_counter() - began
        compiled = method.create_compiler(**self.run, **method.observation).compile(converted.spiking.network)
        measured = measure(converted.spiking, method, compiled, self.inputs, told, beside_ann=False)
        classes = measured.classes[method.timesteps]
        wall = _running(measured.seconds)
        examples = len(self.labels)
        return MethodRun(
            method=MethodInfo(name=method.name, options=method_options(method, converted.spiking)),
            setting=setting,
            snn=Accuracy.of(int(np.sum(classes == self.labels)), examples, seconds=wall, timesteps=method.timesteps),
            agreement=float(np.mean(classes == self.ann)),
            by_timestep=tuple(
                Moment.of(steps, int(np.sum(chosen == self.labels)), examples)
                for steps, chosen in sorted(measured.classes.items())
            ),
            cost=_cost(converted, measured),
            convert_seconds=seconds,
            build_seconds=measured.seconds.get("build", 0.0),
            wall_seconds=wall,
            cpu_seconds=_running(measured.cpu_seconds),
            warnings=converted.warnings,
        )


def setting_of(method: Method) -> str:
    """As in "K = 4" or "T = 32"."""
    return f"{'K' if method.name == 'few-spike' else 'T'} = {method.timesteps}"


def _cost(converted: Converted, measured: Measured) -> Cost:
    """What inputs send as values are multiply-accumulates, and no spikes."""
    totals = Totals.of(measured.layers, ann_macs=ann_macs(converted.graph))
    return Cost.of(
        spikes=totals.spikes,
        neurons=sum(layer.neurons for layer in measured.layers if not layer.analog),
        accumulates=totals.synops - totals.multiply_accumulates,
        multiply_accumulates=totals.multiply_accumulates,
    )


def _running(seconds: Mapping[str, float]) -> float:
    return seconds.get("input", 0.0) + seconds.get("simulation", 0.0)
