"""Spoken digits through a cochlea-like encoder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, final

from ..data.cochlea import Cochlea
from .experiment import Examples, Splits
from .parameters import Parameter, Place, Values
from .recordings import of_speaker, read_recordings
from .recurrent import RecurrentExperiment, changed

FIRST_TRAINING = 5  # recordings 0 to 4 of each speaker and digit are for the test, officially


@final
class SpokenDigits(RecurrentExperiment):
    """The Free Spoken Digit Dataset: 3,000 recordings by 6 speakers.

    `data` is an .npz file of all recordings: `audio` end to end, `offsets` into it, `label`, `speaker`, `index` of the
    recording among those of its speaker and digit, and `rate` [Hz]. The test is the official one, recordings 0 to 4; a
    `held_out` speaker takes its place; `validate` tests on 5 to 9, which are not learnt then, to choose parameters by.
    """

    name = "spoken-digits"
    summary = "spoken digits as spikes of a cochlea-like encoder, recurrent; needs the recordings (data)"
    parameters: ClassVar[Mapping[str, Parameter]] = {
        **changed(shift_channels=1, shift_ms=30.0, dilate=1.15, drop=0.05),
        "data": Parameter("fsdd.npz", "file of the recordings", kind=Place),
        "num_channels": Parameter(40, "number of channels of the encoder", low=1),
        "gain": Parameter(8.0, "gain of the encoder's currents", low=1e-6),
        "exponent": Parameter(0.5, "exponent of the encoder's compression", low=1e-6),
        "held_out": Parameter(-1, "number of the speaker who is tested instead, or -1", low=-1),
        "validate": Parameter(False, "choice of recordings 5 to 9 as test, of which none is learnt"),
    }

    def channels(self, p: Values) -> int:
        channels: int = p.num_channels
        return channels

    def classes(self, p: Values) -> int:
        return 10

    def load(self, p: Values) -> Splits:
        recordings, (label, speaker, index, rate) = read_recordings(
            p.data, "audio", "label", "speaker", "index", "rate"
        )
        cochlea = Cochlea(num_channels=p.num_channels, gain=p.gain, exponent=p.exponent, dt=p.dt_ms)
        everything = Examples(cochlea.encode(recordings, float(rate)), label.tolist())
        if p.held_out >= 0:
            test = of_speaker(p.held_out, speaker)
            train = ~test
        else:
            first = FIRST_TRAINING * (2 if p.validate else 1)
            test, train = (index < first) & (index >= first - FIRST_TRAINING), index >= first
        return self.split(p, everything, train, test)
