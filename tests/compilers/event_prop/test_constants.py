"""Constants that are learnt: beside finite differences, within bounds, saved, loaded and gone on with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.callbacks import Checkpoint
from ml_genn.compilers import EventPropCompiler, InferenceCompiler, Trainable
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense
from ml_genn.errors import DataError, DescriptionError, UnsupportedError
from ml_genn.losses import SparseCategoricalCrossentropy
from ml_genn.neurons import LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ml_genn.optimisers import SGD, Adam
from ml_genn.serialisers import Numpy
from ml_genn.synapses import Delta, Exponential
from ml_genn.utils.data import preprocess_spikes
from tests.compilers.event_prop.test_engines import ENGINES, open_engine

STEPS = 60
RNG = np.random.default_rng(3)
TRIALS = [preprocess_spikes(np.sort(RNG.uniform(1, 40, 12)), RNG.integers(0, 3, 12), 3) for _ in range(6)]
LABELS = np.arange(6) % 2
WEIGHTS = np.array([[3.0, 1.0], [0.5, 2.0], [1.0, -2.0]])


class Integrators:
    """Inputs and outputs, whose losses no spike time depends on, and two connections with currents alike."""

    def __init__(self, *, scale_i: bool = True, tau_mem: Any = 20.0, bias: Any = 0.0, tau: Any = 5.0) -> None:
        neuron = LeakyIntegrate(tau_mem=tau_mem, bias=bias, scale_i=scale_i, readout="avg_var_exp_weight")
        with Network() as self.network:
            self.source, self.output = Population(SpikeInput(), 3), Population(neuron, 2)
            ends = (self.source, self.output)
            self.first = Connection(*ends, Dense(WEIGHTS), Exponential(tau, scale_i=scale_i), name="first")
            self.second = Connection(
                *ends, Dense(0.5 * WEIGHTS[::-1]), Exponential(5.0, scale_i=scale_i), name="second"
            )

    def loss(self) -> float:
        with compiled(self.network) as trained:
            readouts, _ = trained.predict({self.source: TRIALS[:1]}, self.output, callbacks=[])
        return float(SparseCategoricalCrossentropy().value(LABELS[:1], readouts[self.output]))


class Spiking:
    """A hidden layer of neurons that spike, of which and of whose currents everything is learnt."""

    def __init__(self) -> None:
        rng = np.random.default_rng(1)
        with Network(default_params) as self.network:
            self.source = Population(SpikeInput(max_spikes=100), 3, name="source")
            self.hidden = Population(LeakyIntegrateFire(tau_mem=20.0), 8, name="hidden", record_spikes=True)
            self.output = Population(LeakyIntegrate(readout="avg_var"), 2, name="output")
            weights = Dense(rng.normal(8.0, 2.0, (3, 8)))
            self.first = Connection(self.source, self.hidden, weights, Exponential(5.0), name="first")
            weights = Dense(rng.normal(0.0, 1.0, (8, 2)))
            self.second = Connection(self.hidden, self.output, weights, Exponential(5.0), name="second")
        self.data = ({self.source: TRIALS}, {self.output: LABELS})

    def chosen(self, how: Any = "adam") -> dict[Any, dict[str, Any]]:
        return {
            self.hidden: {"tau_mem": how, "v_thresh": how, "v_reset": how, "bias": how},
            self.output: {"tau_mem": how, "bias": how},
            self.first: {"tau": how},
            self.second: {"tau": how},
        }

    def compile(self, how: Any = "adam", **kwargs: Any) -> Any:
        arguments = {"batch_size": 4, "optimiser": Adam(0.01), "optimisers": self.chosen(how), **kwargs}
        return compiled(self.network, **arguments)


def compiled(network: Network, **kwargs: Any) -> Any:
    arguments = {"precision": "double", "num_threads": 1, "rng_seed": 1, "optimiser": None, **kwargs}
    return EventPropCompiler(STEPS, "sparse_categorical_crossentropy", **arguments).compile(network)


@pytest.mark.parametrize("engine", ["embedded", "reference"])
@pytest.mark.parametrize("scale_i", [False, True])
def test_gradients_are_those_of_finite_differences(scale_i: bool, engine: str) -> None:
    """To what a difference of 1e-5 in double precision tells, with histories in single precision."""
    one, begin = Integrators(scale_i=scale_i), {"tau_mem": 20.0, "bias": 0.0, "tau": 5.0}
    chosen = {one.output: {"tau_mem": "adam", "bias": "adam"}, one.first: {"tau": "adam"}}
    with compiled(one.network, optimisers=chosen, engine=engine) as trained:
        found = trained.gradients({one.source: TRIALS[:1]}, {one.output: LABELS[:1]})
    assert set(found) == {(one.output, "tau_mem"), (one.output, "bias"), (one.first, "tau")}
    for (_, name), gradient in found.items():
        for place, change in enumerate(1e-5 * np.eye(2)):
            more, less = (Integrators(scale_i=scale_i, **{name: begin[name] + sign * change}) for sign in (1, -1))
            assert gradient[place] == pytest.approx((more.loss() - less.loss()) / 2e-5, rel=1e-5), name


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_engines_learn_the_same(engine: str) -> None:
    open_engine(engine)
    found = []
    for name in (engine, "embedded"):
        one = Spiking()
        with one.compile(batch_size=1, engine=name) as trained:
            trained.train(*one.data, 2, callbacks=[])
            found.append(trained.learnt_values())
    for name, values in found[1].items():
        np.testing.assert_allclose(found[0][name], values, rtol=1e-6, err_msg=name)  # Adam divides by small numbers


def test_spikes_are_those_of_constants_that_are_not_learnt() -> None:
    one, found = Spiking(), []
    for chosen in (one.chosen(), {}):
        with compiled(one.network, optimisers=chosen, batch_size=6) as trained:
            found.append(trained.predict({one.source: TRIALS}, one.output, callbacks=[])[0][one.output])
    assert np.abs(found[0]).max() > 0.0
    np.testing.assert_allclose(*found, rtol=1e-12)  # order of additions


def test_optimisers_change_constants_against_their_gradients() -> None:
    one = Spiking()
    with one.compile(SGD(0.1), batch_size=6) as trained:
        found, before = trained.gradients(*one.data), trained.learnt_values()
        trained.train(*one.data, 1, callbacks=[])
        after = trained.learnt_values()
    constants = [key for key in found if isinstance(key, tuple)]
    assert len(constants) == 8
    for owner, name in constants:
        gradient, called = found[owner, name], f"{owner.name}.{name}"
        assert gradient.shape == (8,) if called in ("hidden.tau_mem", "first.tau") else True
        assert np.abs(gradient).max() > 0.0, called
        np.testing.assert_allclose(after[called], before[called] - 0.1 * gradient, rtol=1e-9, err_msg=called)


def test_what_follows_from_constants_follows_them() -> None:
    """The outputs of changed constants are those of a network described with them."""
    one, other = Integrators(), Integrators(tau_mem=np.array([11.0, 31.0]), tau=np.array([3.0, 9.0]))
    chosen = {one.output: {"tau_mem": "adam"}, one.first: {"tau": "adam"}}
    with compiled(one.network, optimisers=chosen) as trained:
        name = one.output.name
        trained.put_learnt_values({f"{name}.tau_mem": np.array([11.0, 31.0]), "first.tau": np.array([3.0, 9.0])})
        found = trained.predict({one.source: TRIALS[:1]}, one.output, callbacks=[])[0][one.output]
    with compiled(other.network) as trained:
        wanted = trained.predict({other.source: TRIALS[:1]}, other.output, callbacks=[])[0][other.output]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


@pytest.mark.parametrize("bounds", [(None, None), (12.0, 25.0)])
def test_bounds(bounds: tuple[Any, Any]) -> None:
    """The two neurons' gradients differ in sign; by default no time becomes less than a timestep."""
    one = Integrators()
    chosen = {one.output: {"tau_mem": Trainable(Adam(30.0), *bounds)}}
    with compiled(one.network, optimisers=chosen) as trained:
        trained.train({one.source: TRIALS[:1]}, {one.output: LABELS[:1]}, 1, callbacks=[])
        learnt = trained.learnt_values()[f"{one.output.name}.tau_mem"]
    wanted = (1.0, 50.0) if bounds[0] is None else bounds
    np.testing.assert_allclose(sorted(learnt), wanted, rtol=1e-4)  # the epsilon of Adam


@pytest.mark.parametrize("precision", ["double", "float"])
def test_threads_and_resuming_give_the_same_bits(tmp_path: Path, precision: str) -> None:
    one, found = Spiking(), []
    for threads in (1, 2):
        with one.compile(num_threads=threads, precision=precision) as trained:
            trained.train(*one.data, 4, callbacks=[])
            found.append(trained.learnt_values())
    with one.compile(precision=precision) as trained:
        trained.train(*one.data, 2, callbacks=[Checkpoint(Numpy(tmp_path))])
    with one.compile(precision=precision) as trained:
        trained.train(*one.data, 2, start_epoch=trained.resume(Numpy(tmp_path)), callbacks=[])
        found.append(trained.learnt_values())
    assert all({name: values.tobytes() for name, values in each.items()} == _bits(found[0]) for each in found)


def _bits(values: dict[str, np.ndarray]) -> dict[str, bytes]:
    return {name: numbers.tobytes() for name, numbers in values.items()}


def test_inference_runs_with_what_was_learnt(tmp_path: Path) -> None:
    one, again = Spiking(), Spiking()
    with one.compile(Adam(0.05)) as trained:
        trained.train(*one.data, 5, callbacks=[])
        learnt = trained.learnt_values()
        wanted = trained.predict({one.source: TRIALS}, one.output, callbacks=[])[0][one.output]
        trained.save((1,), Numpy(tmp_path))
    again.network.load((1,), Numpy(tmp_path))
    np.testing.assert_array_equal(again.hidden.neuron.tau_mem, learnt["hidden.tau_mem"])
    np.testing.assert_array_equal(again.hidden.neuron.v_thresh, learnt["hidden.v_thresh"])
    np.testing.assert_array_equal(again.hidden.neuron.bias, learnt["hidden.bias"])
    np.testing.assert_array_equal(again.output.neuron.bias, learnt["output.bias"])
    np.testing.assert_array_equal(again.first.synapse.tau, learnt["first.tau"])
    assert np.ptp(learnt["hidden.tau_mem"]) > 0.0
    assert np.ptp(learnt["hidden.bias"]) > 0.0
    with InferenceCompiler(STEPS, precision="double").compile(again.network) as inference:
        found = inference.predict({again.source: TRIALS}, again.output, callbacks=[])[0][again.output]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)  # order of additions
    with again.compile() as further:  # from arrays this time
        assert _bits(further.learnt_values()) == _bits(learnt)
        further.train(*again.data, 1, callbacks=[])
        learnt = further.learnt_values()
        further.save((2,), Numpy(tmp_path))
    one.network.load((2,), Numpy(tmp_path))
    np.testing.assert_array_equal(one.hidden.neuron.v_thresh, learnt["hidden.v_thresh"])


def test_populations_of_any_shape() -> None:
    """Gradients have it."""
    with Network(default_params) as network:
        source, hidden = Population(SpikeInput(), 3), Population(LeakyIntegrateFire(), (2, 2, 2), name="hidden")
        output = Population(LeakyIntegrate(readout="avg_var"), 2)
        first = Connection(source, hidden, Dense(8.0), Exponential(5.0))
        Connection(hidden, output, Dense(np.linspace(-1.0, 1.0, 16).reshape(8, 2)), Exponential(5.0))
    chosen = {hidden: {"tau_mem": "adam", "v_thresh": "adam"}, first: {"tau": "adam"}}
    with compiled(network, optimisers=chosen) as trained:
        found = trained.gradients({source: TRIALS[:1]}, {output: LABELS[:1]})
    assert {gradient.shape for gradient in found.values()} == {(2, 2, 2)}
    assert all(np.abs(gradient).max() > 0.0 for gradient in found.values())


def test_a_checkpoint_of_a_synapse_without_a_place_for_it(tmp_path: Path) -> None:
    Numpy(tmp_path).serialise((1, "first", "tau"), np.ones(2))
    network = Integrators()
    network.first.synapse = Delta()
    with pytest.raises(DataError, match="the checkpoint holds 'tau', which Dense has no place for; it has g, d"):
        network.network.load((1,), Numpy(tmp_path))


@pytest.mark.parametrize(
    ("owner", "named", "error", "text"),
    [
        ("hidden", {"tau_refrac": "adam"}, UnsupportedError, "hidden, LeakyIntegrateFire: EventProp cannot learn 'tau"),
        ("hidden", {"tau": "adam"}, UnsupportedError, "cannot learn 'tau'; it can 'tau_mem', 'v_thresh', 'v_reset'"),
        ("source", {"tau_mem": "adam"}, UnsupportedError, "EventProp cannot learn 'tau_mem'; it can nothing"),
        ("first", {"tau": Trainable("adam", 0.0)}, DescriptionError, "first: tau is a time above 0, by default at "),
        ("hidden", {"tau_mem": Trainable("adam", None, 0.5)}, DescriptionError, "bounds are 1 and 0.5, change them"),
    ],
)  # fmt: skip
def test_refusals(owner: str, named: Any, error: type[Exception], text: str) -> None:
    one = Spiking()
    with pytest.raises(error, match=text):
        compiled(one.network, optimisers={getattr(one, owner): named})


def test_too_much_to_remember() -> None:
    one = Spiking()
    text = "hidden: to learn tau_mem, a number is remembered for each of 60 timesteps, 5000000 examples and 8 neurons"
    with pytest.raises(UnsupportedError, match=text):
        one.compile(batch_size=5_000_000)
