"""Letters in Braille, felt by a fingertip sensor that slides over them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, final

from ..data.level_crossing import level_crossing_encode_data
from ..errors import DataError, UsageError
from .experiment import Examples, Splits
from .parameters import Parameter, Place, Values
from .recordings import read_recordings
from .recurrent import RecurrentExperiment, changed

TAXELS = 12
VALUES = (0.0, 255.0)


@final
class Braille(RecurrentExperiment):
    """26 letters and the space, 50 recordings each, of 12 taxels; spikes tell when a taxel crosses a level.

    Levels are `delta` apart, with neurons of their own, one for each direction.

    `data` is an .npz file: `taxel` (samples of all recordings end to end, 12), `offsets` into it, `label`, and
    `repetition` of the letter. Repetition r is in fold r modulo `n_folds`; fold `fold` is the test.

    Source of the recordings: Mueller-Cleve et al. 2022, "Braille letter reading: a benchmark for spatio-temporal
    pattern recognition on neuromorphic hardware".
    """

    name = "braille"
    summary = "Braille letters by touch, changes of 12 taxels as spikes, recurrent; needs the recordings (data)"
    parameters: ClassVar[Mapping[str, Parameter]] = {
        **changed(
            n_epochs=20,
            trial_ms=320.0,
            delay_copies=1,
            num_hidden=128,
            min_slope=0.05,
            input_hidden_mean=0.5,
            input_hidden_std=1.5,
            hidden_hidden_std=0.05,
            hidden_output_std=0.2,
            eta=1e-2,
            eta_decay=0.92,
            reg_lambda=1e-8,
        ),
        "data": Parameter("braille_taxels.npz", "file of the recordings", kind=Place),
        "delta": Parameter(4.0, "distance between levels", low=1e-6),
        "sample_ms": Parameter(4.0, "time from sample to sample as they are played", "ms", low=1e-3),
        "fold": Parameter(0, "number of the fold that is tested", low=0),
        "n_folds": Parameter(5, "number of folds", low=2),
    }

    def channels(self, p: Values) -> int:
        return 2 * TAXELS * (int((VALUES[1] - VALUES[0]) / p.delta + 1e-9) + 1)

    def classes(self, p: Values) -> int:
        return 27

    def load(self, p: Values) -> Splits:
        if p.fold >= p.n_folds:
            raise UsageError(f"fold={p.fold} does not exist; n_folds={p.n_folds} folds are numbered from 0")
        signals, (label, repetition) = read_recordings(p.data, "taxel", "label", "repetition")
        if signals and signals[0].shape[1:] != (TAXELS,):
            raise DataError(f"{p.data}: recordings must have {TAXELS} taxels, got the shape {signals[0].shape}")
        everything = Examples(level_crossing_encode_data(signals, p.delta, p.sample_ms, VALUES), label.tolist())
        test = repetition % p.n_folds == p.fold
        return self.split(p, everything, ~test, test)
