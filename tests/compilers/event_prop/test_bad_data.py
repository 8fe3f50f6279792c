"""What a training says of examples, labels and epochs that cannot be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense
from ml_genn.errors import DataError, DescriptionError
from ml_genn.initializers import Normal
from ml_genn.neurons import LeakyIntegrate, LeakyIntegrateFire, LeakyIntegrateFireInput, SpikeInput
from ml_genn.synapses import Exponential
from ml_genn.utils.data import PreprocessedSpikes, preprocess_spikes

from .test_training import TIMESTEPS, compiled, layers, trials, weights_of


def labels_with(label: Any) -> np.ndarray:
    """Labels of 16 examples, one of which is wrong."""
    labels = trials(16)[1].astype(type(label))
    labels[11] = label
    return labels


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (labels_with(3), r"out: label 3 is out of range: the output has 3 classes, counted from 0 \(example 11\)"),
        (labels_with(-1), r"out: label -1 is out of range: .* \(example 11\)"),
        (labels_with(0.5), "out: labels must be whole numbers, one per example, got dtype float64"),
        (labels_with(np.nan), "1 labels hold NaN or infinity, the first is number 11"),
        (np.eye(3)[trials(16)[1]], r"one per example, got shape \(16, 3\); if they are one-hot, give their argmax"),
        (["0"] * 16, "out: labels must be whole numbers, one per example, got dtype <U1"),
    ],
)
def test_labels_are_checked_before_anything_is_learnt(y: Any, message: str) -> None:
    """All of them, also those of validation data, whatever order they will come in."""
    network, source, hidden, output = layers()
    output.population().name = "out"
    x, right = trials(16)
    with compiled(network) as trained:
        before = weights_of(trained, hidden).tobytes()
        checks: Any = {"validation_x": {source: x}, "validation_y": {output: y}, "validation_callbacks": []}
        with pytest.raises(DataError, match=message):
            trained.train({source: x}, {output: y}, 1, callbacks=[])
        with pytest.raises(DataError, match=message):
            trained.train({source: x}, {output: right}, 1, callbacks=[], **checks)
        with pytest.raises(DataError, match=message):
            trained.validate({source: x}, {output: y}, callbacks=[])
        assert weights_of(trained, hidden).tobytes() == before


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.int64, np.uint64, float, list])
def test_labels_of_any_type(kind: Any) -> None:
    network, source, _, output = layers()
    x, y = trials(8)
    with compiled(network) as trained:
        found = trained.gradients({source: x}, {output: y.tolist() if kind is list else y.astype(kind)})
        expected = trained.gradients({source: x}, {output: y})
    np.testing.assert_array_equal(found[output.connection()], expected[output.connection()])


@pytest.mark.parametrize(
    ("example", "message"),
    [
        ("spikes", "batch 0: example 1: SpikeInput takes PreprocessedSpikes objects"),
        (preprocess_spikes([1.0], [2], 13), "batch 0: example 1 has spikes of 13 neurons, the population has 12"),
        (PreprocessedSpikes(np.arange(1, 13), np.full(12, -2.0)), "batch 0: example 1: a spike comes at -2.0 ms"),
    ],
)
def test_examples_are_named_with_their_batch(example: Any, message: str) -> None:
    network, source, _, output = layers()
    x, y = trials(8)
    with compiled(network) as trained, pytest.raises(DataError, match=message):
        trained.train({source: [x[0], example, *x[2:]]}, {output: y}, 1, shuffle=False, callbacks=[])


@pytest.mark.parametrize(
    ("batches", "message"),
    [
        (lambda epoch: None, r"the batches of epoch 4 must be an iterable of pairs \(examples, targets\), got a NoneT"),
        ([[1]], r"batch 0 of epoch 4 must be a pair .*, or \(examples, targets, timesteps\), got a list of 1"),
        ([7], r"batch 0 of epoch 4 must be a pair \(examples, targets\), or .*, got a int$"),
        ([(trials(8)[0], trials(8)[1] + 1)], r"label 3 is out of range: .* \(example 2\)"),
    ],
)
def test_batches_of_any_source(batches: Any, message: str) -> None:
    network, source, _, output = layers()
    with compiled(network) as trained, pytest.raises(DataError, match=message):
        trained.train_batch_iter(source, output, batches, 1, start_epoch=4, callbacks=[])


@pytest.mark.parametrize("value", [-1, 1.5, "2"])
@pytest.mark.parametrize("name", ["num_epochs", "start_epoch"])
def test_epochs(name: str, value: Any) -> None:
    network, source, _, output = layers()
    x, y = trials(8)
    epochs: Any = {"num_epochs": 1, name: value, "callbacks": []}
    with compiled(network) as trained:
        with pytest.raises(DescriptionError, match=f"{name} must be a whole number at least 0, got {value!r}"):
            trained.train({source: x}, {output: y}, **epochs)
        with pytest.raises(DescriptionError, match=f"{name} must be a whole number at least 0"):
            trained.train_batch_iter(source, output, [(x, y)], **epochs)


def test_spikes_beyond_the_trial_are_not_sent() -> None:
    """They may be in the data, and change nothing."""
    network, source, hidden, output = layers()
    times, y = [np.arange(12.0) + shift for shift in range(8)], trials(8)[1]
    found = []
    for late in ([], [TIMESTEPS, 1e6]):
        x = [
            preprocess_spikes(np.concatenate([early, late]), np.concatenate([np.arange(12), np.arange(len(late))]), 12)
            for early in times
        ]
        with compiled(network) as trained:
            trained.train({source: x}, {output: y}, 2, callbacks=[])
            found.append(weights_of(trained, hidden).tobytes())
    assert found[0] == found[1]


def test_examples_without_spikes_are_examples() -> None:
    """They have a loss, and the gradient of all others is divided by the number of all."""
    network, source, hidden, output = layers()
    x, y = trials(4)
    with compiled(network, precision="double") as trained:
        alone = trained.gradients({source: x}, {output: y})[hidden.connection()]
        empty = [preprocess_spikes([], [], 12)] * 4
        beside = trained.gradients({source: [*x, *empty]}, {output: [*y, *y]})[hidden.connection()]
        _, losses, _ = trained.validate({source: empty}, {output: y}, callbacks=[])
    np.testing.assert_allclose(beside, alone / 2, rtol=1e-12, atol=1e-15)  # the same sums, divided
    assert losses[output] == pytest.approx(np.log(3), rel=1e-6)  # nothing is known of them


def test_networks_that_are_not_loaded() -> None:
    network, source, _, output = layers()
    x, y = trials(8)
    trained = compiled(network)
    uses: list[Any] = [
        lambda: trained.train({source: x}, {output: y}, 1, callbacks=[]),
        lambda: trained.validate({source: x}, {output: y}, callbacks=[]),
        lambda: trained.evaluate({source: x}, {output: y}, callbacks=[]),
        lambda: trained.predict({source: x}, output, callbacks=[]),
        lambda: trained.gradients({source: x}, {output: y}),
        lambda: trained.set_input({source: x}),
        lambda: trained.step_time(),
        lambda: trained.get_readout(output),
        lambda: trained.custom_update("Reset"),
        lambda: trained.learnt_values(),
        lambda: trained.put_learnt_values({}),
        lambda: trained.resume(),
        lambda: trained.save_training(1),
        lambda: trained.save(),
        lambda: trained.save_connectivity(),
    ]
    for use in uses:
        with pytest.raises(DescriptionError, match="network is not loaded; use it inside `with compiled_network:`"):
            use()


@pytest.mark.parametrize("kind", [np.uint16, np.int64])
@pytest.mark.parametrize("per_timestep", [False, True])
def test_more_classes_than_a_byte_counts(kind: Any, per_timestep: bool) -> None:
    """Only the label's output learns to be larger: 299, and not 43, which is what a byte makes of it."""
    with Network(default_params) as network:
        source = Population(SpikeInput(), 12)
        hidden = Population(LeakyIntegrateFire(), 20)
        output = Population(LeakyIntegrate(readout="avg_var"), 300)
        Connection(source, hidden, Dense(Normal(1.0, 0.7)), Exponential(5.0))
        last = Connection(hidden, output, Dense(0.01), Exponential(5.0))
    x = trials(1)[0]
    with compiled(network, per_timestep_loss=per_timestep) as trained:
        gradient = trained.gradients({source: x}, {output: np.array([299], kind)})[last]
        _, losses, _ = trained.validate({source: x}, {output: np.array([299], kind)}, callbacks=[])
    assert losses[output] == pytest.approx(np.log(300), rel=1e-5)  # single precision
    assert set(np.flatnonzero((gradient < 0.0).any(axis=0))) == {299}
    assert (gradient[:, 43] >= 0.0).all()
    assert (gradient[:, 43] > 0.0).any()


@pytest.mark.parametrize("form", [np.array, list, lambda values: values.tolist()])
def test_inputs_that_are_not_finite_are_found_in_lists_too(form: Any) -> None:
    with Network(default_params) as network:
        source = Population(LeakyIntegrateFireInput(), 4)
        output = Population(LeakyIntegrate(readout="avg_var"), 2)
        Connection(source, output, Dense(Normal(0.0, 0.5)), Exponential(5.0))
    x = np.ones((8, 4))
    x[5, 1] = np.nan
    with compiled(network) as trained, pytest.raises(DataError, match="Pop0: 1 inputs hold NaN or infinity, the first"):
        trained.train({source: form(x)}, {output: np.zeros(8, int)}, 1, callbacks=[])
