"""Chooses method and settings on calibration data: the cheapest network that loses no more accuracy than allowed.

Calibration examples are divided: thresholds are fitted to one part, the loss is measured on the other. Few-spike codes
are searched by bisection over K, since more bits lose less and cost more; then rate codes that may be cheaper still
(`rate_timesteps`). That is at most six candidates, whatever the clock says: equal seeds choose equally.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, final

import numpy as np

from ml_genn.errors import DataError, UnsupportedError, UsageError
from ml_genn.reports import PREFERENCES, Progress, Search, SearchRun, Totals

from ..comparison import setting_of
from ..conversion import Conversion, class_count, complete_batch_size, run_options
from ..ir import Array
from ..measure import measure
from ..methods import Method
from ..methods.options import check_range
from ..result import method_options
from ..spiking_model import Converted, Ready, convert_ready, make_ready
from .candidates import FEW_SPIKE, FITTED, RATE, Family, rate_timesteps
from .loss import Examples, plain_and_blended

if TYPE_CHECKING:
    import keras

MEASURED = 1000
"""Calibration examples that the loss is measured on, at most; and as many blends of them."""


def auto_convert(
    model: keras.Model,
    *,
    calibration: Any,
    tolerance: float = 0.5,
    prefer: str = "synops",
    signed: bool | None = None,
    seed: int = 0,
    batch_size: int | None = None,
    engine: str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Conversion:
    """Turns a trained Keras model into the cheapest spiking network that loses at most `tolerance` points.

    The loss is estimated on calibration examples alone, with a margin (`ml_genn_tf.auto.loss`); no labels are needed.
    Where no candidate keeps the tolerance, the one that loses least is chosen and `search.warning` says so.

    Args:
        model: a Sequential or Functional model with one output, a vector with a value for each class.
        calibration: training or validation examples as for `convert`, better a thousand than a hundred.
        tolerance: percentage points of accuracy that may be lost.
        prefer: what shall be least, "synops" (synaptic operations) or "steps" (timesteps of a layer).
        signed, seed, batch_size, engine, threads: as for `convert`; the seed also divides the examples.
        progress: called as progress(stage, done, total).

    Returns:
        A conversion as `convert` makes it, with `search`: all candidates with their loss, operations and timesteps.

    Raises:
        DataError: fewer than two calibration examples, and as `convert`.
        UsageError: a tolerance out of range, or another preference.
        UnsupportedError: the model does not choose between classes; and as `convert`.
    """
    check_range("auto_convert", "tolerance", tolerance, 0.0, 100.0)
    if prefer not in PREFERENCES:
        raise UsageError(f"auto_convert prefers fewer {' or '.join(PREFERENCES)}, got prefer={prefer!r}")
    run = run_options(seed=seed, batch_size=batch_size, engine=engine, threads=threads)
    ready = make_ready(model, norm_data=calibration, signed=signed, source="given by the caller", run=run)
    stages = ready.prepared.stages
    class_count(stages)  # refuses outputs that choose between no classes
    complete_batch_size(run, stages)
    ready, held = _divided(ready, seed)
    contest = _Contest(ready, run, plain_and_blended(stages, held, seed), tolerance, prefer, progress)
    contest.search()
    return contest.conversion()


def _divided(ready: Ready, seed: int) -> tuple[Ready, Mapping[str, Array]]:
    """The model with the part of its calibration examples that fits, and the examples that measure."""
    calibration = ready.calibration
    if calibration is None or calibration.examples < 2:
        raise DataError(
            "auto_convert fits thresholds to some calibration examples and measures on others; give two or more"
        )
    order = np.random.default_rng(seed).permutation(calibration.examples)
    fitted = min(FITTED, calibration.examples // 2)
    parts = order[:fitted], order[fitted : fitted + MEASURED]
    fit, held = ({name: array[part] for name, array in calibration.inputs.items()} for part in parts)
    return replace(ready, calibration=replace(calibration, inputs=fit, examples=fitted)), held


@final
@dataclass(eq=False)
class _Contest:
    """A search that goes on: what all candidates share, and what has been tried."""

    ready: Ready
    run: Mapping[str, Any]
    examples: tuple[Examples, Examples]
    tolerance: float
    prefer: str
    progress: Progress | None
    found: list[tuple[SearchRun, Method, Converted]] = field(default_factory=list)

    def search(self) -> None:
        """Few-spike codes, then rate codes that may be cheaper."""
        try:
            bits = self.fewest(FEW_SPIKE[0])
        except UnsupportedError:
            bits = self.fewest(FEW_SPIKE[1])
        for steps in rate_timesteps(bits):
            try:
                if self.inside(RATE, steps):
                    break
            except UnsupportedError:
                break

    def fewest(self, family: Family) -> int:
        """The smallest value inside the tolerance by bisection; the value after the largest where there is none."""
        low, high = 0, len(family.values)
        while low < high:
            middle = (low + high) // 2
            if self.inside(family, family.values[middle]):
                high = middle
            else:
                low = middle + 1
        return family.values[low] if low < len(family.values) else family.values[-1] + 1

    def inside(self, family: Family, value: int) -> bool:
        """Converts, measures, remembers, and says whether the loss is inside the tolerance."""
        method = family.method(value)
        began = time.perf_counter()
        converted = convert_ready(self.ready, method)
        compiled = method.create_compiler(**self.run, **method.observation).compile(converted.spiking.network)
        plain, blended = self.examples
        told = self._told(method)
        measured = measure(converted.spiking, method, compiled, plain.inputs, told, beside_ann=False)
        loss = plain.loss(measured.classes[method.timesteps])
        worst = loss
        if 100 * loss.at_most <= self.tolerance:
            again = measure(converted.spiking, method, compiled, blended.inputs, told, beside_ann=False)
            worst = max(loss, blended.loss(again.classes[method.timesteps]), key=lambda one: one.at_most)
        totals = Totals.of(measured.layers, ann_macs=0.0)
        run = SearchRun(
            method=method.name,
            options=method_options(method, converted.spiking),
            setting=setting_of(method),
            timesteps=method.timesteps,
            lost=worst.mean,
            lost_at_most=worst.at_most,
            agreement=loss.agreement,
            spikes=totals.spikes,
            synops=totals.synops,
            seconds=time.perf_counter() - began,
            inside=100 * worst.at_most <= self.tolerance,
        )
        self.found.append((run, method, converted))
        return run.inside

    def conversion(self) -> Conversion:
        """The candidate that is chosen."""
        chosen = min(range(len(self.found)), key=lambda at: self._rank(self.found[at][0]))
        _, method, converted = self.found[chosen]
        plain = self.examples[0]
        search = Search(
            tolerance=self.tolerance,
            prefer=self.prefer,
            fitted=0 if converted.calibration is None else converted.calibration.examples,
            measured=len(plain.classes),
            chosen=chosen,
            runs=tuple(run for run, _, _ in self.found),
        )
        return Conversion(self.ready.model, method, converted, self.run, search)

    def _rank(self, run: SearchRun) -> tuple[float, ...]:
        """Those inside by their price, then the others by their loss."""
        if not run.inside:
            return (1, run.lost_at_most)
        price = (run.timesteps, run.synops) if self.prefer == "steps" else (run.synops, run.timesteps)
        return (0, *price)

    def _told(self, method: Method) -> Progress:
        def told(_: str, done: int, total: int) -> None:
            if self.progress is not None:
                self.progress(f"trying {method.name}, {setting_of(method)}", done, total)

        return told
