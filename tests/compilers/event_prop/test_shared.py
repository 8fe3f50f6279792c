"""Constants that the neurons of a population share: one number, which learns from the sum of their gradients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_genn.callbacks import Checkpoint
from ml_genn.compilers import Trainable
from ml_genn.errors import DataError, DescriptionError
from ml_genn.initializers import Normal
from ml_genn.optimisers import SGD, Adam
from ml_genn.serialisers import Numpy
from tests.compilers.event_prop.test_constants import LABELS, TRIALS, Integrators, Spiking, compiled
from tests.compilers.event_prop.test_engines import ENGINES, open_engine

NAMES = (
    "hidden.tau_mem",
    "hidden.v_thresh",
    "hidden.v_reset",
    "hidden.bias",
    "output.tau_mem",
    "first.tau",
    "second.tau",
)
SHARED = Trainable(Adam(0.05), shared=True)


class Sharing(Spiking):
    """Everything is shared but the bias of outputs: a softmax does not see what all its inputs have in common."""

    def chosen(self, how: Any = SHARED) -> dict[Any, dict[str, Any]]:
        found = super().chosen(how)
        del found[self.output]["bias"]
        return found


def of_constants(found: dict[Any, np.ndarray]) -> dict[str, np.ndarray]:
    return {f"{key[0].name}.{key[1]}": values for key, values in found.items() if isinstance(key, tuple)}


@pytest.mark.parametrize("engine", ["embedded", "reference"])
def test_gradients_are_sums_of_those_of_neurons(engine: str) -> None:
    one, found = Sharing(), []
    for how in (SHARED, "adam"):
        with one.compile(how, batch_size=6, engine=engine) as trained:
            found.append(of_constants(trained.gradients(*one.data)))
    shared, apart = found
    assert shared.keys() == set(NAMES)
    for name, gradient in shared.items():
        assert gradient.shape == ()
        assert gradient == np.add.accumulate(apart[name])[-1] != 0.0, name  # in the order of neurons


def test_gradients_are_those_of_finite_differences() -> None:
    """Of the one number that a network is described with; to what a difference of 1e-5 tells."""
    one = Integrators()
    chosen = {one.output: {"tau_mem": SHARED}, one.first: {"tau": SHARED}}
    with compiled(one.network, optimisers=chosen) as trained:
        found = trained.gradients({one.source: TRIALS[:1]}, {one.output: LABELS[:1]})
    for ((_, name), gradient), begin in zip(found.items(), (20.0, 5.0), strict=True):
        more, less = (Integrators(**{name: begin + change}) for change in (1e-5, -1e-5))
        assert gradient == pytest.approx((more.loss() - less.loss()) / 2e-5, rel=1e-5), name


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_engines_learn_the_same(engine: str) -> None:
    open_engine(engine)
    found = []
    for name in (engine, "embedded"):
        one = Sharing()
        with one.compile(SHARED, batch_size=1, engine=name) as trained:
            trained.train(*one.data, 2, callbacks=[])
            found.append(trained.learnt_values())
    for name, values in found[1].items():
        np.testing.assert_allclose(found[0][name], values, rtol=1e-6, err_msg=name)  # Adam divides by small numbers


def test_all_neurons_go_the_same_way() -> None:
    """Each of them against the sum of gradients, and to the bit to the same number."""
    one = Sharing()
    with one.compile(Trainable(SGD(0.1), shared=True), batch_size=6) as trained:
        gradients, before = of_constants(trained.gradients(*one.data)), trained.learnt_values()
        trained.train(*one.data, 1, callbacks=[])
        first = trained.learnt_values()
        trained.train(*one.data, 3, callbacks=[])
        last = trained.learnt_values()
    for name in NAMES:
        np.testing.assert_allclose(first[name], before[name] - 0.1 * gradients[name], rtol=1e-9, err_msg=name)
        assert len({number.tobytes() for number in last[name]}) == 1, name
        assert last[name][0] != first[name][0]


def test_some_are_shared_and_others_not() -> None:
    one = Sharing()
    chosen = {one.hidden: {"tau_mem": SHARED, "v_thresh": "adam"}}
    with compiled(one.network, optimisers=chosen, optimiser=Adam(0.01)) as trained:
        found = trained.gradients({one.source: TRIALS[:1]}, {one.output: LABELS[:1]})
        assert (found[one.hidden, "tau_mem"].shape, found[one.hidden, "v_thresh"].shape) == ((), (8,))
        assert found[one.first].shape == (3, 8)
        trained.train(*one.data, 1, callbacks=[])
        learnt = trained.learnt_values()
    assert np.ptp(learnt["hidden.tau_mem"]) == 0.0
    assert np.ptp(learnt["hidden.v_thresh"]) > 0.0


def test_bounds() -> None:
    one = Sharing()
    chosen = {one.hidden: {"tau_mem": Trainable(SGD(1e6), 15.0, 30.0, shared=True)}}
    with compiled(one.network, optimisers=chosen, batch_size=6) as trained:
        trained.train(*one.data, 1, callbacks=[])
        assert set(trained.learnt_values()["hidden.tau_mem"]) <= {15.0, 30.0}


@pytest.mark.parametrize("precision", ["double", "float"])
def test_threads_and_resuming_give_the_same_bits(tmp_path: Path, precision: str) -> None:
    one, found = Sharing(), []
    for threads in (1, 2, 7):
        with one.compile(SHARED, num_threads=threads, precision=precision) as trained:
            trained.train(*one.data, 4, callbacks=[])
            found.append(trained.learnt_values())
    with one.compile(SHARED, precision=precision) as trained:
        trained.train(*one.data, 2, callbacks=[Checkpoint(Numpy(tmp_path))])
    with one.compile(SHARED, precision=precision) as trained:
        trained.train(*one.data, 2, start_epoch=trained.resume(Numpy(tmp_path)), callbacks=[])
        found.append(trained.learnt_values())
    bits = [{name: values.tobytes() for name, values in each.items()} for each in found]
    assert all(each == bits[0] for each in bits)


def test_learnt_numbers_are_loaded_and_shared_further(tmp_path: Path) -> None:
    one, again = Sharing(), Sharing()
    with one.compile(SHARED) as trained:
        trained.train(*one.data, 1, callbacks=[])
        trained.save((1,), Numpy(tmp_path))
        learnt = trained.learnt_values()
    again.network.load((1,), Numpy(tmp_path))
    with again.compile(SHARED) as further:
        np.testing.assert_array_equal(further.learnt_values()["hidden.bias"], learnt["hidden.bias"])


@pytest.mark.parametrize(
    ("begin", "text"),
    [
        (np.linspace(1.0, 2.0, 8), "hidden: v_thresh is shared and has to begin as one number, got numbers from 1 to"),
        (Normal(1.0, 0.1), "v_thresh is shared and has to begin as one number, got Normal; give one, or let each"),
    ],
)  # fmt: skip
def test_neurons_that_begin_apart(begin: Any, text: str) -> None:
    one = Sharing()
    one.hidden.neuron.v_thresh = begin
    with pytest.raises(DescriptionError, match=text):
        compiled(one.network, optimisers={one.hidden: {"v_thresh": SHARED}})


def test_numbers_that_differ_are_not_put_back() -> None:
    one = Sharing()
    text = "what is put back has different numbers of hidden.tau_mem, which neurons share here; compile the network wi"
    with compiled(one.network, optimisers={one.hidden: {"tau_mem": SHARED}}) as trained:
        with pytest.raises(DataError, match=text):
            trained.put_learnt_values({"hidden.tau_mem": np.linspace(10.0, 20.0, 8)})
        assert np.ptp(trained.learnt_values()["hidden.tau_mem"]) == 0.0
        trained.put_learnt_values({"hidden.tau_mem": np.full(8, 12.0)})
        assert (trained.learnt_values()["hidden.tau_mem"] == 12.0).all()
