"""Callbacks: keys, filters, progress bar, and clean-up after errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.callbacks import BatchProgressBar, Callback, CallbackList, SpikeRecorder, VarRecorder
from ml_genn.callbacks.filters import example_filter, neuron_filter
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import Dense
from ml_genn.errors import DescriptionError


@pytest.mark.parametrize(
    ("spec", "chosen"),
    [
        (None, [0, 1, 2, 3]),
        (2, [2]),
        ([3, 1], [1, 3]),
        (np.array([0, 2]), [0, 2]),
        ([True, False, True], [0, 2]),
        ([], []),
    ],
)
def test_example_filter(spec: Any, chosen: list[int]) -> None:
    choose = example_filter(spec)
    assert [index for index in range(4) if choose(index)] == chosen


@pytest.mark.parametrize(
    ("spec", "shape", "chosen"),
    [
        (None, (4,), [0, 1, 2, 3]),
        (2, (4,), [2]),
        (np.int64(2), (4,), [2]),
        ([3, 1], (4,), [1, 3]),
        (slice(1, None, 2), (4,), [1, 3]),
        (np.array([True, False, False, True]), (4,), [0, 3]),
        (np.index_exp[0, 1:], (2, 3), [1, 2]),
        (np.array([[True, False], [False, True]]), (2, 2), [0, 3]),
    ],
)
def test_neuron_filter(spec: Any, shape: tuple[int, ...], chosen: list[int]) -> None:
    assert np.flatnonzero(neuron_filter(spec, shape)).tolist() == chosen


@pytest.mark.parametrize(
    ("spec", "shape", "message"),
    [
        (slice(2), (2, 2), "Neuron filters can only be specified as a slice if their shape is 1D"),
        (np.ones(3, bool), (4,), r"Neuron filters specified as arrays of booleans must have a shape of \(4,\)"),
        ([1.5], (4,), r"Unsupported neuron filter \[1.5\] for a population of shape \(4,\)"),
        (1, (2, 2), "Unsupported neuron filter 1 for a population of shape"),
        ([7], (4,), r"the neuron filter does not fit the population of shape \(4,\): index 7 is out of bounds"),
    ],
)
def test_bad_neuron_filter(spec: Any, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        neuron_filter(spec, shape)


def test_bad_example_filter() -> None:
    with pytest.raises(DescriptionError, match="an example filter must be an index, indices or a boolean per example"):
        example_filter("first")


def small_network(record_spikes: bool = True) -> Any:
    with Network() as network:
        source = Population("integrate_fire_input", 4, record_spikes=record_spikes, name="in")
        target = Population("leaky_integrate", 2, name="out", readout="var", record_spikes=True)
        Connection(source, target, Dense(1.0))
    return network, source, target


def run(callbacks: Any, record_spikes: bool = True) -> Any:
    """Five examples in batches of two; input i of each example spikes in every (4 - i)-th step."""
    network, source, target = small_network(record_spikes)
    x = np.tile(1 / np.arange(4, 0, -1), (5, 1))
    with InferenceCompiler(12, batch_size=2, engine="reference").compile(network) as compiled:
        chosen = callbacks(source, target) if callable(callbacks) else callbacks
        return compiled.predict({source: x}, target, callbacks=chosen)[1]


def test_keys() -> None:
    data = run(lambda source, _: ["batch_progress_bar", SpikeRecorder(source), SpikeRecorder(source, key="mine")])
    assert set(data) == {1, "mine"}
    with pytest.raises(
        DescriptionError, match="Callback data key 'mine' is not unique; give each recorder its own key"
    ):
        run(lambda source, _: [SpikeRecorder(source, key="mine"), SpikeRecorder(source, key="mine")])


def test_recorded_counts_are_those_of_the_trains() -> None:
    data = run(lambda source, _: [SpikeRecorder(source, key="t"), SpikeRecorder(source, key="c", record_counts=True)])
    assert len(data["c"]) == 5
    for counts, ids in zip(data["c"], data["t"][1], strict=True):
        assert counts.tolist() == np.bincount(ids, minlength=4).tolist() == [3, 4, 6, 12]


def test_filters_of_recorders() -> None:
    data = run(
        lambda source, target: [
            SpikeRecorder(source, key="s", example_filter=3, neuron_filter=slice(2, None)),
            VarRecorder(target, "v", key="v", example_filter=[0, 4], neuron_filter=1),
        ]
    )
    assert [np.unique(ids).tolist() for ids in data["s"][1]] == [[2, 3]]
    assert [values.shape for values in data["v"]] == [(12, 1), (12, 1)]


@pytest.mark.parametrize(
    ("callbacks", "record", "message"),
    [
        (
            lambda source, _: [SpikeRecorder(source)],
            False,
            "in: SpikeRecorder callback can only be used to record spik",
        ),
        (lambda _, target: [SpikeRecorder(target)], True, "out: LeakyIntegrate neurons do not spike"),
        (lambda source, _: [VarRecorder(source)], True, "VarRecorder callback requires a variable to be specified"),
        (lambda source, _: [VarRecorder(source, "v", genn_var="V")], True, "VarRecorder callback requires a variable"),
        (
            lambda source, _: [VarRecorder(source, genn_var="W")],
            True,
            "Model does not have variable W to record; it has",
        ),
        (["no_such_callback"], True, "callback 'no_such_callback' is unknown"),
    ],
)
def test_bad_recorder(callbacks: Any, record: bool, message: str) -> None:
    with pytest.raises(DescriptionError, match=message):
        run(callbacks, record)


class Failing(Callback):
    """Fails in the first batch."""

    def on_batch_end(self, batch: int, metrics: Any) -> None:
        raise RuntimeError("in a callback")


class Closing(Callback):
    """Notes that it was closed."""

    closed: list[bool] = []  # noqa: RUF012 - the list is what the test reads

    def close(self) -> None:
        self.closed.append(True)


def test_callbacks_are_closed_after_an_error() -> None:
    Closing.closed.clear()
    with pytest.raises(RuntimeError, match="in a callback"):
        run([Closing(), Failing()])
    assert Closing.closed == [True]


class Unprepared(Callback):
    """Cannot begin."""

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        raise RuntimeError("not prepared")


def test_callbacks_are_closed_where_a_later_one_cannot_begin() -> None:
    Closing.closed.clear()
    with pytest.raises(RuntimeError, match="not prepared"):
        run([Closing(), Unprepared(), Closing()])
    assert Closing.closed == [True]


def test_progress_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    network, source, target = small_network()
    with InferenceCompiler(2, batch_size=2, engine="reference").compile(network) as compiled:
        compiled.evaluate({source: np.ones((5, 4))}, {target: np.zeros(5, int)})
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "3/3" in captured.err
    assert "SparseCategoricalAccuracy: 1.0000" in captured.err


def test_progress_of_a_training(capsys: pytest.CaptureFixture[str]) -> None:
    """One bar for each epoch, named after it."""
    with CallbackList([BatchProgressBar()], compiled_network=None, num_batches=2, num_epochs=2) as callbacks:
        for epoch in range(2):
            callbacks.call("on_epoch_begin", epoch)
            for batch in range(2):
                callbacks.call("on_batch_end", batch, {})
            callbacks.call("on_epoch_end", epoch, {})
    shown = capsys.readouterr().err
    assert shown.index("Epoch 0") < shown.index("2/2") < shown.index("Epoch 1")


def test_progress_bars_may_be_nested() -> None:
    outer, inner = BatchProgressBar(), BatchProgressBar()
    for bar in (outer, inner):
        bar.set_params({}, None, num_batches=1)
        bar.on_test_begin()
    for bar in (inner, outer):
        bar.close()


def test_only_overridden_hooks_count() -> None:
    assert not CallbackList([BatchProgressBar()], compiled_network=None).watches_timesteps
    assert not CallbackList([Callback()], compiled_network=None).watches_timesteps
