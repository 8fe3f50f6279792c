"""Checkpoints: what a compiled network saves, a network built again loads, or keeps what it has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, InputLayer, Layer, Network, Population, SequentialNetwork
from ml_genn.compilers import FewSpikeCompiler, InferenceCompiler
from ml_genn.connectivity import (
    AvgPool2D,
    AvgPoolConv2D,
    AvgPoolDense2D,
    Conv2D,
    Conv2DTranspose,
    Dense,
    FixedProbability,
    OneToOne,
    Sparse,
)
from ml_genn.errors import DataError, DescriptionError, OutputError, UnsupportedError
from ml_genn.initializers import Normal, Uniform
from ml_genn.neurons import BinarySpikeInput, FewSpikeRelu, FewSpikeReluInput, IntegrateFire, LeakyIntegrate
from ml_genn.serialisers import HDF5, Numpy

RNG = np.random.default_rng(1)
IMAGE = (4, 4, 2)
X = RNG.integers(0, 2, (5, *IMAGE))
PRE, POST = np.array([31, 0, 7, 7]), np.array([1, 2, 0, 2])
"""Synapses that are not in the engine's order."""

CASES: dict[str, tuple[Any, Any]] = {
    "dense": (lambda value: Dense(value), Normal()),
    "dense_drawn_delays": (lambda value: Dense(0.5, value), Uniform(0, 3)),
    "one_to_one": (lambda value: OneToOne(value), RNG.normal(size=IMAGE)),
    "sparse": (lambda value: Sparse(value, PRE, POST), np.arange(4) + 1.5),
    "sparse_delays": (lambda value: Sparse(np.arange(4), PRE, POST, value), np.array([0, 1, 2, 3])),
    "fixed_probability": (lambda value: FixedProbability(0.3, value), Normal()),
    "conv2d": (lambda value: Conv2D(value, 3, 2, conv_strides=2), RNG.normal(size=(2, 2, 2, 3))),
    "avg_pool_conv2d": (lambda value: AvgPoolConv2D(value, 3, 2, 2), RNG.normal(size=(2, 2, 2, 3))),
    "avg_pool_conv2d_drawn": (lambda value: AvgPoolConv2D(value, 3, 2, 2), Normal()),
    "avg_pool_conv2d_strided": (
        lambda value: AvgPoolConv2D(value, 3, 1, 2, conv_strides=2, conv_padding="same"),
        RNG.normal(size=(2, 2, 2, 3)),
    ),
    "avg_pool_conv2d_shared_delays": (
        lambda value: AvgPoolConv2D(np.ones((2, 2, 2, 3)), 3, 2, 2, delay=value),
        RNG.integers(0, 4, (2, 2, 2, 3)),
    ),
    "conv2d_transpose": (lambda value: Conv2DTranspose(value, 1, 2), RNG.normal(size=(2, 2, 1, 2))),
    "conv2d_transpose_drawn": (lambda value: Conv2DTranspose(value, 1, 2), Normal()),
    "avg_pool_dense2d": (lambda value: AvgPoolDense2D(value, 2), RNG.normal(size=(8, 3))),
    "avg_pool_dense2d_drawn": (lambda value: AvgPoolDense2D(value, 2, 1), Normal()),
}
SHAPES = {name: IMAGE if name == "one_to_one" else None for name in CASES if "conv2d" in name or name == "one_to_one"}


def build(connectivity: Any, shape: Any = 3, bias: Any = 0.0) -> Any:
    with Network() as network:
        source = Population(BinarySpikeInput(), IMAGE)
        target = Population(LeakyIntegrate(bias=bias, tau_mem=np.inf, readout="sum_var"), shape)
        Connection(source, target, connectivity, max_delay_steps=4)
    return network, source, target


def compiled(network: Network, **kwargs: Any) -> Any:
    return InferenceCompiler(6, batch_size=5, rng_seed=3, engine="reference", **kwargs).compile(network)


def answers(network: Network, source: Any, target: Any) -> np.ndarray:
    with compiled(network) as found:
        return np.asarray(found.predict({source: X}, target, callbacks=[])[0][target])


@pytest.mark.parametrize("serialiser", [Numpy, HDF5])
@pytest.mark.parametrize("name", CASES)
def test_a_loaded_network_gives_the_same_answers(name: str, serialiser: Any, tmp_path: Path) -> None:
    make, value = CASES[name]
    shape = SHAPES.get(name, 3)
    folder = serialiser(tmp_path)
    network, source, target = build(make(value), shape)
    with compiled(network) as trained:
        trained.save((7,), folder)
        trained.save_connectivity((7,), folder)
        expected = trained.predict({source: X}, target, callbacks=[])[0][target]
    again, source, target = build(make(value if name in ("sparse", "conv2d") else 1.0), shape)
    assert not np.array_equal(answers(again, source, target), expected) or name in ("sparse", "conv2d")
    again.load((7,), folder)
    np.testing.assert_array_equal(answers(again, source, target), expected)


def test_changed_weights_and_biases(tmp_path: Path) -> None:
    """As after training: what is saved is what the engine holds now; flat arrays in files of upstream's names."""
    network, source, target = build(Dense(np.zeros((32, 3))), bias=np.zeros(3))
    weights, biases = RNG.normal(size=(32, 3)).astype(np.float32), np.arange(3, dtype=np.float32)
    with compiled(network) as trained:
        for group, name, values in (
            (trained.connection_populations[network.connections[0]], "g", weights),
            (trained.neuron_populations[target], "Bias", biases),
        ):
            group.vars[name].view[:] = values.ravel()
            group.vars[name].push_to_device()
        trained.save((0,), Numpy(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0-Conn_Pop0_Pop1-g.npy", "0-Pop1-Bias.npy"]
    stored = np.load(tmp_path / "0-Conn_Pop0_Pop1-g.npy")
    assert stored.dtype == np.float32
    assert stored.shape == (96,)
    network.load((0,), Numpy(tmp_path))
    np.testing.assert_array_equal(network.connections[0].connectivity.weight, weights)
    np.testing.assert_array_equal(target.neuron.bias, biases)
    expected = 15 * X.reshape(5, -1) @ weights + 21 * biases  # sums over 6 steps of what grows in each step
    np.testing.assert_allclose(answers(network, source, target), expected, rtol=1e-5, atol=1e-4)  # single precision


def test_checkpoints_of_earlier_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flat float32 files with the names of populations, among files of other epochs, in the present folder."""
    monkeypatch.chdir(tmp_path)
    weights = [RNG.normal(size=shape).astype(np.float32) for shape in ((32, 6), (6, 3))]
    for index, array in enumerate(weights):
        np.save(f"9-Conn_Pop{index}_Pop{index + 1}-g.npy", array.ravel())
        np.save(f"8-Conn_Pop{index}_Pop{index + 1}-g.npy", np.zeros(array.size, np.float32))
    np.save("9-Pop2-V.npy", np.array([0.5, 1.0, 2.0], np.float32))
    with SequentialNetwork() as network:
        InputLayer(BinarySpikeInput(), IMAGE)
        Layer(Dense(1.0), IntegrateFire(), 6)
        output = Layer(Dense(1.0), LeakyIntegrate(readout="var"), 3)
    network.load((9,))
    for connection, array in zip(network.connections, weights, strict=True):
        np.testing.assert_array_equal(connection.connectivity.weight, array)
    np.testing.assert_array_equal(output.population().neuron.v, [0.5, 1.0, 2.0])


def test_few_spike_networks(tmp_path: Path) -> None:
    with Network() as network:
        source = Population(FewSpikeReluInput(4, 1.0), 4)
        target = Population(FewSpikeRelu(4, 1.0, "var", bias=np.arange(3)), 3)
        Connection(source, target, Dense(RNG.normal(size=(4, 3))))
    with FewSpikeCompiler(4, engine="reference").compile(network) as trained:
        trained.save((), Numpy(tmp_path))
    kept = network.connections[0].connectivity.weight
    network.connections[0].connectivity = Dense(0.0)
    target.neuron.bias = 0.0
    network.load((), Numpy(tmp_path))
    np.testing.assert_array_equal(network.connections[0].connectivity.weight, kept.astype(np.float32))
    np.testing.assert_array_equal(target.neuron.bias, [0, 1, 2])


@pytest.mark.parametrize(
    "connectivity", [AvgPoolDense2D(np.ones((8, 3)), 2), Conv2DTranspose(np.ones((2, 2, 1, 2)), 1, 2)]
)
def test_shared_weights_that_were_changed_one_by_one(connectivity: Any, tmp_path: Path) -> None:
    network, _, _ = build(connectivity, None)
    message = f"Conn_Pop0_Pop1: synapses of {type(connectivity).__name__} connectivity share weights, but the engine's"
    with compiled(network) as found:
        variable = found.connection_populations[network.connections[0]].vars["g"]
        values = variable.values
        values[3] += 1.0
        variable.values = values
        with pytest.raises(UnsupportedError, match=message):
            found.save((), Numpy(tmp_path))


def test_numbers_that_are_one_are_not_written(tmp_path: Path) -> None:
    network, _, _ = build(AvgPool2D(2), None)
    with compiled(network) as found:
        found.save((), Numpy(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_that_is_not_there(tmp_path: Path) -> None:
    network, _, _ = build(Dense(1.0))
    message = r"no checkpoint with the keys \(3,\) for Conn_Pop0_Pop1, Pop0, Pop1; give the keys and the serialiser"
    with pytest.raises(DataError, match=message):
        network.load((3,), Numpy(tmp_path))
    with pytest.raises(DescriptionError, match="serialiser 'pickle' is unknown"):
        network.load((3,), "pickle")


def write(folder: Path, **arrays: Any) -> Numpy:
    found = Numpy(folder)
    for name, values in arrays.items():
        owner, _, variable = name.partition("__")
        found.serialise((owner, variable), values)
    return found


@pytest.mark.parametrize(
    ("connectivity", "arrays", "message"),
    [
        (
            Dense(1.0),
            {"Conn_Pop0_Pop1__g": np.ones(95)},
            "Pop0->Pop1: the checkpoint holds 95 values of 'g', .* has 96",
        ),
        (Dense(1.0), {"Conn_Pop0_Pop1__w": np.ones(96)}, "holds 'w', which Dense has no place for; it has g, d"),
        (
            Dense(1.0),
            {"Pop1__Alpha": np.ones(3)},
            "Pop1: the checkpoint holds 'Alpha', which LeakyIntegrate has no place",
        ),
        (OneToOne(1.0), {"Conn_Pop0_Pop1__pre_ind": [0, 1]}, "the checkpoint lists synapses that are not one to one"),
        (
            FixedProbability(0.5, 1.0),
            {"Conn_Pop0_Pop1__g": [1.0]},
            "FixedProbability connectivity need the neurons that",
        ),
    ],
)
def test_what_does_not_fit_changes_nothing(connectivity: Any, arrays: Any, message: str, tmp_path: Path) -> None:
    network, _, target = build(connectivity, IMAGE if isinstance(connectivity, OneToOne) else 3)
    kept = network.connections[0].connectivity, target.neuron
    with pytest.raises(DataError, match=message):
        network.load((), write(tmp_path, **arrays, Pop1__V=np.ones(target.num_neurons)))
    assert (network.connections[0].connectivity, target.neuron) == kept


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.full(96, np.nan), "Dense.weight must be a finite number"),
        (np.full(96, np.inf), "Dense.weight must be a finite number"),
    ],
)
def test_values_are_checked(values: Any, message: str, tmp_path: Path) -> None:
    network, _, _ = build(Dense(1.0))
    with pytest.raises(DescriptionError, match=message):
        network.load((), write(tmp_path, Conn_Pop0_Pop1__g=values))


def test_synapses_beyond_the_network(tmp_path: Path) -> None:
    network, _, _ = build(FixedProbability(0.5, 1.0))
    arrays = {f"Conn_Pop0_Pop1__{name}": values for name, values in (("pre_ind", [0, 32]), ("post_ind", [0, 1]))}
    with pytest.raises(DescriptionError, match="Sparse connectivity has the source index 32, Pop0 has 32 neurons"):
        network.load((), write(tmp_path, **arrays))
    assert isinstance(network.connections[0].connectivity, FixedProbability)


def test_missing_weights_are_told(tmp_path: Path) -> None:
    network, _, target = build(Dense(np.ones((32, 3))))
    serialiser = write(tmp_path, Pop1__V=np.arange(3))
    with pytest.warns(
        UserWarning, match="the checkpoint holds no weights of Conn_Pop0_Pop1, which keep those they have"
    ):
        network.load((), serialiser)
    np.testing.assert_array_equal(target.neuron.v, [0, 1, 2])


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    network, _, _ = build(Dense(np.ones((32, 3))))
    with compiled(network) as found, pytest.raises(OutputError, match="cannot create the folder"):
        found.save((), Numpy(tmp_path / "file"))


def test_names_of_populations_and_connections_differ(tmp_path: Path) -> None:
    with Network() as network:
        source, target = Population(BinarySpikeInput(), 2, name="same"), Population(LeakyIntegrate(), 2)
        Connection(source, target, Dense(np.ones((2, 2))), name="same")
    message = "a population and a connection are both called 'same'; checkpoints find them by name, rename one"
    with compiled(network) as found, pytest.raises(DescriptionError, match=message):
        found.save((), Numpy(tmp_path))
    with pytest.raises(DescriptionError, match=message):
        network.load((), Numpy(tmp_path))
