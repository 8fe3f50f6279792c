"""Little networks for exchange, run on the engine and by the interpreter of graphs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from ml_genn import Connection, Network, Population
from ml_genn.callbacks import SpikeRecorder
from ml_genn.compilers import InferenceCompiler
from ml_genn.connectivity import AvgPool2D, AvgPoolConv2D, AvgPoolDense2D, Conv2D, Dense, OneToOne, Sparse
from ml_genn.exchange.nir import export_nir
from ml_genn.neurons import BinarySpikeInput, IntegrateFire, LeakyIntegrate, LeakyIntegrateFire
from tests.references.nir_interpreter import run

TIMESTEPS = 24
EXAMPLES = 3
RNG_SEED = 5
MOST_LAYERS = 8


def grid(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Weights whose sums are exact in single precision, in whatever order they are added."""
    return (rng.integers(-24, 40, shape) / 64).astype(np.float32)


def frames_input(**options: Any) -> BinarySpikeInput:
    return BinarySpikeInput(input_frames=TIMESTEPS, **options)


def hard(v_thresh: float = 1.0, tau_mem: float = 10.0, **options: Any) -> LeakyIntegrateFire:
    return LeakyIntegrateFire(v_thresh=v_thresh, tau_mem=tau_mem, relative_reset=False, **options)


class Example:
    """A network with its ends."""

    def __init__(
        self,
        network: Network,
        inputs: Sequence[Population],
        outputs: Sequence[Population],
        *,
        layered: bool = False,
    ) -> None:
        self.network, self.inputs, self.outputs, self.layered = network, list(inputs), list(outputs), layered

    def compiler(self) -> InferenceCompiler:
        return InferenceCompiler(evaluate_timesteps=TIMESTEPS, batch_size=EXAMPLES, layered=self.layered)

    def export(self, **options: Any) -> Any:
        return export_nir(self.network, self.inputs, self.outputs, compiler=self.compiler(), **options)

    def engine_data(self) -> dict[Population, np.ndarray]:
        return self.frames()

    def frames(self) -> dict[Population, np.ndarray]:
        """Spikes in each step: (examples, steps, *shape)."""
        rng = np.random.default_rng(RNG_SEED)
        return {
            population: (rng.random((EXAMPLES, TIMESTEPS, *population.known_shape)) < 0.4).astype(np.float32)
            for population in self.inputs
        }

    def on_engine(self) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Spikes (steps, examples, neurons) of all populations that spike; last membranes of the outputs."""
        reading = [p for p in self.outputs if p.neuron.readout is not None]
        spiking = [
            p for p in self.network.populations if not (p.neuron.sends_values or isinstance(p.neuron, LeakyIntegrate))
        ]
        for population in spiking:
            population.record_spikes = True
        callbacks = [SpikeRecorder(population, key=population.name) for population in spiking]
        with self.compiler().compile(self.network) as compiled:
            values, recorded = compiled.predict(self.engine_data(), reading, callbacks)
        spikes = {p.name: raster(recorded[p.name], p.num_neurons) for p in spiking}
        return spikes, {p.name: np.asarray(values[p]).reshape(EXAMPLES, -1) for p in reading}


class Constant(Example):
    """Data that are the same in each step; multiples of 1/8."""

    def engine_data(self) -> dict[Population, np.ndarray]:
        return {population: frames[:, 0] for population, frames in self.frames().items()}

    def frames(self) -> dict[Population, np.ndarray]:
        rng = np.random.default_rng(RNG_SEED)
        shown = {p: rng.integers(0, 9, (EXAMPLES, 1, *p.known_shape)).astype(np.float32) / 8 for p in self.inputs}
        return {p: np.repeat(values, TIMESTEPS, axis=1) for p, values in shown.items()}


def raster(recorded: Any, neurons: int) -> np.ndarray:
    """(steps, examples, neurons) of times [ms] and ids."""
    found = np.zeros((TIMESTEPS + MOST_LAYERS, EXAMPLES, neurons), np.float32)
    for example, (times, ids) in enumerate(zip(*recorded, strict=True)):
        found[np.round(times).astype(int), example, ids] = 1
    return found


def interpreted(graph: Any, example: Example, **options: Any) -> dict[str, np.ndarray]:
    """What neuron nodes send, in our order of neurons: (steps, examples, neurons)."""
    inputs = {}
    for population, values in example.frames().items():
        alone = type(graph.nodes[population.name]).__name__ == "Input"
        node = population.name if alone else f"{population.name}_input"
        inputs[node] = in_nir_order(values.swapaxes(0, 1), 2)
    found = run(graph, inputs, **options)
    return {name: in_our_order(values).reshape(TIMESTEPS, EXAMPLES, -1) for name, values in found.items()}


def in_nir_order(values: np.ndarray, axes: int) -> np.ndarray:
    """Channels of an image before rows and columns; `axes` come first."""
    return np.moveaxis(values, -1, axes) if values.ndim == axes + 3 else values


def in_our_order(values: np.ndarray) -> np.ndarray:
    return np.moveaxis(values, 2, -1) if values.ndim == 5 else values


def start_of(node: Any) -> int:
    """Steps that a population lies behind the input."""
    return int(json.loads(node.metadata["ml_genn"])["start"])


def agreement(example: Example, graph: Any, **options: Any) -> tuple[float, int]:
    """The fraction of (step, example, neuron) with the same spike or membrane, and how many spikes there were."""
    spikes, membranes = example.on_engine()
    same: list[np.ndarray] = []
    total = 0
    for name, found in interpreted(graph, example, **options).items():
        late = start_of(graph.nodes[name])
        steps = TIMESTEPS if example.layered else TIMESTEPS - late  # the engine's last steps come too late otherwise
        if name in spikes:
            expected = spikes[name][late : late + steps]
            total += int(expected.sum())
            same.append((found[:steps] == expected).ravel())
        else:
            same.append(np.isclose(found[steps - 1], membranes[name], rtol=1e-6, atol=1e-6).ravel())
    return float(np.mean(np.concatenate(same))), total


# The networks


def convolutional() -> Example:
    """Strides, uneven padding, pooling before a convolution and before a matrix, flattening."""
    rng = np.random.default_rng(1)
    network = Network()
    with network:
        image = Population(frames_input(), (6, 6, 2), name="image")
        conv = Population(hard(), name="conv")
        pooled = Population(hard(0.75), name="pooled")
        flat = Population(IntegrateFire(v_thresh=0.9), name="flat")
        out = Population(LeakyIntegrate(tau_mem=float("inf"), readout="var"), 5, name="out")
        Connection(image, conv, Conv2D(grid(rng, 3, 3, 2, 4), 4, 3, conv_padding="same", conv_strides=2))
        Connection(conv, pooled, Conv2D(grid(rng, 2, 2, 4, 4), 4, 2, conv_padding=((1, 0), (0, 1))))
        Connection(pooled, flat, Conv2D(grid(rng, 2, 2, 4, 3), 3, 2, flatten=True))
        Connection(flat, out, Dense(grid(rng, 12, 5)))
    return Example(network, [image], [out])


def pooling() -> Example:
    """Every connectivity with pooling, over windows whose sizes are powers of two."""
    rng = np.random.default_rng(2)
    network = Network()
    with network:
        image = Population(frames_input(), (8, 8, 2), name="image")
        halved = Population(hard(0.4), name="halved")
        conv = Population(hard(0.25), name="conv")
        out = Population(hard(0.5), 6, name="out")
        Connection(image, halved, AvgPool2D(2))
        Connection(image, conv, AvgPoolConv2D(grid(rng, 3, 3, 2, 3), 3, 2, 3, conv_padding="same"))
        Connection(halved, conv, Conv2D(grid(rng, 1, 1, 2, 3), 3, 1))
        Connection(conv, out, AvgPoolDense2D(grid(rng, 12, 6), 2))
    return Example(network, [image], [out])


def recurrent() -> Example:
    """Cycles of one and of two populations, delays, ways of different lengths, two inputs."""
    rng = np.random.default_rng(3)
    network = Network()
    with network:
        one = Population(frames_input(), 7, name="one")
        two = Population(frames_input(), (3, 3), name="two")
        first = Population(hard(), 8, name="first")
        second = Population(hard(0.7, tau_mem=5.0), 8, name="second")
        out = Population(hard(), 4, name="out")
        last = Population(LeakyIntegrate(tau_mem=12.0, readout="var"), 3, name="last")
        Connection(one, first, Dense(grid(rng, 7, 8)))
        Connection(first, first, Dense(grid(rng, 8, 8) - 0.25, delay=2))
        Connection(first, second, OneToOne(grid(rng, 8)))
        Connection(second, first, Sparse(grid(rng, 5), np.arange(5), np.arange(5)[::-1].copy(), delay=1))
        Connection(second, out, Dense(grid(rng, 8, 4), delay=1))
        Connection(two, out, Dense(grid(rng, 9, 4)))
        Connection(out, last, Dense(grid(rng, 4, 3)))
    return Example(network, [one, two], [out, last])


NETWORKS = {"convolutional": convolutional, "pooling": pooling, "recurrent": recurrent}
