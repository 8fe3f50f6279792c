"""Sound as spike trains, in the manner of the inner ear: filter bank, rectification, one spiking neuron a channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ml_genn.errors import DataError

from .checks import one_array
from .spikes import PreprocessedSpikes, preprocess_spikes

_ORDER = 4
_BANDWIDTH = 1.019  # of the gammatone filter, in equivalent rectangular bandwidths
_IMPULSE = 0.064  # [s] that an impulse response is followed


@final
@dataclass(frozen=True)
class Cochlea:
    """Audio -> gammatone filter bank -> half-wave rectification -> compression -> leaky integrate-and-fire.

    Filter of centre frequency f: g(t) = t^3 exp(-2 pi b t) cos(2 pi f t), b = 1.019 ERB(f), scaled to gain 1 at f, with
    ERB(f) = 24.7 (1 + 0.00437 f) Hz; the centres are evenly spaced on the scale 21.4 log10(1 + 0.00437 f). What each
    filter answers, of a recording scaled to a root mean square of 1, is rectified, averaged over each timestep and
    compressed, I = gain max(y, 0)^exponent. Then tau_mem dV/dt = -V + I; at V >= 1 the channel spikes and V decreases
    by 1; a channel spikes at most once in a timestep. Slow adaptation, where `adaptation` is not 0: each spike raises
    the threshold by it, and that decays with `tau_adapt`, so that onsets give more spikes than what lasts.

    Args:
        num_channels: channels, of ascending frequency.
        lowest, highest: centre frequencies of the first and last channel [Hz]; `highest` at most half the sample rate.
        gain: of the current.
        exponent: of the compression, 0 to 1.
        tau_mem: membrane time constant [ms].
        adaptation: rise of the threshold at each spike.
        tau_adapt: its time constant [ms].
        dt: timestep of the neurons [ms]; spikes are at multiples of it.

    Raises:
        DataError: a value makes no sense; the message names it.

    Source: Patterson et al. 1987, "An efficient auditory filterbank based on the gammatone function"; Glasberg, Moore
    1990, "Derivation of auditory filter shapes from notched-noise data", for ERB(f).
    """

    num_channels: int = 64
    lowest: float = 80.0
    highest: float = 3800.0
    gain: float = 8.0
    exponent: float = 0.5
    tau_mem: float = 10.0
    adaptation: float = 0.0
    tau_adapt: float = 50.0
    dt: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.num_channels, int | np.integer) or not 1 <= self.num_channels <= 100_000:
            raise DataError(f"a Cochlea needs num_channels from 1 to 100,000, got {self.num_channels}")
        if not 0 < self.lowest <= self.highest < np.inf:
            raise DataError(f"a Cochlea needs 0 < lowest <= highest, got {self.lowest} and {self.highest} Hz")
        for name in ("gain", "tau_mem", "tau_adapt", "dt"):
            if not 0 < getattr(self, name) < np.inf:
                raise DataError(f"{name} of a Cochlea must be positive and finite, got {getattr(self, name)}")
        if not 0 < self.exponent <= 1 or not 0 <= self.adaptation < np.inf:
            raise DataError(
                "a Cochlea needs an exponent above 0 and at most 1, and adaptation that is not negative, "
                f"got {self.exponent} and {self.adaptation}"
            )

    @cached_property
    def frequencies(self) -> NDArray[np.float64]:
        """Centre frequency of each channel [Hz]."""
        first, last = np.log1p(0.00437 * np.array([self.lowest, self.highest]))
        scale: NDArray[np.float64] = np.expm1(np.linspace(first, last, self.num_channels)) / 0.00437
        return scale

    def encode(self, recordings: Sequence[Any], rate: float) -> list[PreprocessedSpikes]:
        """Spikes of each recording.

        Args:
            recordings: one array of samples each, in any unit; lengths may differ.
            rate: samples per second [Hz].

        Raises:
            DataError: a recording is empty or silent, of another shape or not finite, or the rate is too low.
        """
        if not self.highest <= rate / 2 < np.inf:
            raise DataError(f"highest, {self.highest:g} Hz, must be at most half the sample rate, which is {rate:g} Hz")
        if rate * self.dt / 1000.0 < 1:
            raise DataError(f"a timestep of {self.dt:g} ms has no sample of {rate:g} Hz; choose a longer dt")
        return [self._encode(_checked(recording, index), rate) for index, recording in enumerate(recordings)]

    def currents(self, recording: NDArray[np.float64], rate: float) -> NDArray[np.float64]:
        """The current of each channel in each timestep, shape (timesteps, channels)."""
        answers = np.maximum(self._filtered(_normalised(recording), rate), 0.0)
        edges = np.arange(0.0, len(recording), rate * self.dt / 1000.0).astype(np.int64)
        lengths = np.diff([*edges, len(recording)])[:, np.newaxis]
        means = np.add.reduceat(answers, edges, axis=1).T / lengths
        currents: NDArray[np.float64] = self.gain * means**self.exponent
        return currents

    def _encode(self, recording: NDArray[np.float64], rate: float) -> PreprocessedSpikes:
        steps, ids = np.nonzero(self._spikes(self.currents(recording, rate)))
        return preprocess_spikes(steps * self.dt, ids, self.num_channels)

    def _filtered(self, sound: NDArray[np.float64], rate: float) -> NDArray[np.float64]:
        """What each filter answers, shape (channels, samples)."""
        impulse = int(_IMPULSE * rate)
        size = 1 << (len(sound) + impulse - 1).bit_length()
        time = np.arange(impulse) / rate
        frequency = self.frequencies[:, np.newaxis]
        damping = 2 * np.pi * _BANDWIDTH * 24.7 * (1 + 0.00437 * frequency)
        filters = time ** (_ORDER - 1) * np.exp(-damping * time) * np.cos(2 * np.pi * frequency * time)
        gain = np.abs((filters * np.exp(-2j * np.pi * frequency * time)).sum(axis=1))
        spectrum = np.fft.rfft(filters / gain[:, np.newaxis], size) * np.fft.rfft(sound, size)
        answers: NDArray[np.float64] = np.fft.irfft(spectrum, size)[:, : len(sound)]
        return answers

    def _spikes(self, currents: NDArray[np.float64]) -> NDArray[np.bool_]:
        decay, forget = np.exp(-self.dt / self.tau_mem), np.exp(-self.dt / self.tau_adapt)
        v, raised = np.zeros(self.num_channels), np.zeros(self.num_channels)
        spikes = np.empty(currents.shape, bool)
        for step, current in enumerate((1.0 - decay) * currents):
            v = decay * v + current
            raised *= forget
            spikes[step] = v >= 1.0 + raised
            v -= spikes[step]
            raised += self.adaptation * spikes[step]
        return spikes


def _normalised(recording: NDArray[np.float64]) -> NDArray[np.float64]:
    """The recording scaled to a root mean square of 1, also where its squares are beyond the range of floats."""
    with np.errstate(over="ignore", under="ignore"):
        power = np.mean(recording**2)
    if not np.finfo(np.float64).tiny < power < np.inf:
        return _normalised(recording / np.abs(recording).max())
    scaled: NDArray[np.float64] = recording / np.sqrt(power)
    return scaled


def _checked(recording: Any, index: int) -> NDArray[np.float64]:
    samples = one_array(recording, f"recording {index}")
    if samples.ndim != 1 or samples.dtype.kind not in "iuf" or not samples.size:
        raise DataError(
            f"recording {index} must be samples, an array of real numbers of one axis, got dtype {samples.dtype} and "
            f"shape {samples.shape}"
        )
    samples = samples.astype(np.float64)
    if not np.isfinite(samples).all():
        raise DataError(f"recording {index} has samples that are not finite")
    if not samples.any():
        raise DataError(f"recording {index} is silent; leave it out")
    return samples
