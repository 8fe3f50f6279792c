"""A trained model, converted, exported and run by the interpreter of the format: the same spikes and answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest

from ml_genn.callbacks import SpikeRecorder
from ml_genn.data import load_data
from ml_genn.exchange.nir import export_nir, import_nir, save_graph
from tests.references.nir_interpreter import run

from .networks import in_nir_order, in_our_order, start_of

pytestmark = pytest.mark.slow
MODEL = Path(__file__).parents[2] / "models" / "digits_average_pool.keras"
EXAMPLES, TIMESTEPS = 60, 16

MOST_DIFFERENT = 1e-3
"""Of spikes. Sums are added in another order, and membranes count from 0 instead of half a threshold: V differs in its
last bits, and where it comes that near to a threshold a spike moves by a step, and takes others with it."""


@pytest.fixture(scope="module", params=["rate", "data-norm"])
def conversion(request: pytest.FixtureRequest) -> Any:
    """Subtracting reset with a current as input; reset to zero with input neurons."""
    import keras

    import ml_genn_tf

    model = keras.models.load_model(MODEL)
    train = load_data("digits", split="train", expected_shape=(8, 8, 1))
    options = {"rate": {"negative_spikes": False}, "data-norm": {"input_type": "if"}}[request.param]
    return ml_genn_tf.convert(
        model, calibration=train.x, method=request.param, timesteps=TIMESTEPS, batch_size=EXAMPLES, **options
    )


def on_engine(network: Any, compiler: Any, inputs: Any, outputs: Any, x: np.ndarray) -> tuple[Any, np.ndarray]:
    """Spikes (population, example, step, neuron), all of them, and the outputs."""
    spiking = [p for p in network.populations if p not in outputs and not p.neuron.sends_values]
    for population in spiking:
        population.record_spikes = True
    callbacks = [SpikeRecorder(population, key=population.name) for population in spiking]
    with compiler.compile(network) as compiled:
        values, recorded = compiled.predict({inputs[0]: x}, outputs, callbacks)
    found = set()
    for population in spiking:
        for example, (times, ids) in enumerate(zip(*recorded[population.name], strict=True)):
            found |= {(population.name, example, round(t), int(i)) for t, i in zip(times, ids, strict=True)}
    return found, np.asarray(values[outputs[0]])


def test_same_spikes_and_answers(conversion: Any, tmp_path: Path) -> None:
    x = load_data("digits", split="test", expected_shape=(8, 8, 1)).x[:EXAMPLES]
    compiler = conversion.method.create_compiler(batch_size=EXAMPLES)
    engine, values = on_engine(conversion.network, compiler, conversion.inputs, conversion.outputs, x)
    graph = export_nir(
        conversion.network,
        conversion.inputs,
        conversion.outputs,
        compiler=compiler,
        soft_reset=True,
        latency=latency(compiler),
    )
    save_graph(tmp_path / "digits.nir", graph)
    graph = nir.read(tmp_path / "digits.nir")
    name = next(name for name, node in graph.nodes.items() if type(node).__name__ == "Input")
    shown = np.repeat(in_nir_order(x.astype(np.float32), 1)[np.newaxis], TIMESTEPS, axis=0)
    interpreted = run(graph, {name: shown})
    output = interpreted.pop(conversion.outputs[0].name)
    spikes = set()
    for population, sent in interpreted.items():
        late = start_of(graph.nodes[population])
        raster = in_our_order(sent).reshape(TIMESTEPS, EXAMPLES, -1)
        spikes |= {(population, int(e), int(t) + late, int(i)) for t, e, i in zip(*np.nonzero(raster), strict=True)}
    assert len(engine) > 10_000
    assert len(engine ^ spikes) <= MOST_DIFFERENT * len(engine)
    assert (output[-1].argmax(1) == values.argmax(1)).mean() >= 1 - 1 / EXAMPLES


def test_round_trip(conversion: Any) -> None:
    """Weights bit for bit, and the same spikes."""
    x = load_data("digits", split="test", expected_shape=(8, 8, 1)).x[:EXAMPLES]
    compiler = conversion.method.create_compiler(batch_size=EXAMPLES)
    graph = export_nir(conversion.network, conversion.inputs, conversion.outputs, compiler=compiler, soft_reset=True)
    found = import_nir(graph)
    for one, other in zip(conversion.network.connections, found.network.connections, strict=True):
        assert type(one.connectivity) is type(other.connectivity)
        np.testing.assert_array_equal(one.connectivity.weight, other.connectivity.weight, strict=True)
    before = on_engine(conversion.network, compiler, conversion.inputs, conversion.outputs, x)
    after = on_engine(found.network, found.create_compiler(batch_size=EXAMPLES), found.inputs, found.outputs, x)
    assert before[0] == after[0]
    np.testing.assert_array_equal(before[1], after[1])


def latency(compiler: Any) -> str:
    """Biases count from the first step: a network that does not run layer by layer keeps its latency."""
    return "removed" if compiler.layered else "kept"
