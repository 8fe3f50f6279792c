"""Events in Tonic's structured arrays, against loops over them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_genn import Network, Population
from ml_genn.callbacks import SpikeRecorder
from ml_genn.compilers import InferenceCompiler
from ml_genn.errors import DataError
from ml_genn.neurons import SpikeInput
from ml_genn.utils.data import (
    PreprocessedSpikes,
    calc_start_spikes,
    preprocess_tonic_spikes,
    preprocess_tonic_spikes_separate,
)

WIDTH, HEIGHT = 7, 5
FIELDS = [("x", np.int16), ("y", np.int16), ("t", np.int64), ("p", bool)]
RNG = np.random.default_rng(4)


def recording(number: int = 400) -> np.ndarray:
    events = np.zeros(number, FIELDS)
    events["x"], events["y"] = RNG.integers(0, WIDTH, number), RNG.integers(0, HEIGHT, number)
    events["t"], events["p"] = RNG.integers(0, 40_000, number), RNG.integers(0, 2, number)
    return events


EVENTS = recording()


def trains(spikes: PreprocessedSpikes) -> list[list[float]]:
    starts = calc_start_spikes(spikes.end_spikes)
    return [spikes.spike_times[start:end].tolist() for start, end in zip(starts, spikes.end_spikes, strict=True)]


def expected(events: np.ndarray, identity: Any, neurons: int) -> list[list[float]]:
    found: list[list[float]] = [[] for _ in range(neurons)]
    for event in events:
        found[identity(int(event["x"]), int(event["y"]), int(event["p"]))].append(event["t"] / 1000)
    return [sorted(times) for times in found]


def test_two_dimensions_and_polarities() -> None:
    spikes = preprocess_tonic_spikes(EVENTS, EVENTS.dtype.names, (WIDTH, HEIGHT, 2))
    wanted = expected(EVENTS, lambda x, y, p: p + 2 * x + 2 * WIDTH * y, 2 * WIDTH * HEIGHT)
    assert trains(spikes) == [pytest.approx(train, rel=1e-15) for train in wanted]


def test_one_polarity() -> None:
    spikes = preprocess_tonic_spikes(EVENTS, EVENTS.dtype.names, (WIDTH, HEIGHT, 1), time_scale=1 / 1000)
    wanted = expected(EVENTS, lambda x, y, p: x + WIDTH * y, WIDTH * HEIGHT)
    assert [len(train) for train in trains(spikes)] == [len(train) for train in wanted]


@pytest.mark.parametrize(("polarities", "identity"), [(1, lambda x, y, p: x), (2, lambda x, y, p: p + 2 * x)])
def test_one_dimension(polarities: int, identity: Any) -> None:
    """As in the Spiking Heidelberg Digits, whose single polarity is 1."""
    spikes = preprocess_tonic_spikes(EVENTS[["x", "t", "p"]], ("t", "x", "p"), (WIDTH, 1, polarities))
    wanted = expected(EVENTS, identity, WIDTH * polarities)
    assert [len(train) for train in trains(spikes)] == [len(train) for train in wanted]


def test_separate() -> None:
    parts = preprocess_tonic_spikes_separate(EVENTS, EVENTS.dtype.names, (WIDTH, HEIGHT, 2))
    for polarity, spikes in enumerate(parts):
        wanted = expected(EVENTS[EVENTS["p"] == polarity], lambda x, y, p: x + WIDTH * y, WIDTH * HEIGHT)
        assert [len(train) for train in trains(spikes)] == [len(train) for train in wanted]


def test_histogram() -> None:
    """A neuron spikes once, at its start, for each bin of 10 ms with at least 3 events."""
    spikes = preprocess_tonic_spikes(EVENTS, EVENTS.dtype.names, (WIDTH, HEIGHT, 2), dt=10.0, histogram_thresh=3)
    for neuron, train in enumerate(trains(spikes)):
        y, rest = divmod(neuron, 2 * WIDTH)
        own = EVENTS[(EVENTS["y"] == y) & (EVENTS["x"] == rest // 2) & (EVENTS["p"] == rest % 2)]
        counts = np.bincount(own["t"] // 10_000, minlength=4)
        assert train == [10.0 * place for place in range(4) if counts[place] >= 3]
    assert len(spikes.spike_times) > 10


def test_a_time_on_the_border_begins_its_bin() -> None:
    events = {"t": np.array([300, 299, 301]), "x": np.array([0, 0, 0]), "p": np.array([0, 0, 0])}
    spikes = preprocess_tonic_spikes(events, "txp", (1, 1, 1), dt=0.1, histogram_thresh=2)
    np.testing.assert_allclose(spikes.spike_times, [0.3], rtol=1e-15)


def test_no_events() -> None:
    for thresh in (None, 2):
        spikes = preprocess_tonic_spikes(
            EVENTS[:0], EVENTS.dtype.names, (WIDTH, HEIGHT, 2), dt=1.0, histogram_thresh=thresh
        )
        assert spikes.end_spikes.tolist() == [0] * (2 * WIDTH * HEIGHT)


def changed(field: str, value: Any) -> np.ndarray:
    events = EVENTS.astype([*FIELDS[:2], ("t", np.float64), ("p", np.int8)])
    events[field][7:9] = value
    return events


def dictionary(**fields: Any) -> dict[str, Any]:
    return {name: EVENTS[name] for name in "xytp"} | fields


ALL = "xytp"
REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        {"ordering": "xyt"},
        r"Only tonic datasets with time \(t\) and polarity \(p\) in ordering are supported, got x, y, t",
    ),
    ({"ordering": "ytp"}, "Only 1D and 2D sensors supported, with x in ordering, got y, t, p"),
    ({"events": EVENTS[["t", "p", "y"]]}, "the events have no field 'x'; they need those that ordering names"),
    ({"events": np.zeros(3)}, "the events have no field 'x'"),
    ({"events": {"x": np.array([0.5])}}, "field 'x' of the events must hold whole numbers, got dtype float64"),
    ({"events": changed("x", WIDTH)}, r"spikes need x from 0 to 6 on this sensor; spike 7 has 7 \(2 such spikes\)"),
    ({"events": changed("y", -1)}, "spikes need y from 0 to 4 on this sensor; spike 7 has -1"),
    ({"events": changed("p", 2)}, "spikes need p from 0 to 1 on this sensor; spike 7 has 2"),
    ({"events": changed("t", np.nan)}, "spikes need times that are finite and not negative; spike 7 has nan"),
    ({"events": changed("t", -5), "dt": 1.0, "histogram_thresh": 1}, "not negative; spike 7 has -0.005"),
    ({"shape": (WIDTH, HEIGHT)}, "the sensor's shape must be width, height and polarities, positive integers, got"),
    ({"shape": (0, 1, 1)}, "the sensor's shape must be width, height and polarities, positive integers"),
    (
        {"histogram_thresh": 2},
        "histogram_thresh needs at least one event and a bin width dt above 0 ms, got 2 and None",
    ),
    ({"histogram_thresh": 0, "dt": 1.0}, "histogram_thresh needs at least one event"),
    ({"histogram_thresh": np.nan, "dt": 1.0}, "histogram_thresh needs at least one event"),
    (
        {"events": changed("t", 1e18), "histogram_thresh": 1, "dt": 1e-6},
        r"the last event, at 1e\+15 ms, is beyond what bins of 1e-06 ms can count",
    ),
    ({"time_scale": 0.0}, r"time_scale must be a positive number of milliseconds, got 0\.0"),
    ({"time_scale": np.nan}, "time_scale must be a positive number of milliseconds, got nan"),
    ({"events": dictionary(t=np.array(["a"] * 400))}, "field 't' of the events must hold real numbers, got dtype <U1"),
    (
        {"events": dictionary(y=EVENTS["y"][:1])},
        r"field 'y' of the events has shape \(1,\), 't' has \(400,\); both need",
    ),
    ({"events": dictionary(p=1)}, r"field 'p' of the events has shape \(\), 't' has \(400,\); both need one entry for"),
    ({"events": dictionary(t=EVENTS["t"][:-1])}, r"field 'x' of the events has shape \(400,\), 't' has \(399,\)"),
]


@pytest.mark.parametrize("function", [preprocess_tonic_spikes, preprocess_tonic_spikes_separate])
@pytest.mark.parametrize(("arguments", "message"), REFUSED)
def test_refused(function: Any, arguments: dict[str, Any], message: str) -> None:
    call = {"events": EVENTS, "ordering": ALL, "shape": (WIDTH, HEIGHT, 2), **arguments}
    with pytest.raises(DataError, match=message):
        function(**call)


def test_one_polarity_cannot_be_separated() -> None:
    with pytest.raises(
        DataError, match="Dataset with single polarity cannot be separated; use preprocess_tonic_spikes"
    ):
        preprocess_tonic_spikes_separate(EVENTS, ALL, (WIDTH, HEIGHT, 1))


@pytest.mark.data
@pytest.mark.skipif("ML_GENN_DATA" not in os.environ, reason="ML_GENN_DATA is not set: no recording of N-MNIST here")
def test_a_recording_of_a_sensor() -> None:
    """A digit of N-MNIST, 300 ms before a sensor of 34 x 34 pixels, played back by the engine event by event."""
    raw = np.fromfile(Path(os.environ["ML_GENN_DATA"]) / "events_small" / "tonic_sample_nmnist.bin", np.uint8)
    x, y, third, high, low = raw.reshape(-1, 5).T.astype(np.int64)
    events = {"x": x, "y": y, "p": third >> 7, "t": ((third & 127) << 16) | (high << 8) | low}
    spikes = preprocess_tonic_spikes(events, "xytp", (34, 34, 2))
    with Network() as network:
        source = Population(SpikeInput(), (34, 34, 2), record_spikes=True)
    with InferenceCompiler(320).compile(network) as compiled:
        _, data = compiled.predict({source: [spikes]}, [], callbacks=[SpikeRecorder(source, key="s")])
    times, ids = data["s"][0][0], data["s"][1][0]
    wanted: list[tuple[int, int]] = []
    for neuron, time in sorted(zip(np.ravel_multi_index((y, x, events["p"]), (34, 34, 2)), events["t"], strict=True)):
        step = int(np.ceil(time / 1000))
        if wanted and wanted[-1][0] == neuron:  # a neuron spikes once in a step; later spikes wait
            step = max(step, wanted[-1][1] + 1)
        wanted.append((int(neuron), step))
    assert sorted(zip(ids.tolist(), times.tolist(), strict=True)) == wanted
