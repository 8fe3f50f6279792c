"""Losses of output voltages in each timestep."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ml_genn.callbacks import Callback, VarRecorder
from ml_genn.errors import DataError, DescriptionError
from ml_genn.losses import FirstSpikeCrossentropy, MeanSquareError, PerTimestepCrossentropy
from ml_genn.optimisers import SGD, Adam
from tests.compilers.event_prop.networks import Described, spikes, variants
from tests.compilers.event_prop.test_first_spikes import W_DIRECT, build
from tests.compilers.event_prop.test_gradients import drawn

STEPS = 50
TARGETS = np.random.default_rng(5).normal(size=(2, STEPS, 3))
LABELS = np.array([2, 1], np.uint64)
CASES: list[tuple[Any, str, Any, dict[str, Any]]] = [
    (MeanSquareError(), "var", TARGETS, {}),
    (PerTimestepCrossentropy(), "var", LABELS, {}),
    (
        PerTimestepCrossentropy(),
        "max_var",
        LABELS,
        {"losses": "sparse_categorical_crossentropy", "per_timestep_loss": True},
    ),
]


def described(readout: str) -> Described:
    return Described(variants()["recurrent with autapses"], readout=readout)


def inputs(count: int = 2) -> list[Any]:
    return [spikes(drawn(seed), 6) for seed in range(1, count + 1)]


@pytest.mark.parametrize(("loss", "readout", "y", "arguments"), CASES)
def test_output_weights_have_the_gradient_of_finite_differences(
    loss: Any, readout: str, y: Any, arguments: dict[str, Any]
) -> None:
    """Hidden spikes do not depend on output weights; the loss is worked out anew from recorded voltages."""
    net = described(readout)
    compiled = net.compile(STEPS, batch_size=3, **(arguments or {"losses": loss}))
    connection = net.connections["w_out"]
    with compiled:
        gradient = compiled.gradients({net.source: inputs()}, {net.output: y})[connection]
        weights = compiled.connection_populations[connection].vars["g"].view.reshape(-1)
        for index in range(0, weights.size, 4):
            losses = []
            for sign in (1.0, -1.0):
                weights[index] += sign * 1e-6
                losses.append(loss.value(y, voltages(compiled, net)))
                weights[index] -= sign * 1e-6
            measured = (losses[0] - losses[1]) / 2e-6
            assert measured == pytest.approx(gradient.reshape(-1)[index], abs=1e-8)  # rounding of the difference
    assert gradient.any()


def voltages(compiled: Any, net: Described) -> np.ndarray:
    """V of the outputs after each timestep, as a recorder sees it."""
    recorder = VarRecorder(net.output, "v", key="v")
    _, found = compiled.predict({net.source: inputs()}, net.output, callbacks=[recorder])
    return np.stack(found["v"])


def test_mean_square_error_shows_series() -> None:
    net = described("var")
    compiled = net.compile(STEPS, losses=MeanSquareError(), batch_size=2)
    with compiled:
        predicted, _ = compiled.predict({net.source: inputs(3)}, net.output, callbacks=[])
        assert predicted[net.output].shape == (3, STEPS, 3)
        np.testing.assert_array_equal(predicted[net.output][:2], voltages(compiled, net))
        metrics, _ = compiled.evaluate({net.source: inputs()}, {net.output: TARGETS}, "mean_square_error", callbacks=[])
        expected = np.mean((predicted[net.output][:2] - TARGETS) ** 2)
        assert metrics[net.output].result == pytest.approx(expected, rel=1e-9)


def test_series_stay_those_of_voltages_once_derivatives_have_taken_their_place() -> None:
    """A callback may look at them after a batch has been learnt, which may lack examples."""
    net, seen = described("var"), []

    class Watch(Callback):
        def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
            self.network = compiled_network

        def on_batch_end(self, batch: int, metrics: dict[Any, Any]) -> None:
            seen.append(self.network.get_readout(net.output))

    compiled = net.compile(STEPS, losses=MeanSquareError(), batch_size=2, optimiser=SGD(0.0))
    with compiled:
        wanted = voltages(compiled, net)
        y, more = np.concatenate((TARGETS, TARGETS[:1])), [*inputs(), inputs()[0]]
        arguments: dict[str, Any] = {"shuffle": False, "metrics": "mean_square_error", "callbacks": [Watch()]}
        compiled.train({net.source: more}, {net.output: y}, 1, **arguments)
        np.testing.assert_array_equal(seen[0], wanted)
        np.testing.assert_array_equal(seen[1][0], wanted[0])
        compiled.gradients({net.source: inputs()}, {net.output: TARGETS})
        compiled.get_readout(net.output)[:] = 0.0  # a copy
        np.testing.assert_array_equal(compiled.get_readout(net.output), wanted)


def test_a_target_is_learnt_and_validated() -> None:
    net = described("var")
    compiled = net.compile(STEPS, losses="mean_square_error", batch_size=2, optimiser=Adam(0.02), precision="float")
    target = np.sin(np.arange(STEPS) / 10.0)[np.newaxis, :, np.newaxis] * np.array([1.0, -1.0, 0.5])
    y = {net.output: np.repeat(0.2 * target, 3, axis=0)}
    with compiled:
        arguments: dict[str, Any] = {"metrics": "mean_square_error", "callbacks": [], "validation_callbacks": []}
        compiled.train({net.source: inputs(3)}, y, 30, validation_split=0.34, **arguments)
    first, last = compiled.history[0], compiled.history[-1]
    assert last.loss[net.output] < 0.5 * first.loss[net.output]
    half_of_three_outputs = 1.5 * last.validation_metrics[net.output]
    assert last.validation_loss[net.output] == pytest.approx(half_of_three_outputs, rel=1e-6)


def test_per_timestep_loss_predicts_by_the_readout() -> None:
    net = described("avg_var")
    compiled = net.compile(STEPS, per_timestep_loss=True, batch_size=2)
    with compiled:
        predicted, _ = compiled.predict({net.source: inputs()}, net.output, callbacks=[])
        np.testing.assert_allclose(predicted[net.output], voltages(compiled, net).mean(axis=1), rtol=1e-12)
        compiled.train({net.source: inputs()}, {net.output: LABELS}, 1, callbacks=[])
    assert compiled.history[0].lost_label_spikes == {}


def test_engines_agree() -> None:
    net = replace(variants()["two currents"], readout="avg")
    fast, slow = (
        Described(net, readout="var").gradients(STEPS, inputs(), TARGETS, losses=MeanSquareError(), engine=engine)
        for engine in ("embedded", "reference")
    )
    for name, gradient in fast.items():
        np.testing.assert_allclose(gradient, slow[name], rtol=1e-10, atol=1e-14)  # exp of numpy and libm


def test_bad_targets() -> None:
    net = described("var")
    message = r"needs targets and predictions of one shape.* got \(2, 49, 3\) and \(2, 50, 3\)"
    compiled = net.compile(STEPS, losses=MeanSquareError(), batch_size=2)
    with compiled, pytest.raises(DataError, match=message):
        compiled.gradients({net.source: inputs()}, {net.output: TARGETS[:, 1:]})
    with pytest.raises(DataError, match=r"got \(2, 3\) and labels of shape \(2,\)"):
        PerTimestepCrossentropy().value([0, 1], np.zeros((2, 3)))


def test_per_timestep_loss_needs_voltages() -> None:
    with pytest.raises(DescriptionError, match=r"per_timestep_loss is for SparseCat.* with readouts of the voltage"):
        build(W_DIRECT, losses=FirstSpikeCrossentropy(), per_timestep_loss=True)
