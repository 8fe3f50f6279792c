"""What the history of a training tells of neurons and times, and what the progress bar shows."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest

from ml_genn.callbacks import BatchProgressBar, SpikeRecorder
from ml_genn.optimisers import SGD
from tests.compilers.event_prop.test_training import compiled, layers, trials


def test_counts_are_those_of_recorded_spikes() -> None:
    network, source, hidden, output = layers()
    hidden.population().record_spikes = True
    hidden.connection().connectivity.weight = np.abs(np.random.default_rng(1).normal(0.6, 0.5, (12, 20)))
    hidden.connection().connectivity.weight[:, [3, 7]] = -1.0
    x, y = trials(20)  # the last batch is not full
    with compiled(network, optimiser=SGD(0.0), min_slope=0.05) as trained:
        recorder = SpikeRecorder(hidden, "n", record_counts=True)
        counts = np.array(trained.train({source: x}, {output: y}, 2, callbacks=[recorder])[1]["n"])
        last = trained.history[-1]
    activity = last.activity[hidden.population()]
    np.testing.assert_array_equal(activity.spikes, counts[20:].sum(axis=0))
    assert activity.rate == pytest.approx(counts[20:].mean(), rel=1e-12)  # two orders of one mean
    assert {3, 7} <= set(np.flatnonzero(activity.is_silent))
    assert 2 <= activity.silent == (counts[20:].sum(axis=0) == 0).sum() < 20
    assert 0 < activity.clamped < activity.spikes.sum()
    assert list(last.activity) == [hidden.population()]
    assert last.lost_label_spikes == {}


def test_times() -> None:
    network, source, _, output = layers()
    x, y = trials(16)
    with compiled(network) as trained:
        trained.train({source: x}, {output: y}, 2, callbacks=[])
        for epoch in trained.history:
            assert set(epoch.parts) == {"input", "simulation", "backward"}
            assert 0.0 < sum(epoch.parts.values()) <= epoch.seconds
            assert epoch.cpu_seconds > 0.0


def test_the_progress_bar_shows_the_loss_of_training_only() -> None:
    network, source, _, output = layers()
    x, y = trials(16)
    with contextlib.redirect_stderr(io.StringIO()) as stream, compiled(network) as trained:
        assert trained.losses_so_far == {}
        trained.train({source: x}, {output: y}, 1, callbacks=[BatchProgressBar()], validation_callbacks=[])
        shown = f"loss: {trained.losses_so_far[output]:.4f}, SparseCategoricalAccuracy: "
        assert trained.losses_so_far == trained.history[0].loss
        assert shown in stream.getvalue()
        stream.truncate(0)
        trained.evaluate({source: x}, {output: y})
        assert "SparseCategoricalAccuracy: " in stream.getvalue()
        assert "loss" not in stream.getvalue()
