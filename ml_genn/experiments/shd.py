"""Spiking Heidelberg Digits and Spiking Speech Commands, from the published files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, final

import numpy as np

from ..data import EventDataset, load_events
from ..errors import DataError
from .experiment import Examples, Splits
from .parameters import Parameter, Place, Values
from .recordings import of_speaker
from .recurrent import RecurrentExperiment, changed

CHANNELS = 700


def examples_of(data: EventDataset) -> Examples:
    """Spikes and classes."""
    return Examples(data.x, data.y.tolist())


@final
class Shd(RecurrentExperiment):
    """`data` is the folder with shd_train.h5 and shd_test.h5, as published.

    With `held_out` the test is one speaker of the training file, who is not learnt: parameters are to be chosen by such
    speakers, not by the test file.
    """

    name = "shd"
    summary = "spoken digits of SHD, or words of SSC, recurrent; needs the published files (data)"
    parameters: ClassVar[Mapping[str, Parameter]] = {
        **changed(
            n_epochs=50,
            trial_ms=1000.0,
            delay_copies=10,
            delay_ms=30.0,
            input_hidden_mean=0.03,
            input_hidden_std=0.05,
            eta=1e-3,
            eta_decay=1.0,
            ease_in=1.05,
            reg_nu=14.0,
            shift_channels=40,
            blend=0.5,
        ),
        "data": Parameter("shd", "folder of the published files", kind=Place),
        "n_classes": Parameter(20, "number of classes, 20 of SHD and 35 of SSC", low=2),
        "held_out": Parameter(-1, "number of the training speaker who is tested instead, or -1", low=-1),
        "max_examples": Parameter(0, "number of training examples, or 0 for all", low=0),
    }

    def channels(self, p: Values) -> int:
        return CHANNELS

    def classes(self, p: Values) -> int:
        classes: int = p.n_classes
        return classes

    def load(self, p: Values) -> Splits:
        if not Path(p.data).exists():
            raise DataError(f"there is nothing at {p.data}; name the folder of shd_train.h5 by --set data=FOLDER")
        if p.held_out < 0 and Path(p.data).is_file():
            raise DataError(
                f"{p.data} would be learnt and tested; name the folder of the training and the test file, "
                "or hold out a speaker (held_out)"
            )
        train = load_events(f"shd:{p.data}", split="train", duration=p.trial_ms, allow_empty=True)
        if p.held_out >= 0:
            if train.groups is None:
                raise DataError(f"{train.source} does not say who speaks; leave held_out={p.held_out} out")
            held_out = of_speaker(p.held_out, train.groups)
            test, train = train.part(held_out), train.part(~held_out)
        else:
            test = load_events(f"shd:{p.data}", split="test", duration=p.trial_ms, allow_empty=True)
        if p.max_examples:
            train = train.part(np.arange(min(p.max_examples, len(train))))
        return Splits(train=self.learnt(p, examples_of(train)), test=self.delayed(p, examples_of(test)))
