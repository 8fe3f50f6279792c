"""The life cycle of callbacks: which hook when, on networks that are evaluated and on a stand-in for a trained one."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from ml_genn import InputLayer, Layer, SequentialNetwork
from ml_genn.callbacks import (
    Callback,
    CallbackList,
    Checkpoint,
    CustomUpdateOnBatchBegin,
    OptimiserParamSchedule,
    SpikeRecorder,
    VarRecorder,
)
from ml_genn.compilers import FewSpikeCompiler, InferenceCompiler
from ml_genn.connectivity import Dense
from ml_genn.errors import DescriptionError, UnsupportedError
from ml_genn.neurons import FewSpikeRelu, FewSpikeReluInput, IntegrateFireInput, LeakyIntegrate
from ml_genn.optimisers import SGD, Adam

HOOKS = [name for name in vars(Callback) if name.startswith(("on_", "set_", "close", "get_data"))]


class Notes(Callback):
    """Notes every hook and what it gets, in a list that all its copies share."""

    def __init__(self, notes: list[Any], name: str = "") -> None:
        self.notes = notes
        self.name = name

    def get_data(self) -> Any:
        return self.name, len(self.notes)


def noting(hook: str) -> Any:
    def note(self: Notes, *args: Any, **kwargs: Any) -> None:
        shown = [sorted(map(str, item)) if isinstance(item, dict) else item for item in args]
        self.notes.append((self.name + hook, *shown, *sorted(set(kwargs) - {"data", "compiled_network"})))

    return note


for _hook in HOOKS:
    if _hook != "get_data":
        setattr(Notes, _hook, noting(_hook))


def evaluated(notes: list[Any], **kwargs: Any) -> Any:
    with SequentialNetwork() as network:
        source = InputLayer(IntegrateFireInput(), 3, record_spikes=True, name="source")
        target = Layer(Dense(1.0), LeakyIntegrate(readout="var"), 2, name="target")
    with InferenceCompiler(2, batch_size=2, engine="reference").compile(network) as compiled:
        callbacks = [Notes(notes), *kwargs.pop("callbacks", ())]
        compiled.evaluate({source: np.ones((3, 3))}, {target: np.zeros(3, int)}, callbacks=callbacks)
    return network


BATCH = ["on_timestep_begin", "on_timestep_end"]


def test_evaluation() -> None:
    notes: list[Any] = []
    evaluated(notes)
    steps = [(hook, step) for step in range(2) for hook in BATCH]
    assert notes == [
        ("set_params", "num_batches"),
        ("set_first",),
        ("on_test_begin",),
        ("on_batch_begin", 0),
        *steps,
        ("on_batch_end", 0, ["target"]),
        ("on_batch_begin", 1),
        *steps,
        ("on_batch_end", 1, ["target"]),
        ("on_test_end", ["target"]),
        ("close",),
    ]


def test_few_spike_evaluation() -> None:
    """A batch begins when it enters the pipeline and ends when its answer has come out."""
    notes: list[Any] = []
    with SequentialNetwork() as network:
        source = InputLayer(FewSpikeReluInput(2, 1.0), 2)
        Layer(Dense(1.0), FewSpikeRelu(2, 1.0), 2)
        target = Layer(Dense(1.0), FewSpikeRelu(2, 1.0, "var"), 2)
    with FewSpikeCompiler(2, engine="reference", lowering="bits").compile(network) as compiled:
        compiled.predict({source: np.ones((2, 2))}, target, callbacks=[Notes(notes)])
    assert [note for note in notes if "batch" in note[0] and note[0] != "set_params"] == [
        ("on_batch_begin", 0),
        ("on_batch_begin", 1),
        ("on_batch_end", 0, []),
        ("on_batch_end", 1, []),
    ]


def test_every_hook_is_called_with_its_arguments_in_order() -> None:
    notes: list[Any] = []
    with CallbackList([Notes(notes, "a."), Notes(notes, "b.")], compiled_network=None, num_epochs=1) as callbacks:
        for hook, args in {
            "on_train_begin": (),
            "on_epoch_begin": (5,),
            "on_batch_begin": (0,),
            "on_batch_end": (0, {}),
            "on_epoch_end": (5, {}),
            "on_train_end": ({},),
        }.items():
            notes.clear()
            callbacks.call(hook, *args)
            plain = [[] if arg == {} else arg for arg in args]
            assert notes == [(f"a.{hook}", *plain), (f"b.{hook}", *plain)]
        assert callbacks.get_data() == {"a.": 2, "b.": 2}


def test_the_networks_own_callbacks_come_first_and_count_for_nothing() -> None:
    """Numbers of recorders without a key are places in the user's list; set_first goes to the first of each class."""
    notes: list[Any] = []

    class Recorder(Callback):
        key: Any = None

        def get_data(self) -> Any:
            return self.key, "data"

    base = [Notes(notes, "base.")]
    given = [Recorder(), Notes(notes, "user."), Recorder()]
    with CallbackList(given, compiled_network=None, base=base) as callbacks:
        assert [note[0] for note in notes] == ["base.set_params", "user.set_params", "base.set_first"]
        assert set(callbacks.get_data()) == {"base.", "user.", 0, 2}
        assert isinstance(callbacks[1], Recorder)
        assert callbacks[1] is not given[0]
    assert [note[0] for note in notes[-2:]] == ["base.close", "user.close"]


def test_user_objects_stay_as_they_are() -> None:
    """A callback may be used for several runs: runs work on copies."""
    with SequentialNetwork() as network:
        source = InputLayer(IntegrateFireInput(), 3, record_spikes=True)
        target = Layer(Dense(1.0), LeakyIntegrate(readout="var"), 2)
    recorders = [SpikeRecorder(source), VarRecorder(target, "v")]
    before = [dict(vars(recorder)) for recorder in recorders]
    with InferenceCompiler(2, engine="reference").compile(network) as compiled:
        runs = [compiled.predict({source: np.ones((2, 3))}, target, callbacks=recorders)[1] for _ in range(2)]
    assert [vars(recorder) for recorder in recorders] == before
    np.testing.assert_array_equal(runs[0][1], runs[1][1])
    assert [len(run[0][0]) for run in runs] == [2, 2]


class SetVoltage(Callback):
    """Changes the state of a population before each batch."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        self._variable = compiled_network.neuron_populations[self.layer].vars["V"]

    def on_batch_begin(self, batch: int) -> None:
        self._variable.view[:] = 5.0 + batch
        self._variable.push_to_device()


def test_batch_begins_after_the_reset() -> None:
    """What a callback does at the beginning of a batch is not undone by the network's own reset."""
    with SequentialNetwork() as network:
        source = InputLayer(IntegrateFireInput(), 3)
        target = Layer(Dense(0.0), LeakyIntegrate(tau_mem=np.inf, readout="var"), 2)
    with InferenceCompiler(3, engine="reference").compile(network) as compiled:
        found = compiled.predict({source: np.zeros((2, 3))}, target, callbacks=[SetVoltage(target)])[0][target]
        with pytest.raises(KeyError):
            _ = compiled.neuron_populations[evaluated([]).layers[0]]
        with pytest.raises(DescriptionError, match="expected a Connection or a Layer"):
            _ = compiled.connection_populations[source]
        assert compiled.connection_populations[target] is compiled.connection_populations[target.connection()]
    np.testing.assert_array_equal(found, [[5, 5], [6, 6]])


def test_custom_updates_of_a_name_that_is_not_there() -> None:
    with pytest.raises(DescriptionError, match="Nothing"):
        evaluated([], callbacks=[CustomUpdateOnBatchBegin("Nothing")])


class Learner:
    """Stands for a network that is trained with two optimisers."""

    def __init__(self) -> None:
        self.optimisers = [Adam(0.5), SGD(0.25)]


def test_schedule_changes_every_optimiser() -> None:
    network = Learner()
    schedule = OptimiserParamSchedule("alpha", lambda epoch, alpha: alpha * 2**epoch)
    with CallbackList([schedule], compiled_network=network) as callbacks:
        for epoch in (1, 2):
            callbacks.call("on_epoch_begin", epoch)
    assert [optimiser.alpha for optimiser in network.optimisers] == [4.0, 2.0]


def test_bad_schedules() -> None:
    message = "OptimiserParamSchedule: SGD has no parameter 'beta1'; it has alpha"
    with pytest.raises(DescriptionError, match=message):
        CallbackList([OptimiserParamSchedule("beta1", max)], compiled_network=Learner())
    with pytest.raises(DescriptionError, match="needs optimisers, which only networks that are trained have"):
        evaluated([], callbacks=[OptimiserParamSchedule("alpha", max)])


def test_checkpoints_need_epochs(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.warns(UserWarning, match="the Checkpoint callback writes nothing here"):
        evaluated([], callbacks=["checkpoint"])
    assert not list(tmp_path.iterdir())
    with pytest.raises(DescriptionError, match="serialiser 'zip' is unknown"):
        Checkpoint("zip")
    with pytest.raises(DescriptionError, match=r"Checkpoint\.epoch_interval must be a whole number at least 1, got 0"):
        Checkpoint(epoch_interval=0)


def test_recorders_over_epochs() -> None:
    """As a network that is trained runs them: examples are counted anew in each epoch, in order of presentation."""
    with SequentialNetwork() as network:
        source = InputLayer(IntegrateFireInput(), 1, record_spikes=True)
        target = Layer(Dense(1.0), LeakyIntegrate(tau_mem=np.inf, readout="var"), 1)
    recorders = [
        SpikeRecorder(source, example_filter=[1, 2], record_counts=True),
        VarRecorder(target, "v", example_filter=2),
    ]
    epochs = [np.array([[0.0], [0.25], [0.5]]), np.array([[0.5], [1.0], [0.0]])]
    with InferenceCompiler(4, batch_size=2, engine="reference").compile(network) as compiled:
        with CallbackList(recorders, compiled_network=compiled, num_batches=2, num_epochs=2) as callbacks:
            for epoch, x in enumerate(epochs):
                callbacks.call("on_epoch_begin", epoch)
                batches = [{source: x[:2]}, {source: x[2:]}]
                for result in compiled.run_batches(batches, [], callbacks):
                    callbacks.call("on_batch_end", result.index, {})
                callbacks.call("on_epoch_end", epoch, {})
        data = callbacks.get_data()
    assert [counts.tolist() for counts in data[0]] == [[1], [2], [4], [0]]
    assert [values.ravel().tolist() for values in data[1]] == [[0, 0, 1, 1], [0, 0, 0, 0]]


def test_metrics_reach_the_end_of_a_test() -> None:
    found: list[Any] = []

    class Last(Callback):
        def on_test_end(self, metrics: dict[Any, Any]) -> None:
            found.extend(metric.result for metric in metrics.values())

    evaluated([], callbacks=[Last()])
    assert found == [1.0]


def test_a_loaded_network_stays_loaded_where_it_is_entered_again() -> None:
    with SequentialNetwork() as network:
        source = InputLayer(IntegrateFireInput(), 3)
        target = Layer(Dense(1.0), LeakyIntegrate(readout="var"), 2)
    compiled = InferenceCompiler(2, batch_size=2, engine="reference").compile(network)
    with compiled:
        with pytest.raises(DescriptionError, match="the compiled network is loaded already; leave its `with` block"):
            compiled.__enter__()
        readouts, _ = compiled.predict({source: np.ones((3, 3))}, target, callbacks=[])
    assert readouts[target].shape == (3, 2)


def test_a_pipeline_takes_one_run_at_a_time() -> None:
    with SequentialNetwork() as network:
        source = InputLayer(FewSpikeReluInput(k=4), 3)
        target = Layer(Dense(1.0), FewSpikeRelu(k=4, readout="var"), 2)
    x = {source: np.ones((3, 3))}
    with FewSpikeCompiler(k=4, engine="reference").compile(network) as compiled:
        again: Any = Callback()
        again.on_batch_end = lambda batch, metrics: compiled.predict(x, target, callbacks=[])
        with pytest.raises(DescriptionError, match="pipeline of a few-spike network holds the batches of one run"):
            compiled.predict(x, target, callbacks=[again])
        assert compiled.predict(x, target, callbacks=[])[0][target].shape == (3, 2)


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, pickle.dumps])
def test_compiled_networks_are_no_objects_to_copy(way: Any) -> None:
    with SequentialNetwork() as network:
        InputLayer(IntegrateFireInput(), 3)
        Layer(Dense(1.0), LeakyIntegrate(readout="var"), 2)
    compiled = InferenceCompiler(2, engine="reference").compile(network)
    with pytest.raises(UnsupportedError, match="a compiled network holds an engine and cannot be copied or pickled"):
        way(compiled)
