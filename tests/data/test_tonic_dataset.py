"""Data sets that are indexed as Tonic's are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn.data import tonic_events
from ml_genn.errors import DataError
from ml_genn.utils.data import preprocess_tonic_spikes

from .test_tonic import HEIGHT, WIDTH, recording


class Recordings:
    """Three recordings of 40 ms."""

    sensor_size = (WIDTH, HEIGHT, 2)

    def __init__(self) -> None:
        self.examples: list[Any] = [(recording(), label) for label in (2, 0, 1)]

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> Any:
        return self.examples[index]


def test_all_examples() -> None:
    data = Recordings()
    found = tonic_events(data)
    assert (found.y.tolist(), found.num_channels, found.name) == ([2, 0, 1], 2 * WIDTH * HEIGHT, "Recordings")
    for spikes, (events, _) in zip(found.x, data.examples, strict=True):
        wanted = preprocess_tonic_spikes(events, events.dtype.names, data.sensor_size)
        np.testing.assert_array_equal(spikes.spike_times, wanted.spike_times)
        np.testing.assert_array_equal(spikes.end_spikes, wanted.end_spikes)


def test_some_examples_up_to_the_end_of_a_trial() -> None:
    data = Recordings()
    found = tonic_events(data, indices=[2, 0], duration=10.0)
    assert found.y.tolist() == [1, 2]
    assert len(found.x[0].spike_times) == (data[2][0]["t"] < 10_000).sum()


def test_examples_chosen_by_booleans() -> None:
    """Not the examples 1 and 0, as which numpy takes whole numbers made of them."""
    for indices in ([True, False, True], np.array([True, False, True])):
        assert tonic_events(Recordings(), indices=indices).y.tolist() == [2, 1]


def test_one_dimension_and_dictionaries() -> None:
    """Spikes of a cochlea have channels and no polarity that matters, in seconds."""
    events = {"t": np.array([0.001, 0.5]), "x": np.array([3, 699]), "p": np.array([1, 1])}
    found = tonic_events([(events, 7)], sensor_size=(700, 1, 1), time_scale=1000.0)
    np.testing.assert_allclose(found.x[0].spike_times, [1.0, 500.0])
    assert (found.num_channels, found.y.tolist()) == (700, [7])


def changed(example: Any) -> Recordings:
    data = Recordings()
    data.examples[1] = example
    return data


@pytest.mark.parametrize(
    ("data", "arguments", "message"),
    [
        ([(recording(), 0)], {}, "list does not say how large its sensor is; give sensor_size"),
        (Recordings(), {"indices": []}, "Recordings: there are no examples to take"),
        (
            Recordings(),
            {"indices": [0.7]},
            "Recordings: indices must be whole numbers, or one boolean for each example",
        ),
        (Recordings(), {"indices": [True, False]}, r"one boolean for each example, got dtype bool and shape \(2,\)"),
        (Recordings(), {"indices": [1, 3]}, "Recordings, example 3 does not exist: list index out of range"),
        (iter([(recording(), 0)]), {"sensor_size": (WIDTH, HEIGHT, 2)}, "does not say how many examples it has; give"),
        (Recordings(), {"sensor_size": (WIDTH, 2, 2)}, "Recordings, example 0: spikes need y from 0 to 1 on this"),
        (changed(recording()), {}, r"Recordings, example 1 must be a pair \(events, label\), got a ndarray"),
        (changed((recording(), "cat")), {}, "example 1 has the label 'cat'; labels must be whole numbers from 0"),
        (changed((recording(), -1)), {}, "example 1 has the label -1; labels must be whole numbers from 0"),
        (changed((np.zeros(3), 1)), {}, "example 1: Only tonic datasets with time"),
        (changed((recording(0), 1)), {}, "Recordings, example 1 has no events in the trial; leave it out"),
        (Recordings(), {"duration": 10.0, "late": "error"}, "example 0 has .* events at or after 10 ms"),
    ],
)
def test_refused(data: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        tonic_events(data, **arguments)
