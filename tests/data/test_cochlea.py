"""The cochlea-like encoder against tones, impulses and the equations of its neurons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn.data.cochlea import Cochlea
from ml_genn.data.spikes import neurons_of
from ml_genn.errors import DataError

RATE = 8000.0


def tone(frequency: float, seconds: float = 0.3) -> np.ndarray:
    return np.sin(2 * np.pi * frequency * np.arange(int(seconds * RATE)) / RATE)


def test_a_tone_excites_the_channel_of_its_frequency_most() -> None:
    cochlea = Cochlea(num_channels=40)
    for channel in (8, 20, 34):
        currents = cochlea.currents(tone(cochlea.frequencies[channel]), RATE)
        assert abs(int(currents.mean(axis=0).argmax()) - channel) <= 1
        counts = np.bincount(neurons_of(cochlea.encode([tone(cochlea.frequencies[channel])], RATE)[0]), minlength=40)
        assert abs(int(counts.argmax()) - channel) <= 1


def test_gain_at_the_centre_is_one() -> None:
    """Of a tone of root mean square 1, the rectified mean is sqrt(2) / pi once the filter has settled."""
    cochlea = Cochlea(num_channels=5, lowest=511.0, highest=1123.0, exponent=1.0, gain=1.0, dt=10.0)
    for channel in range(5):
        settled = cochlea.currents(tone(cochlea.frequencies[channel]), RATE)[10:-1, channel].mean()
        np.testing.assert_allclose(
            settled, np.sqrt(2) / np.pi, rtol=0.02
        )  # the mean of 19 bins, whose periods are not whole


def test_centres_are_evenly_spaced_on_the_scale_of_bandwidths() -> None:
    frequencies = Cochlea(num_channels=7, lowest=100.0, highest=3000.0).frequencies
    assert frequencies[[0, -1]] == pytest.approx([100.0, 3000.0])
    np.testing.assert_allclose(np.diff(np.log10(1 + 0.00437 * frequencies), n=2), 0.0, atol=1e-12)


def test_spikes_are_those_of_the_equations() -> None:
    cochlea = Cochlea(num_channels=3, tau_mem=8.0, adaptation=0.3, tau_adapt=30.0, dt=2.0)
    currents = np.random.default_rng(1).uniform(0.0, 6.0, (60, 3))
    found = cochlea._spikes(currents)
    for channel in range(3):
        v = raised = 0.0
        for step in range(60):
            v = v * np.exp(-2 / 8) + (1 - np.exp(-2 / 8)) * currents[step, channel]
            raised *= np.exp(-2 / 30)
            assert found[step, channel] == (v >= 1 + raised)
            v, raised = v - found[step, channel], raised + 0.3 * found[step, channel]
    assert 10 < found.sum() < found.size


def test_loudness_and_sample_type_do_not_matter() -> None:
    cochlea = Cochlea(num_channels=16)
    sound = np.round(3000 * tone(700.0) * np.hanning(2400)).astype(np.int16)
    loud, quiet = cochlea.encode([sound, sound / 1000.0], RATE)
    np.testing.assert_array_equal(loud.spike_times, quiet.spike_times)
    assert len(loud.spike_times) > 20
    np.testing.assert_allclose(loud.spike_times % 1.0, 0.0, atol=1e-12)


@pytest.mark.parametrize("loudness", [1e-320, 1e-200, 1e200, 1e308])
def test_any_loudness_that_numbers_can_have(loudness: float) -> None:
    """The squares of these samples are 0 or infinite."""
    cochlea = Cochlea(num_channels=4)
    (expected,), (found,) = (cochlea.encode([factor * tone(700.0)], RATE) for factor in (1.0, loudness))
    np.testing.assert_allclose(len(found.spike_times), len(expected.spike_times), atol=2)  # 1e-320 has 3 digits


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_channels": 2.5}, "a Cochlea needs num_channels from 1 to 100,000, got 2.5"),
        ({"num_channels": 0}, "a Cochlea needs num_channels from 1 to 100,000, got 0"),
        ({"lowest": 500.0, "highest": 100.0}, "a Cochlea needs 0 < lowest <= highest, got 500.0 and 100.0 Hz"),
        ({"tau_mem": 0.0}, "tau_mem of a Cochlea must be positive and finite, got 0.0"),
        ({"exponent": 2.0}, "a Cochlea needs an exponent above 0 and at most 1, and adaptation"),
    ],
)
def test_refused_parameters(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        Cochlea(**arguments)


@pytest.mark.parametrize(
    ("sound", "rate", "message"),
    [
        (np.zeros(0), RATE, "recording 0 must be samples, an array of real numbers of one axis, got dtype"),
        ([[1.0], [1.0, 2.0]], RATE, "recording 0 must be one array, not lists of different lengths or depths"),
        (np.zeros((4, 2)), RATE, "recording 0 must be samples"),
        (np.zeros(50), RATE, "recording 0 is silent; leave it out"),
        (np.full(50, np.inf), RATE, "recording 0 has samples that are not finite"),
        (np.ones(50), 4000.0, "highest, 3800 Hz, must be at most half the sample rate, which is 4000 Hz"),
    ],
)
def test_refused_recordings(sound: np.ndarray, rate: float, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Cochlea(num_channels=4).encode([sound], rate)


def test_a_timestep_without_a_sample_is_refused() -> None:
    with pytest.raises(DataError, match=r"a timestep of 0\.01 ms has no sample of 8000 Hz; choose a longer dt"):
        Cochlea(num_channels=4, dt=0.01).encode([np.ones(50)], RATE)
