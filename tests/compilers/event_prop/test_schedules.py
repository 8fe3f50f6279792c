"""Callbacks that change the learning rate: their rules, how they go together, and how they go on."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ml_genn.callbacks import CallbackList, Decay, EaseIn, EMASchedule, OptimiserParamSchedule
from ml_genn.errors import DescriptionError
from ml_genn.optimisers import SGD, Adam


class Learner:
    """Stands for a network that is trained: notes the learning rates of each batch."""

    def __init__(self) -> None:
        self.optimisers = [Adam(1.0), SGD(4.0)]
        self.history: list[Any] = []
        self.rates: list[float] = []
        self.others: list[float] = []

    def run(self, callbacks: CallbackList, results: Sequence[dict[str, Any]], first: int = 0, batches: int = 2) -> None:
        """Epochs with these results."""
        for epoch, result in enumerate(results, first):
            callbacks.call("on_epoch_begin", epoch)
            for batch in range(batches):
                callbacks.call("on_batch_begin", batch)
                self.rates.append(self.optimisers[0].alpha)
                self.others.append(self.optimisers[1].alpha)
                callbacks.call("on_batch_end", batch, {})
            self.history.append(SimpleNamespace(**result))
            callbacks.call("on_epoch_end", epoch, {})


def accuracies(*values: float) -> list[dict[str, Any]]:
    return [{"metrics": {"output": value}, "loss": {"output": -value}, "validation_metrics": None} for value in values]


def test_decay() -> None:
    network = Learner()
    with CallbackList([Decay(0.5, epochs=2, low=0.2)], compiled_network=network) as callbacks:
        network.run(callbacks, accuracies(*[0.0] * 8), batches=1)
    assert network.rates == [1.0, 1.0, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2]


def test_decay_does_not_raise_what_is_low() -> None:
    network = Learner()
    network.optimisers[0].alpha, network.optimisers[1].alpha = 0.125, 0.5
    with CallbackList([Decay(0.5, low=0.2)], compiled_network=network) as callbacks:
        network.run(callbacks, accuracies(0.0), batches=1)
    assert network.optimisers[0].alpha == 0.125


def test_ease_in_goes_together_with_schedules() -> None:
    network = Learner()
    schedule = OptimiserParamSchedule("alpha", lambda epoch, alpha: 0.5 * alpha if epoch else alpha)
    with CallbackList([EaseIn(0.25, 2.0), schedule], compiled_network=network) as callbacks:
        network.run(callbacks, accuracies(0.0, 0.0))
    assert network.rates == [0.25, 0.5, 0.5, 0.5]
    assert network.others == [1.0, 2.0, 2.0, 2.0]


def test_ease_in_takes_a_batch_that_begins_twice_once() -> None:
    network = Learner()
    with CallbackList([EaseIn(0.25, 2.0)], compiled_network=network) as callbacks:
        callbacks.call("on_batch_begin", 0)
        callbacks.call("on_batch_begin", 0)
        assert network.optimisers[0].alpha == 0.25
    assert network.optimisers[0].alpha == 1.0  # also where a batch fails


def test_averages_decide() -> None:
    """The rule of the docstring, computed beside it."""
    values = [0.2, 0.5, 0.6, 0.6, 0.3, 0.2, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1]
    fast = slow = 0.0
    rate, waited, expected = 1.0, 0, []
    for value in values:
        expected.append(rate)
        fast, slow, waited = 0.5 * fast + 0.5 * value, 0.75 * slow + 0.25 * value, waited + 1
        if fast <= slow and waited >= 3:
            rate, waited = 0.5 * rate, 0
    assert expected[-1] == 0.25  # two changes
    network = Learner()
    with CallbackList([EMASchedule(0.5, 0.75, patience=3, monitor="metric")], compiled_network=network) as callbacks:
        network.run(callbacks, accuracies(*values), batches=1)
    assert network.rates == expected


@pytest.mark.parametrize(("monitor", "falls"), [("loss", False), ("metric", True)])
def test_losses_and_errors_are_to_get_less(monitor: str, falls: bool) -> None:
    network = Learner()
    schedule = EMASchedule(0.5, 0.75, patience=2, monitor=monitor, lower_is_better=falls)
    sign = 1.0 if monitor == "loss" else -1.0
    with CallbackList([schedule], compiled_network=network) as callbacks:
        network.run(callbacks, accuracies(*(sign * np.arange(-5.0, 0.0))), batches=1)
    assert set(network.rates) == {1.0}  # better and better


def test_ease_in_begins_again_after_a_change() -> None:
    network = Learner()
    schedule = EMASchedule(0.5, 0.75, patience=2, monitor="metric", ease_in=EaseIn(0.5, 2.0))
    with CallbackList([schedule], compiled_network=network) as callbacks:
        network.run(callbacks, accuracies(0.5, 0.0, 0.0, 0.0))
    assert network.rates == [0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 0.25, 0.5]


def test_they_go_on_where_they_were() -> None:
    """Two epochs, then two more with new objects that got the state of the old ones, are four epochs."""
    results = accuracies(0.9, 0.1, 0.1, 0.1)
    whole, first, second = Learner(), Learner(), Learner()

    def make() -> list[Any]:
        return [EMASchedule(0.5, 0.75, patience=2, monitor="metric", ease_in=EaseIn(0.125, 1.5)), EaseIn(0.25, 1.25)]

    with CallbackList(make(), compiled_network=whole) as callbacks:
        whole.run(callbacks, results)
    with CallbackList(make(), compiled_network=first) as callbacks:
        first.run(callbacks, results[:2])
        states = callbacks.states()
    second.optimisers = first.optimisers
    with CallbackList(make(), compiled_network=second) as callbacks:
        callbacks.restore({name: {key: np.asarray(one) for key, one in item.items()} for name, item in states.items()})
        second.run(callbacks, results[2:], first=2)
    assert first.rates + second.rates == whole.rates
    assert len(set(whole.rates)) > 5


# Bad input


def test_schedules_need_what_they_watch() -> None:
    network = Learner()
    with CallbackList([EMASchedule()], compiled_network=network) as callbacks:
        message = "EMASchedule watches the validation metric, but there are no validation data; give validation_split"
        with pytest.raises(DescriptionError, match=message):
            network.run(callbacks, accuracies(0.5))
    with pytest.raises(DescriptionError, match="EMASchedule needs a history of epochs, which only networks that are"):
        CallbackList([EMASchedule()], compiled_network=SimpleNamespace(optimisers=[SGD()]))
    with pytest.raises(DescriptionError, match="Decay needs optimisers, which only networks that are trained have"):
        CallbackList([Decay()], compiled_network=SimpleNamespace())
    with pytest.raises(DescriptionError, match="what must be one of 'loss', 'metric'"):
        EMASchedule(monitor="accuracy")
