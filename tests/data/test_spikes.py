"""Spikes of examples: sorted by neuron and time, batched, counted, or refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_genn import Network, Population
from ml_genn.callbacks import SpikeRecorder
from ml_genn.compilers import InferenceCompiler
from ml_genn.errors import DataError
from ml_genn.neurons import SpikeInput
from ml_genn.utils.data import (
    PreprocessedSpikes,
    batch_spikes,
    calc_latest_spike_time,
    calc_max_spikes,
    calc_start_spikes,
    preprocess_spikes,
)


def test_sorted_by_neuron_then_time() -> None:
    spikes = preprocess_spikes([3.0, 1.0, 2.0, 0.5], [2, 0, 2, 2], 4)
    np.testing.assert_array_equal(spikes.end_spikes, [1, 1, 4, 4])
    np.testing.assert_array_equal(spikes.spike_times, [1.0, 0.5, 2.0, 3.0])


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(0, 100)), max_size=30))
def test_no_spike_is_lost(events: list[tuple[int, float]]) -> None:
    spikes = preprocess_spikes([time for _, time in events], np.array([i for i, _ in events], np.int64), 5)
    starts = calc_start_spikes(spikes.end_spikes)
    for neuron, (start, end) in enumerate(zip(starts, spikes.end_spikes, strict=True)):
        assert spikes.spike_times[start:end].tolist() == sorted(time for i, time in events if i == neuron)


@pytest.mark.parametrize(
    ("times", "ids", "message"),
    [
        ([1.0, 2.0], [0], r"times and ids must hold one entry per spike, got shapes \(2,\) and \(1,\)"),
        ([[1.0]], [[0]], r"times and ids must hold one entry per spike, got shapes \(1, 1\)"),
        ([1.0, 1.0], [0, 4], r"spikes need neuron ids from 0 to 3; spike 1 has 4 \(1 such spikes\)"),
        ([1.0], [-1], "spikes need neuron ids from 0 to 3; spike 0 has -1"),
        (["1.0"], [0], r"spike times must be real numbers \[ms\], got dtype <U3"),
        ([1.0], [0.5], "neuron ids must be whole numbers from 0 to 3, got dtype float64"),
        ([1.0, np.nan], [0, 0], "spikes need times that are finite and not negative; spike 1 has nan"),
        ([-1.0, np.inf], [0, 0], r"spike 0 has -1.0 \(2 such spikes\)"),
        ([[1.0], [2.0, 3.0]], [0, 1], "spike times must be one array, not lists of different lengths or depths"),
        ([1.0], [[0], [1, 2]], "neuron ids must be one array, not lists of different lengths or depths"),
    ],
)
def test_refused(times: Any, ids: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        preprocess_spikes(times, ids, 4)


@pytest.mark.parametrize("num_neurons", [-1, 2.5, None])
def test_a_number_of_neurons_that_is_none(num_neurons: Any) -> None:
    with pytest.raises(
        DataError, match=f"number of neurons of spikes must be a whole number from 0, got {num_neurons}"
    ):
        preprocess_spikes([], [], num_neurons)


@pytest.mark.parametrize("num_neurons", [255, 65_536, 65_537, 3_000_000])
def test_any_number_of_neurons(num_neurons: int) -> None:
    """The last neuron's number fits the integers that are sorted."""
    spikes = preprocess_spikes([2.0, 1.0, 3.0, 1.0], [num_neurons - 1, 0, 0, num_neurons - 1], num_neurons)
    assert (spikes.end_spikes[0], spikes.end_spikes[-2], spikes.end_spikes[-1]) == (2, 2, 4)
    assert spikes.spike_times.tolist() == [1.0, 3.0, 1.0, 2.0]
    assert calc_start_spikes(preprocess_spikes([], [], 0).end_spikes).tolist() == []


EXAMPLES = [
    preprocess_spikes([3.0, 1.0], [0, 2], 3),
    preprocess_spikes([], np.array([], int), 3),
    preprocess_spikes([5.0, 2.0, 4.0], [1, 1, 0], 3),
]


def test_batched() -> None:
    batch = batch_spikes(EXAMPLES, 4)
    np.testing.assert_array_equal(batch.end_spikes, [[1, 1, 2], [2, 2, 2], [3, 5, 5], [5, 5, 5]])
    np.testing.assert_array_equal(calc_start_spikes(batch.end_spikes), [[0, 1, 1], [2, 2, 2], [2, 3, 5], [5, 5, 5]])
    np.testing.assert_array_equal(batch.spike_times, [3, 1, 4, 2, 5])
    np.testing.assert_array_equal(EXAMPLES[2].end_spikes, [1, 3, 3])


def test_counted() -> None:
    assert calc_max_spikes(EXAMPLES) == 3
    assert calc_latest_spike_time(EXAMPLES) == 5.0
    assert calc_latest_spike_time(EXAMPLES[1:2]) == 0.0


@pytest.mark.parametrize("function", [calc_max_spikes, calc_latest_spike_time, lambda spikes: batch_spikes(spikes, 3)])
@pytest.mark.parametrize(
    ("spikes", "message"),
    [
        ([], "expected a sequence of PreprocessedSpikes with at least one example"),
        (EXAMPLES[0], "expected a sequence of PreprocessedSpikes with at least one example"),
        ([EXAMPLES[0], [1.0]], "example 1 must be a PreprocessedSpikes object, as preprocess_spikes makes them"),
        (
            [EXAMPLES[0], EXAMPLES[0], preprocess_spikes([], np.array([], int), 2)],
            "example 2 has spikes of 2 neurons, example 0 of 3; all examples must be for the same population",
        ),
    ],
)
def test_what_are_no_examples(function: Any, spikes: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        function(spikes)


def test_a_batch_has_room() -> None:
    with pytest.raises(DataError, match="3 examples of spikes do not fit a batch of 2 examples"):
        batch_spikes(EXAMPLES, 2)


@pytest.mark.parametrize("dt", [0.01, 0.7, 0.1, 1.0])
@pytest.mark.parametrize(("kind", "precision"), [(np.float32, "float"), (np.float64, "float"), (np.float64, "double")])
def test_times_on_the_grid_are_met_in_their_step(dt: float, kind: Any, precision: str) -> None:
    """Also where single precision rounds dt down; between steps a spike waits for the next one."""
    number = 800
    steps = np.arange(number)
    with Network() as network:
        source = Population(SpikeInput(), 2 * number, record_spikes=True)
    times = np.concatenate([steps * dt, (steps - 0.01) * dt]).astype(kind)
    times[number] = 0.0
    spikes = preprocess_spikes(times, np.arange(2 * number), 2 * number)
    with InferenceCompiler(number, dt=dt, engine="reference", precision=precision).compile(network) as compiled:
        _, data = compiled.predict({source: [spikes]}, [], callbacks=[SpikeRecorder(source, key="spikes")])
    found = np.full(2 * number, -1)
    found[data["spikes"][1][0]] = np.rint(data["spikes"][0][0] / dt).astype(int)
    np.testing.assert_array_equal(found, np.tile(steps, 2))
    np.testing.assert_array_equal(spikes.spike_times, np.asarray(times, np.float64))  # what was given stays


@pytest.mark.parametrize(
    ("ends", "times", "message"),
    [
        ([2, 1, 3], [1, 2, 3], "example 1: end_spikes must not descend and end with the number of spikes, 3"),
        ([1, 1, 2], [1, 2, 3], "example 1: end_spikes must not descend and end with the number of spikes, 3"),
        ([-1, 1, 3], [1, 2, 3], "example 1: end_spikes must not descend and end with the number of spikes, 3"),
        ([1, 1, 3], [1, 3, 2], "example 1: the spikes of neuron 2 are not sorted by time; make them with"),
        ([2, 2, 3], [2, 1, 3], "example 1: the spikes of neuron 0 are not sorted by time"),
        ([1, 1, 3], [1, -2, 3], "example 1: a spike comes at -2 ms; times begin at 0"),
        ([1, 1, 3], [np.nan, 2, 3], "example 1: a spike comes at nan ms; times begin at 0"),
    ],
)
def test_spike_input_takes_sorted_spikes_only(ends: Any, times: Any, message: str) -> None:
    """Before anything reaches the engine."""
    wrong = PreprocessedSpikes(np.array(ends), np.array(times))
    with pytest.raises(DataError, match=message):
        SpikeInput().set_input(None, 2, (3,), [EXAMPLES[0], wrong])
