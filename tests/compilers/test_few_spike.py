"""FewSpikeCompiler: what it refuses, how it lays out stages, batches and recorders in a pipeline."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.callbacks import SpikeRecorder, VarRecorder
from ml_genn.compilers import FewSpikeCompiler
from ml_genn.connectivity import Dense, MaxPool2D, OneToOne
from ml_genn.errors import DescriptionError, UnsupportedError
from ml_genn.neurons import FewSpikeFunction, FewSpikeMaxPool, FewSpikeRelu, FewSpikeReluInput, IntegrateFire
from ml_genn.synapses import Exponential
from tests.references.few_spike import staircase

ENGINE = "reference"
K = 4
X = np.random.default_rng(1).integers(0, 16, (7, 3)) / 16
Y = np.array([0, 1, 2, 0, 1, 2, 0])


def chain(length: int = 2, **kwargs: Any) -> Any:
    """Input, `length` populations that pass its value on, the last of them the output."""
    with Network() as network:
        populations = [Population(FewSpikeReluInput(K, 1.0, **kwargs), 3, record_spikes=True, name="in")]
        for index in range(length):
            neuron = FewSpikeRelu(K, 1.0, "var" if index == length - 1 else None)
            populations.append(Population(neuron, 3, record_spikes=index < length - 1, name=f"p{index}"))
            Connection(populations[-2], populations[-1], OneToOne(1.0))
    return network, populations


@pytest.mark.parametrize("lowering", ["bits", "graded"])
def test_each_batch_meets_its_own_labels(lowering: str) -> None:
    network, (source, *_, target) = chain(4)
    labels = X.argmax(axis=1)
    compiler = FewSpikeCompiler(K, batch_size=2, engine=ENGINE, lowering=lowering)
    with compiler.compile(network, inputs=source, outputs=target) as compiled:
        for _ in range(2):  # a run leaves nothing for the next
            metrics, _ = compiled.evaluate({source: X}, {target: labels}, callbacks=[])
            assert metrics[target].correct == metrics[target].total == 7
        readouts, _ = compiled.predict({source: X}, target, callbacks=[])
        one_batch, _ = compiled.evaluate_batch({source: X[:2]}, {target: labels[:2]})
        by_batch, _ = compiled.evaluate_batch_iter(
            source, target, ((X[i : i + 2], labels[i : i + 2]) for i in range(0, 7, 2)), callbacks=[]
        )
    np.testing.assert_array_equal(readouts[target], X)
    assert one_batch[target].result == by_batch[target].result == 1.0


@pytest.mark.parametrize("lowering", ["bits", "graded"])
def test_several_inputs_and_outputs_of_unequal_depth(lowering: str) -> None:
    with Network() as network:
        a, b = (Population(FewSpikeReluInput(K, 1.0), 3, name=name) for name in "ab")
        hidden = Population(FewSpikeRelu(K, 2.0), 3)
        early, late = (Population(FewSpikeRelu(K, 1.0, "var"), 3, name=name) for name in ("early", "late"))
        Connection(a, early, OneToOne(1.0))
        Connection(a, hidden, OneToOne(1.0))
        Connection(b, hidden, OneToOne(0.5))
        Connection(hidden, late, OneToOne(1.0))
    compiler = FewSpikeCompiler(K, batch_size=3, engine=ENGINE, lowering=lowering)
    with compiler.compile(network) as compiled:
        readouts, _ = compiled.predict({a: X, b: X[::-1]}, [early, late], callbacks=[])
    np.testing.assert_array_equal(readouts[early], X)
    np.testing.assert_array_equal(readouts[late], np.floor((X + X[::-1] / 2) * 8) / 8)


@pytest.mark.parametrize("lowering", ["bits", "graded"])
def test_recorded_spikes_are_the_codes(lowering: str) -> None:
    network, populations = chain(3, signed_input=True)
    source, first, second, target = populations
    x = X - 0.5
    compiler = FewSpikeCompiler(K, batch_size=2, engine=ENGINE, lowering=lowering)
    with compiler.compile(network) as compiled:
        _, data = compiled.predict(
            {source: x},
            target,
            callbacks=[
                SpikeRecorder(source, key="in"),
                SpikeRecorder(first, key="counts", record_counts=True),
                SpikeRecorder(second, key="some", example_filter=[1, 4], neuron_filter=[0, 2]),
            ],
        )
        for population in (source, first):
            compiled.record(population)
        codes = []
        for _ in compiled.run_batches([{source: x[:2]}], [target], no_callbacks(compiled)):
            codes = [compiled.spikes(population).codes(K) for population in (source, first)]
    np.testing.assert_array_equal(codes[0], x[:2] * 16)
    np.testing.assert_array_equal(codes[1], np.maximum(x[:2], 0) * 16)
    bits = [[f"{abs(int(v * 16)):04b}" for v in row] for row in x]
    for example, row in enumerate(bits):
        expected = sorted((step, i) for i, code in enumerate(row) for step, bit in enumerate(code) if bit == "1")
        assert list(zip(*(values[example].tolist() for values in data["in"]), strict=True)) == expected
        positive = [code.count("1") if v > 0 else 0 for code, v in zip(row, x[example], strict=True)]
        assert data["counts"][example].tolist() == positive
    assert len(data["some"][0]) == 2
    assert not any(1 in ids for ids in data["some"][1])


def no_callbacks(compiled: Any) -> Any:
    from ml_genn.callbacks import CallbackList

    return CallbackList([], compiled_network=compiled)


def test_variables_are_recorded_in_the_stage_of_their_batch() -> None:
    network, (source, first, target) = chain()
    compiler = FewSpikeCompiler(K, batch_size=2, engine=ENGINE, lowering="bits")
    with compiler.compile(network) as compiled:
        _, data = compiled.predict({source: X}, target, callbacks=[VarRecorder(first, genn_var="Fx", key="fx")])
    np.testing.assert_array_equal(np.stack(data["fx"])[:, 0], X)
    assert data["fx"][0].shape == (K, 3)


def test_nothing_looks_inside_a_stage_of_the_graded_lowering() -> None:
    network, (source, first, target) = chain()
    with (
        FewSpikeCompiler(K, engine=ENGINE).compile(network) as compiled,
        pytest.raises(UnsupportedError, match=r'a callback looks inside a stage.*lowering="bits"'),
    ):
        compiled.predict({source: X}, target, callbacks=[VarRecorder(first, genn_var="Fx")])


def test_the_compiler_chooses_the_lowering() -> None:
    network, _ = chain()
    assert FewSpikeCompiler(K, engine=ENGINE).compile(network).lowering == "graded"
    bits = FewSpikeCompiler(K, engine=ENGINE, lowering="bits").compile(network)
    assert (bits.lowering, bits.timesteps_per_batch) == ("bits", K)


def test_a_function_is_the_same_in_both_lowerings() -> None:
    """Worths are binary fractions, so that sums in either order are exact."""
    curve = FewSpikeFunction((1.0, 0.5, 0.25, 0.5), (1.0, 0.75, 0.25, 0.125), (0.5, -0.25, 0.125, 0.5))
    network = build(FewSpikeReluInput(K, 4.0), curve, FewSpikeRelu(K, 1.0, "var"))
    source, _, output = network.populations
    x = np.linspace(0.0, 3.75, 30, dtype=np.float32).reshape(10, 1, 3, 1)
    values = []
    for lowering in ("bits", "graded"):
        compiler = FewSpikeCompiler(K, batch_size=10, engine=ENGINE, lowering=lowering)
        with compiler.compile(network) as compiled:
            readouts, _ = compiled.predict({source: x}, output, callbacks=[])
        values.append(readouts[output])
    expected = staircase(np.floor(x * 4) / 4, curve.thresholds, curve.jumps, curve.worths)
    np.testing.assert_array_equal(values[0], expected)
    np.testing.assert_array_equal(values[1], expected)
    assert len(np.unique(expected)) > 3


def test_coefficients_of_unequal_number() -> None:
    with pytest.raises(DescriptionError, match=r"must be lists of one length, .*, got shapes \(2,\), \(1,\), \(2,\)"):
        FewSpikeFunction((1.0, 2.0), (1.0,), (1.0, 2.0))


def build(*neurons: Any, connectivity: Any = None, synapse: Any = "delta") -> Network:
    """A chain of three-neuron populations called a, b, c ..."""
    with Network() as network:
        populations = [Population(neuron, (1, 3, 1), name=name) for name, neuron in zip("abc", neurons, strict=False)]
        for source, target in pairwise(populations):
            Connection(source, target, connectivity or OneToOne(1.0), synapse)
    return network


INPUT, RELU, POOL = FewSpikeReluInput(K, 1.0), FewSpikeRelu(K, 1.0, "var"), FewSpikeMaxPool(K, 1.0, "var")


@pytest.mark.parametrize(
    ("network", "error", "message"),
    [
        (
            lambda: build(INPUT, IntegrateFire()),
            UnsupportedError,
            "FewSpikeReluInput, FewSpikeFunction and FewSpikeMaxPool neurons, b has IntegrateFire",
        ),
        (
            lambda: build(INPUT, FewSpikeRelu(5, 1.0)),
            DescriptionError,
            "K parameters .* must match across whole model: b has k=5, the compiler k=4",
        ),
        (
            lambda: build(INPUT, FewSpikeRelu(K, 1.0, "sum_var")),
            UnsupportedError,
            "FewSpike models only support output neurons with Var readout, b has SumVar",
        ),
        (
            lambda: build(INPUT, RELU, synapse=Exponential()),
            UnsupportedError,
            "a->b: FewSpike models only support Delta synapses, not Exponential",
        ),
        (
            lambda: build(INPUT, RELU, connectivity=OneToOne(1.0, delay=1)),
            UnsupportedError,
            "a->b: FewSpike models do not support delays",
        ),
        (
            lambda: build(INPUT, FewSpikeMaxPool(K, 2.0), connectivity=MaxPool2D(1)),
            DescriptionError,
            r"a->b: FewSpikeMaxPool takes codes over unchanged, so alpha must be that of the source, 1.0, got 2.0",
        ),
        (
            lambda: build(FewSpikeReluInput(K, 1.0, True), POOL, connectivity=MaxPool2D(1)),
            UnsupportedError,
            "a->b: MaxPool2D connectivity cannot follow negative spikes",
        ),
        (
            lambda: build(FewSpikeFunction(), POOL, connectivity=MaxPool2D(1)),
            UnsupportedError,
            "a->b: MaxPool2D connectivity compares codes bit by bit, which FewSpikeFunction neurons do not send",
        ),
        (
            lambda: build(INPUT, RELU, connectivity=MaxPool2D(1)),
            DescriptionError,
            "a->b: MaxPool2D connectivity needs a FewSpikeMaxPool or SpikeMaxPool target, b has FewSpikeRelu",
        ),
        (
            lambda: build(INPUT, POOL),
            DescriptionError,
            "b: FewSpikeMaxPool neurons need exactly one connection, with MaxPool2D",
        ),
        (
            lambda: build(RELU, RELU),
            DescriptionError,
            "must lead from their inputs forward, without loops; this does not hold for a, b",
        ),
    ],
)
def test_refused(network: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        FewSpikeCompiler(K, engine=ENGINE).compile(network())


def test_loop() -> None:
    with Network() as network:
        source, target = Population(INPUT, 3, name="a"), Population(RELU, 3, name="b")
        Connection(source, target, Dense(1.0))
        Connection(target, target, Dense(1.0))
    with pytest.raises(DescriptionError, match="without loops; this does not hold for b"):
        FewSpikeCompiler(K, engine=ENGINE).compile(network)


def test_output_of_another_network() -> None:
    network, (source, *_) = chain()
    _, (*_, other) = chain()
    with pytest.raises(DescriptionError, match="outputs unreachable from inputs: p1"):
        FewSpikeCompiler(K, engine=ENGINE).compile(network, inputs=[source], outputs=[other])


@pytest.mark.parametrize("lowering", ["graded_bits", "BITS"])
def test_unknown_lowering(lowering: str) -> None:
    with pytest.raises(DescriptionError, match=r"FewSpikeCompiler.lowering must be one of None, 'bits', 'graded', got"):
        FewSpikeCompiler(K, lowering=lowering)


def test_engine_without_graded_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from ml_genn.compilers import few_spike
    from ml_genn.engines.select import get_engine

    engine = get_engine(ENGINE)
    plain = replace(engine, capabilities=replace(engine.capabilities, graded=False))
    monkeypatch.setattr(few_spike, "get_engine", lambda name: plain)
    network, _ = chain()
    assert FewSpikeCompiler(K, engine=ENGINE).compile(network).lowering == "bits"
    with pytest.raises(
        UnsupportedError, match='the engine \'reference\' cannot run lowering="graded"; use lowering="b'
    ):
        FewSpikeCompiler(K, engine=ENGINE, lowering="graded").compile(network)


def test_populations_without_a_batch_are_silent() -> None:
    """Filling and draining the pipeline costs no synaptic operations, although neurons with a bias would fire."""
    network, (source, first, second, target) = chain(3)
    for population in (first, second):
        population.neuron.bias = 0.5
    with FewSpikeCompiler(K, batch_size=2, engine=ENGINE).compile(network) as compiled:
        codes = [compiled.neuron_populations[population].vars["Q"] for population in (first, second)]
        seen = []

        def batches() -> Any:
            for start in (0, 2):
                seen.append([bool(variable.view.any()) for variable in codes])
                yield {source: np.zeros_like(X[start : start + 2])}

        for _ in compiled.run_batches(batches(), [target], no_callbacks(compiled)):
            seen.append([bool(variable.view.any()) for variable in codes])
    # before either batch enters, then after stages 3 and 4: the second batch is in `second`, then in the output
    assert seen == [[False, False], [False, False], [False, True], [False, False]]
