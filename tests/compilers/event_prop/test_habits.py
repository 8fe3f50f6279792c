"""What users bring along from other libraries: runs within runs, data of other forms, callbacks of other kinds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, InputLayer, Layer, Network, Population, SequentialNetwork
from ml_genn.callbacks import Callback, Checkpoint, ConnVarRecorder, SpikeRecorder, VarRecorder
from ml_genn.compilers import InferenceCompiler
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense
from ml_genn.errors import DataError, DescriptionError
from ml_genn.initializers import Normal
from ml_genn.neurons import LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ml_genn.serialisers import Numpy
from ml_genn.synapses import Exponential

from .test_training import compiled, layers, trials


def recording() -> Any:
    """Source, hidden layer and output of a network whose hidden spikes can be recorded."""
    with SequentialNetwork(default_params) as network:
        source = InputLayer(SpikeInput(), 12)
        neuron = LeakyIntegrateFire()
        hidden = Layer(Dense(Normal(1.0, 0.7)), neuron, 20, Exponential(5.0), record_spikes=True)
        output = Layer(Dense(Normal(0.0, 0.5)), LeakyIntegrate(readout="avg_var"), 3, Exponential(5.0))
    return network, source, hidden, output


class Doing(Callback):
    """Does something at one moment of a run."""

    def __init__(self, hook: str, what: Any) -> None:
        setattr(self, hook, lambda *args: what())


@pytest.mark.parametrize("kind", ["training", "inference"])
def test_a_run_between_batches_leaves_what_recorders_see_as_it_was(kind: str) -> None:
    network, source, hidden, output = recording()
    x, y = trials(20)
    if kind == "training":
        net = compiled(network)
        run: Any = lambda **kwargs: net.train({source: x}, {output: y}, 1, shuffle=False, **kwargs)  # noqa: E731
    else:
        net = InferenceCompiler(30, batch_size=8, rng_seed=5, num_threads=1).compile(network)
        run = lambda **kwargs: net.evaluate({source: x}, {output: y}, **kwargs)  # noqa: E731

    def look() -> None:
        inner = [SpikeRecorder(hidden), VarRecorder(hidden, "v")]
        net.evaluate({source: x[3:6]}, {output: y[3:6]}, callbacks=inner)
        net.predict({source: x[3:4]}, output, callbacks=[])

    found = []
    for others in ([], [Doing("on_batch_end", look), Doing("on_test_begin", look), Doing("on_epoch_begin", look)]):
        recorders = [SpikeRecorder(hidden, key="spikes"), VarRecorder(hidden, "v", key="v")]
        with net:
            metrics, data = run(callbacks=[*others, *recorders])
            found.append((metrics[output].result, data))
    (alone, expected), (within, seen) = found
    assert within == alone
    assert len(seen["spikes"][0]) == len(seen["v"]) == 20
    for one, other in zip(seen["spikes"][0], expected["spikes"][0], strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(seen["v"], expected["v"])


@pytest.mark.parametrize("hook", ["on_batch_begin", "on_timestep_begin", "on_timestep_end"])
def test_nothing_runs_in_the_midst_of_a_batch(hook: str) -> None:
    network, source, _, output = layers()
    x, y = trials(8)
    with compiled(network) as trained:
        look = Doing(hook, lambda: trained.evaluate({source: x}, {output: y}, callbacks=[]))
        with pytest.raises(DescriptionError, match="batch 0 is running, so that nothing else can run"):
            trained.train({source: x}, {output: y}, 1, callbacks=[look])
        trained.train({source: x}, {output: y}, 1, callbacks=[])


def test_a_training_within_a_run_is_refused() -> None:
    network, source, _, output = layers()
    x, y = trials(8)
    with compiled(network) as trained:
        again = Doing("on_epoch_end", lambda: trained.train({source: x}, {output: y}, 1, callbacks=[]))
        with pytest.raises(DescriptionError, match="train cannot be called by a callback while the network runs"):
            trained.train({source: x}, {output: y}, 1, callbacks=[again])


def test_looking_at_gradients_does_not_change_a_bit_of_a_training() -> None:
    """Nor noise and dropout of the batches that follow."""
    network, source, _, output = layers()
    x, y = trials(16)
    learnt = []
    with compiled(network, input_dropout=0.2, hidden_dropout=0.2, hidden_noise=0.02) as trained:
        look = Doing("on_batch_end", lambda: trained.gradients({source: x[:8]}, {output: y[:8]}))
        trained.train({source: x}, {output: y}, 2, callbacks=[look])
        learnt.append(trained.learnt_values())
    with compiled(network, input_dropout=0.2, hidden_dropout=0.2, hidden_noise=0.02) as trained:
        trained.train({source: x}, {output: y}, 2, callbacks=[])
        learnt.append(trained.learnt_values())
    for name, values in learnt[0].items():
        np.testing.assert_array_equal(values, learnt[1][name])


def two_inputs() -> Any:
    with Network(default_params) as network:
        a, b = (Population(SpikeInput(), 12, name=name) for name in "ab")
        output = Population(LeakyIntegrate(readout="avg_var"), 3)
        for source in (a, b):
            Connection(source, output, Dense(Normal(0.1, 0.5)), Exponential(5.0))
    return network, a, b, output


@pytest.mark.parametrize("kind", ["training", "inference"])
def test_an_input_without_data_does_not_go_on_with_those_of_an_earlier_batch(kind: str) -> None:
    network, a, b, output = two_inputs()
    x, y = trials(8)
    inference = InferenceCompiler(30, batch_size=8, rng_seed=5, num_threads=1)
    net = compiled(network) if kind == "training" else inference.compile(network)
    uses: list[Any] = [
        lambda: net.evaluate({a: x}, {output: y}, callbacks=[]),
        lambda: net.predict({a: x}, output, callbacks=[]),
    ]
    if kind == "training":
        uses += [
            lambda: net.train({a: x}, {output: y}, 1, callbacks=[]),
            lambda: net.validate({a: x}, {output: y}, callbacks=[]),
            lambda: net.gradients({a: x}, {output: y}),
        ]
    with net:
        net.predict({a: x, b: x}, output, callbacks=[])
        for use in uses:
            with pytest.raises(DataError, match="batch 0: no inputs given for b: give examples of all input"):
                use()
        expected, _ = net.predict({a: x, b: [x[0]] * 8}, output, callbacks=[])
        net.set_input({b: [x[0]] * 8})
        found, _ = net.predict({a: x}, output, callbacks=[])
        np.testing.assert_array_equal(found[output], expected[output])
    with net, pytest.raises(DataError, match="batch 0: no inputs given for b"):  # another loading knows nothing of it
        uses[0]()


def test_validation_data_may_name_outputs_otherwise() -> None:
    network, source, _, output = layers()
    x, y = trials(16)
    validation: Any = {"validation_x": {source.population(): x}, "validation_y": {output.population(): y}}
    with compiled(network) as trained:
        _, found, _, _ = trained.train({source: x}, {output: y}, 1, callbacks=[], validation_callbacks=[], **validation)
        expected, _ = trained.evaluate({source: x}, {output: y}, callbacks=[])
    assert found[output].result == expected[output].result
    assert list(trained.history[0].validation_loss) == [output]


def pairs() -> Iterator[Any]:
    yield trials(8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": [1, 2]}, "inputs must be a dictionary by population or layer, got a list"),
        ({"y": np.zeros(8, int)}, "labels must be a dictionary by population or layer, got a ndarray"),
        (
            {"x": "generator"},
            "inputs must be an array or a list with an entry for each example, got a generator; batches",
        ),
        ({"y": "scalar"}, "labels must be an array or a list with an entry for each example, got a int"),
        ({"validation_split": "0.1"}, "validation_split must be a number, the part of the examples, got '0.1'"),
        ({"validation_split": np.nan}, "validation_split must be a number, the part of the examples, got nan"),
        ({"metrics": None}, "a metric should be given as a name or a Metric object, got None"),
        (
            {"callbacks": SpikeRecorder(None)},
            "callbacks must be a list of Callback objects or names, got .*; put a single",
        ),
        ({"callbacks": "batch_progress_bar"}, "callbacks must be a list of Callback objects or names, got 'batch"),
        ({"callbacks": [None]}, "a callback should be given as a name or a Callback object, got None"),
    ],
)
def test_arguments_of_other_forms(change: dict[str, Any], message: str) -> None:
    network, source, _, output = layers()
    x, y = trials(8)
    forms = {"generator": {source: (one for one in x)}, "scalar": {output: 3}}
    changed = {
        name: forms.get(value, value) if name in "xy" and isinstance(value, str) else value
        for name, value in change.items()
    }
    arguments: Any = {"x": {source: x}, "y": {output: y}, "callbacks": [], **changed}
    with compiled(network) as trained, pytest.raises((DataError, DescriptionError), match=message):
        trained.train(num_epochs=1, **arguments)


@pytest.mark.parametrize("num_batches", [-1, 1.5, "3"])
def test_numbers_of_batches(num_batches: Any) -> None:
    network, source, _, output = layers()
    message = f"num_batches must be a whole number at least 0, or None for all batches, got {num_batches!r}"
    with compiled(network) as trained:
        with pytest.raises(DescriptionError, match=re.escape(message)):
            trained.train_batch_iter(source, output, pairs, 1, num_batches=num_batches, callbacks=[])
        with pytest.raises(DescriptionError, match=re.escape(message)):
            trained.evaluate_batch_iter(source, output, pairs(), num_batches=num_batches, callbacks=[])


class Rows:
    """Labels as pandas keeps them: numbers are labels of rows, `iloc` counts them."""

    def __init__(self, values: np.ndarray) -> None:
        self.iloc = values

    def __len__(self) -> int:
        return len(self.iloc)

    def __getitem__(self, key: Any) -> Any:
        return self.iloc[key] if isinstance(key, slice) else self.iloc[::-1][key]

    def __array__(self, *args: Any, **kwargs: Any) -> np.ndarray:
        return np.asarray(self.iloc, *args, **kwargs)


def test_rows_are_counted_where_they_have_labels_of_their_own() -> None:
    network, source, _, output = layers()
    x, y = trials(16)
    learnt = []
    for labels in (y, Rows(y)):
        with compiled(network) as trained:
            trained.train({source: x}, {output: labels}, 1, callbacks=[])
            learnt.append(trained.learnt_values())
    for name, values in learnt[0].items():
        np.testing.assert_array_equal(values, learnt[1][name])


def test_hooks_may_be_functions_of_the_object_and_other_attributes_bear_their_names(tmp_path: Any) -> None:
    network, source, _, output = layers()
    x, y = trials(8)
    seen: list[int] = []
    callback: Any = Callback()
    callback.on_epoch_end = lambda epoch, metrics: seen.append(epoch)
    callback.state, callback.close, callback.restore = {"own": 1}, "closed", 3
    kept = Checkpoint(Numpy(tmp_path))
    with compiled(network) as trained:
        trained.train({source: x}, {output: y}, 2, callbacks=[callback, kept])
        trained.train({source: x}, {output: y}, 1, trained.resume(Numpy(tmp_path)), callbacks=[callback, kept])
    assert seen == [0, 1, 2]


def test_a_metric_that_cannot_read_the_targets_is_named() -> None:
    """As the default one, where targets are series."""
    network, source, _, output = layers("var")
    x, _ = trials(8)
    with (
        compiled(network, losses="mean_square_error") as trained,
        pytest.raises(DataError, match="SparseCategoricalAccuracy: labels must be whole numbers"),
    ):
        trained.train({source: x}, {output: np.zeros((8, 30, 3))}, 1, callbacks=[])


@pytest.mark.parametrize("recorder", [lambda item: VarRecorder(item, "v"), lambda item: ConnVarRecorder(item, "g")])
def test_recorders_of_another_network(recorder: Any) -> None:
    network, source, _, output = layers()
    _, _, other, _ = layers()
    x, y = trials(8)
    with compiled(network) as trained, pytest.raises(DescriptionError, match="is no part of the network that runs"):
        trained.train({source: x}, {output: y}, 1, callbacks=[recorder(other)])


@pytest.mark.parametrize("keys", [3, "best"])
def test_keys_of_checkpoints_are_tuples(keys: Any, tmp_path: Any) -> None:
    network, *_ = layers()
    message = re.escape(f"the keys of a checkpoint must be a tuple, as ({keys!r},), got {keys!r}")
    with compiled(network) as trained:
        with pytest.raises(DescriptionError, match=message):
            trained.save(keys, Numpy(tmp_path))
        with pytest.raises(DescriptionError, match="a serialiser should be given as a name or a Serialiser object"):
            trained.save((3,), None)
    with pytest.raises(DescriptionError, match=message):
        network.load(keys, Numpy(tmp_path))
    with pytest.raises(
        DescriptionError, match="a serialiser should be given as a name or a Serialiser object, got None"
    ):
        Checkpoint(None)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"optimisers": ["adam"]}, "optimisers must be a dictionary by population, connection or layer of what else"),
        ({"delay_learn_conns": 3}, "delay_learn_conns must be a list of connections or layers, got 3"),
        ({"losses": None}, "a loss should be given as a name or a Loss object, got None"),
    ],
)
def test_arguments_of_the_compiler(arguments: dict[str, Any], message: str) -> None:
    network, *_ = layers()
    with pytest.raises(DescriptionError, match=message):
        compiled(network, **arguments)


@pytest.mark.parametrize("within", ["validation", "evaluate"])
def test_recorders_find_their_batch_after_shorter_trials(within: str) -> None:
    """Runs in between, which record nothing, may have any number of timesteps."""
    network, source, hidden, output = layers()
    x, y = trials(20)
    short: Any = {"validation_x": {source: x[:5]}, "validation_y": {output: y[:5]}, "validation_timesteps": [4] * 5}
    recorder = VarRecorder(hidden, "v", key="v")
    found = []
    for look in (False, True):
        with compiled(network, variable_timesteps=True) as trained:
            run = lambda: trained.evaluate({source: x[:5]}, {output: y[:5]}, callbacks=[], timesteps=[4] * 5)  # noqa: E731
            others = [Doing("on_batch_end", run)] if look and within == "evaluate" else []
            validated = short | {"validation_callbacks": []} if look and within == "validation" else {}
            arguments: Any = {"shuffle": False, "timesteps": [12] * 20, "callbacks": [*others, recorder]}
            *_, data = trained.train({source: x}, {output: y}, 2, **arguments, **validated)[: 3 if validated else 2]
            found.append(data["v"])
    assert len(found[0]) == len(found[1]) == 40
    np.testing.assert_array_equal(found[0], found[1])


def test_augmentations_may_name_inputs_otherwise() -> None:
    network, source, _, output = layers()
    x, y = trials(8)
    seen: list[int] = []

    def note(epoch: int, index: int, example: Any) -> Any:
        seen.append(index)
        return example

    with compiled(network) as trained:
        trained.train({source: x}, {output: y}, 1, callbacks=[], augment={source.population(): note})
    assert sorted(seen) == list(range(8))


def test_optimisers_unpack_as_in_scripts_of_earlier_versions() -> None:
    network, source, _, output = layers()
    x, y = trials(8)

    class EasesIn(Callback):
        def set_params(self, compiled_network: Any, **kwargs: Any) -> None:
            self.optimisers = [optimiser for optimiser, _ in compiled_network.optimisers]

        def on_batch_begin(self, batch: int) -> None:
            for optimiser in self.optimisers:
                optimiser.alpha = 0.0

    with compiled(network) as trained:
        before = trained.learnt_values()
        trained.train({source: x}, {output: y}, 1, callbacks=[EasesIn()])
        for name, values in trained.learnt_values().items():
            np.testing.assert_array_equal(values, before[name])
