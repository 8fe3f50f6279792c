"""Saved networks: every class comes back as it was, and no bad file does harm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.callbacks import SpikeRecorder
from ml_genn.compilers import FewSpikeCompiler, InferenceCompiler
from ml_genn.connectivity import (
    AvgPool2D,
    AvgPoolConv2D,
    AvgPoolDense2D,
    Conv2D,
    Conv2DTranspose,
    Dense,
    FixedProbability,
    MaxPool2D,
    OneToOne,
    Sparse,
)
from ml_genn.errors import DataError, DescriptionError, ModelFileError, OutputError, UnsupportedError
from ml_genn.evaluation import evaluate_file
from ml_genn.initializers import Normal, Uniform, Wrapper
from ml_genn.neurons import FewSpikeMaxPool, FewSpikeRelu, FewSpikeReluInput, IntegrateFire, PoissonInput
from ml_genn.registry import CONNECTIVITY, INITIALIZERS, NEURONS, READOUTS, SYNAPSES, Registry
from ml_genn.serialisers import load_network, save_network
from ml_genn.serialisers.plain import Reader, Writer
from tests.data.files import damaged

K = 6
RNG = np.random.default_rng(1)
X = RNG.uniform(-1, 1, (7, 6, 6, 2)).astype(np.float32)
Y = np.arange(7) % 5

EXAMPLES: list[tuple[Registry, Any]] = [
    *((NEURONS, cls()) for cls in NEURONS.default_classes.values()),
    *((READOUTS, cls()) for cls in READOUTS.default_classes.values()),
    *((SYNAPSES, cls()) for cls in SYNAPSES.default_classes.values()),
    (INITIALIZERS, Normal(1.0, 0.3)),
    (INITIALIZERS, Uniform(-0.1, 0.1)),
    (INITIALIZERS, Wrapper("Exponential", {"lambda": 2.0})),
    (NEURONS, IntegrateFire(v_thresh=np.inf, v=RNG.normal(size=5), bias=Uniform(), readout="spike_count")),
    (CONNECTIVITY, Dense(RNG.normal(size=(3, 4)).astype(np.float32), delay=Uniform(0, 3))),
    (CONNECTIVITY, OneToOne(0.1)),
    (CONNECTIVITY, FixedProbability(0.1, Normal())),
    (CONNECTIVITY, Sparse(RNG.normal(size=2), [0, 1], [1, 0])),
    (CONNECTIVITY, Conv2D(RNG.normal(size=(3, 2, 1, 2)), 2, (3, 2), True, 2, ((1, 0), (0, 1)))),
    (CONNECTIVITY, Conv2DTranspose(1.0, 2, 3, conv_strides=2, conv_padding="same")),
    (CONNECTIVITY, AvgPool2D((2, 3), pool_strides=1)),
    (CONNECTIVITY, MaxPool2D(2, pool_padding="same", delay=2)),
    (CONNECTIVITY, AvgPoolConv2D(1.0, 2, 2, 3)),
    (CONNECTIVITY, AvgPoolDense2D(1.0, 2)),
]


def attributes(obj: Any) -> Any:
    """All attributes, nested objects as well, in a form that can be compared."""
    if isinstance(obj, np.ndarray):
        return (obj.dtype.str, obj.shape, obj.tobytes())
    if hasattr(obj, "__dict__"):
        return type(obj), {name: attributes(value) for name, value in vars(obj).items()}
    return obj


@pytest.mark.parametrize(("registry", "obj"), EXAMPLES, ids=lambda value: type(value).__name__)
def test_every_class_comes_back_as_it_was(registry: Registry, obj: Any) -> None:
    writer = Writer()
    plain = json.loads(json.dumps(writer.describe(obj, registry), allow_nan=False))
    assert attributes(Reader(writer.arrays).create(plain, registry)) == attributes(obj)


def few_spike_network() -> Any:
    with Network() as network:
        source = Population(FewSpikeReluInput(K, 1.1, True), (6, 6, 2), record_spikes=True, name="input")
        conv = Population(FewSpikeRelu(K, 3.7, bias=RNG.normal(size=3)), record_spikes=True, name="conv")
        pool = Population(FewSpikeMaxPool(K, 3.7), record_spikes=True, name="pool")
        target = Population(FewSpikeRelu(K, 1.0, "var"), 5, name="output")
        Connection(source, conv, Conv2D(RNG.normal(size=(3, 3, 2, 3)), 3, 3, conv_padding="same"))
        Connection(conv, pool, MaxPool2D(2))
        Connection(pool, target, Dense(RNG.normal(size=(27, 5)).astype(np.float32)))
    return network, source, [conv, pool], target


def rate_network() -> Any:
    with Network() as network:
        source = Population(PoissonInput(), (6, 6, 2), record_spikes=True, name="input")
        hidden = Population(IntegrateFire(v_thresh=2.5), 8, record_spikes=True, name="hidden")
        target = Population(IntegrateFire(readout="spike_count"), 5, name="output")
        Connection(source, hidden, Dense(Normal(0.1, 0.3)))
        Connection(hidden, target, FixedProbability(0.5, 1.0))
    return network, source, [hidden], target


NETWORKS = {
    "few_spike": (few_spike_network, FewSpikeCompiler(K, batch_size=4, engine="reference")),
    "rate": (rate_network, InferenceCompiler(30, batch_size=4, rng_seed=7, engine="reference")),
}


def spikes_and_readout(network: Network, compiler: Any, source: Any, hidden: Any, target: Any) -> Any:
    with compiler.compile(network) as compiled:
        recorders = [SpikeRecorder(population, key=population.name) for population in (source, *hidden)]
        readouts, data = compiled.predict({source: X}, target, callbacks=recorders)
    trains = {key: [np.stack(train) for train in zip(*values, strict=True)] for key, values in data.items()}
    return readouts[target], trains


@pytest.mark.parametrize("kind", NETWORKS)
def test_same_spikes_after_saving(kind: str, tmp_path: Path) -> None:
    build, compiler = NETWORKS[kind]
    network, source, hidden, target = build()
    before, trains = spikes_and_readout(network, compiler, source, hidden, target)
    save_network(tmp_path / "n.h5", network, source, target, compiler, {"why": [1, "a"]})
    saved = load_network(tmp_path / "n.h5")
    by_name = {population.name: population for population in saved.network.populations}
    again = saved.create_compiler(engine="reference")
    populations = [by_name[population.name] for population in hidden]
    after, trains_after = spikes_and_readout(saved.network, again, saved.inputs[0], populations, saved.outputs[0])
    assert before.tobytes() == after.tobytes()
    for name, expected in trains.items():
        assert [train.tobytes() for train in trains_after[name]] == [train.tobytes() for train in expected]
    assert sum(train.size for train in trains["input"]) > 0
    assert saved.provenance == {"why": [1, "a"]}


def test_equal_networks_make_equal_files(tmp_path: Path) -> None:
    network, source, _, target = few_spike_network()
    for name in ("a.h5", "b.h5"):
        save_network(tmp_path / name, network, source, target, FewSpikeCompiler(K))
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


@pytest.mark.parametrize("kind", NETWORKS)
def test_evaluation_counts_what_the_recorder_records(kind: str, tmp_path: Path) -> None:
    build, compiler = NETWORKS[kind]
    network, source, hidden, target = build()
    save_network(tmp_path / "n.h5", network, source, target, compiler)
    steps: list[Any] = []
    result = evaluate_file(
        tmp_path / "n.h5", X, Y, batch_size=4, engine="reference", progress=lambda *args: steps.append(args)
    )
    readouts, trains = spikes_and_readout(network, compiler, source, hidden, target)
    assert result.snn.correct == np.sum(readouts.argmax(axis=1) == Y)
    assert steps == [("simulation", 4, 7), ("simulation", 7, 7)]
    layers = {layer.name: layer for layer in result.layers}
    assert list(layers) == [population.name for population in network.populations]
    for population in (source, *hidden):
        counts = [np.bincount(ids.astype(int), minlength=population.num_neurons) for _, ids in trains[population.name]]
        layer = layers[population.name]
        assert layer.spikes_per_neuron == pytest.approx(np.mean(counts), rel=1e-12)
        connection = population.outgoing_connections[0]()
        synops = np.mean(counts, axis=0) @ connection.connectivity.fan_out(connection)
        assert layer.synops == pytest.approx(synops, rel=1e-12)
        assert layer.silent == np.mean(np.sum(counts, axis=0) == 0)
        assert layer.saturated == np.mean(np.array(counts) == result.snn.timesteps)
    assert layers["output"].spikes_per_neuron == 0
    assert sum(layer.arriving_synops or 0 for layer in result.layers) == pytest.approx(result.totals.synops, rel=1e-12)
    assert result.confusion is not None
    assert sum(row[i] for i, row in enumerate(result.confusion.snn or ())) == result.snn.correct
    assert [item.position for item in result.examples] == list(np.flatnonzero(readouts.argmax(axis=1) != Y))


def test_provenance_enters_the_result(tmp_path: Path) -> None:
    network, source, _, target = few_spike_network()
    provenance = {
        "model": {"name": "m", "source": "m.keras", "parameters": 12},
        "method": {"name": "few-spike", "options": {"k": K}},
        "calibration": {"source": "c", "examples": 3},
        "ann_macs": 100.0,
        "layer_macs": {"input": 0, "output": 60},
        "notes": ["a note"],
    }
    save_network(tmp_path / "n.h5", network, source, target, FewSpikeCompiler(K), provenance)
    result = evaluate_file(tmp_path / "n.h5", {"input": X}, Y, engine="reference")
    assert (result.model.name, result.model.parameters) == ("m", 12)
    assert result.method.options == {"k": K}
    assert result.calibration is not None
    assert result.calibration.examples == 3
    assert result.totals.ann_macs == 100.0
    assert {layer.name: layer.ann_macs for layer in result.layers if layer.ann_macs} == {"output": 60.0}
    assert result.notes == ("a note",)


# What is refused


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    network, source, _, target = few_spike_network()
    save_network(tmp_path / "n.h5", network, source, target, FewSpikeCompiler(K))
    return tmp_path / "n.h5"


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(
        ModelFileError, match=r"no\.h5 does not exist or is no file; give a network that `ml-genn convert"
    ):
        load_network(tmp_path / "no.h5")


def test_truncated_file(saved: Path) -> None:
    content = saved.read_bytes()
    for length in (0, 100, len(content) // 2, len(content) - 1):
        saved.write_bytes(content[:length])
        with pytest.raises(ModelFileError, match=r"n\.h5 is no HDF5 file or is damaged"):
            load_network(saved)


def test_changed_weight(saved: Path) -> None:
    content = bytearray(saved.read_bytes())
    with h5py.File(saved) as file:
        where = file["arrays"]["00001"].id.get_chunk_info(0).byte_offset
    content[where] ^= 1
    saved.write_bytes(content)
    with pytest.raises(ModelFileError, match="is no HDF5 file or is damaged"):
        load_network(saved)


def test_damage_anywhere_is_a_model_file_error(saved: Path) -> None:
    """HDF5 and its reader raise anything; damage to unused bytes goes unseen."""
    for content in damaged(saved.read_bytes(), 300):
        saved.write_bytes(content)
        try:
            load_network(saved)
        except ModelFileError as error:
            assert "n.h5" in str(error)


def change(path: Path, edit: Any) -> None:
    """Edit the description that a file holds."""
    with h5py.File(path, "r+") as file:
        description = json.loads(file["description"][()].tobytes())
        edit(description)
        del file["description"]
        file["description"] = np.frombuffer(json.dumps(description).encode(), np.uint8)


def set_neuron(name: str) -> Any:
    def edit(description: Any) -> None:
        description["populations"][1]["neuron"]["name"] = name

    return edit


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda d: d.pop("connections"), "is damaged or of another version: KeyError"),
        (set_neuron("os.system"), "is damaged or of another version: .*neuron 'os.system' is unknown"),
        (lambda d: d["populations"][1]["neuron"]["arguments"].update(k=99), "FewSpikeRelu.k must be a whole number"),
        (lambda d: d["populations"][1]["neuron"]["arguments"].update(z=1), "unexpected keyword argument 'z'"),
        (lambda d: d["populations"][1]["neuron"]["arguments"].update(bias={"code": "x"}), "unknown kind of value code"),
        (lambda d: d["populations"][1].update(shape=[2, 2]), "does not match Conv2D output shape"),
        (lambda d: d["connections"][0].update(source="nobody"), "is damaged or of another version: KeyError"),
        (lambda d: d["compiler"].update(name="x"), "compiler 'x' is unknown"),
    ],
)
def test_foreign_description(edit: Any, message: str, saved: Path) -> None:
    change(saved, edit)
    with pytest.raises(ModelFileError, match=message):
        load_network(saved)


def test_another_schema(saved: Path) -> None:
    with h5py.File(saved, "r+") as file:
        file.attrs["schema"] = 2
    with pytest.raises(
        ModelFileError, match="has schema 2, this version of ml_genn reads schema 1; write it again, or read it with"
    ):
        load_network(saved)


def test_another_hdf5_file(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "weights.h5", "w") as file:
        file["weights"] = np.ones(3)
    with pytest.raises(ModelFileError, match=r"weights\.h5 holds no spiking network"):
        load_network(tmp_path / "weights.h5")


@pytest.mark.parametrize("kind", ["external link", "soft link", "external storage", "text", "missing"])
def test_arrays_must_lie_in_the_file(kind: str, saved: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\0" * 1000)
    with h5py.File(saved, "r+") as file:
        del file["arrays"]["00001"]
        if kind == "external link":
            file["arrays"]["00001"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/x")
        elif kind == "soft link":
            file["arrays"]["00001"] = h5py.SoftLink("/description")
        elif kind == "external storage":
            outside = [(str(tmp_path / "secret"), 0, 1000)]
            file["arrays"].create_dataset("00001", shape=(10,), dtype=np.float32, external=outside)
        elif kind == "text":
            file["arrays"]["00001"] = "x"
    with pytest.raises(ModelFileError, match=r"'00001' is missing or points|'00001' is no array of numbers|KeyError"):
        load_network(saved)


def test_unwritable_place(tmp_path: Path) -> None:
    network, source, _, target = few_spike_network()
    with pytest.raises(OutputError, match="cannot write"):
        save_network(tmp_path / "no_folder" / "n.h5", network, source, target, FewSpikeCompiler(K))


@pytest.mark.parametrize("provenance", [{"a": object()}, {"a": float("nan")}])
def test_bad_provenance_leaves_no_file(provenance: Any, tmp_path: Path) -> None:
    network, source, _, target = few_spike_network()
    with pytest.raises(DescriptionError, match="the provenance cannot be saved as JSON"):
        save_network(tmp_path / "n.h5", network, source, target, FewSpikeCompiler(K), provenance)
    assert list(tmp_path.iterdir()) == []


def test_snippet_objects_cannot_be_saved() -> None:
    with pytest.raises(DescriptionError, match=r"Wrapper\.snippet: a object object cannot be saved"):
        Writer().describe(Wrapper(object()), INITIALIZERS)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [({"model": {"name": 3}}, "name: expected a text, got 3"), ({"layer_macs": [1]}, "'list' object has no attribute")],
)
def test_damaged_provenance(damage: dict[str, Any], reason: str, saved: Path) -> None:
    change(saved, lambda description: description["provenance"].update(damage))
    with pytest.raises(ModelFileError, match=rf"the provenance in .* is damaged: {reason}"):
        evaluate_file(saved, X, Y, engine="reference")


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (X[:3], Y, "x and y must have the same length, got 3 examples and 7 labels"),
        (X, Y + 5, "evaluation data: .*"),
        (X[:, :5], Y, "does not match population shape"),
        ({"other": X}, Y, "the network has the inputs input; give a mapping with one array for each"),
        (X * np.nan, Y, "input: 7 inputs hold NaN or infinity"),
    ],
)
def test_bad_evaluation_data(x: Any, y: Any, message: str, saved: Path) -> None:
    with pytest.raises(DataError, match=message):
        evaluate_file(saved, x, y, engine="reference")


def test_output_that_is_no_classifier(tmp_path: Path) -> None:
    network, source, (conv, _), _ = few_spike_network()
    conv.neuron.readout = "var"
    save_network(tmp_path / "n.h5", network, source, conv, FewSpikeCompiler(K))
    with pytest.raises(UnsupportedError, match=r"needs a network with one output, .*; its outputs have \(6, 6, 3\)"):
        evaluate_file(tmp_path / "n.h5", X, Y)
