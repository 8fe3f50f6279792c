"""Graphs as other tools write them become networks that spike as the format's equations do."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from typing import Any

import nir
import numpy as np
import pytest

from ml_genn.errors import DescriptionError, ModelFileError, UnsupportedError, UnsupportedModelError
from ml_genn.exchange.nir import export_nir, import_nir, maps
from ml_genn.exchange.nir import graph as graph_module
from ml_genn.neurons import BinarySpikeInput, IntegrateFireInput, LeakyIntegrateFireInput, SpikeInput
from tests.references.nir_interpreter import run

from .networks import TIMESTEPS, Example, frames_input, grid, in_nir_order, in_our_order

DT = 1e-3


def chain(*nodes: Any, shape: tuple[int, ...] = (6,), out: int = 3) -> Any:
    """Input, the nodes, Output, without notes of ours and without checks."""
    named = {"input": nir.Input(np.array(shape)), **{f"n{i}": node for i, node in enumerate(nodes)}}
    named["output"] = nir.Output(np.array([out]))
    names = list(named)
    return nir.NIRGraph(named, list(itertools.pairwise(names)), type_check=False)


def full(value: float, *shape: int) -> np.ndarray:
    return np.full(shape, value)


def linear(seed: int = 0, shape: tuple[int, int] = (3, 6)) -> Any:
    return nir.Linear(grid(np.random.default_rng(seed), *shape))


def snn_torch(beta: float, *shape: int) -> Any:
    """A leaky neuron as snnTorch writes it: r and tau from beta and the step, parameters without shape."""
    tau = DT / (1 - beta)
    return nir.LIF(full(tau, *shape), full(tau / DT, *shape), full(0.0, *shape), full(1.0, *shape))


def norse(*shape: int) -> Any:
    """A leaky neuron as Norse writes it: r = 1."""
    return nir.LIF(full(0.01, *shape), full(1.0, *shape), full(0.0, *shape), full(0.05, *shape))


def conv(**options: Any) -> Any:
    chosen = {"stride": 1, "padding": "same", "dilation": 1, "groups": 1, **options}
    weight = grid(np.random.default_rng(2), 4, 2 // chosen["groups"], 3, 3)
    return nir.Conv2d(None, weight, bias=chosen.pop("bias", np.zeros(4, np.float32)), **chosen)


def image_chain(*nodes: Any, out: int) -> Any:
    return chain(*nodes, shape=(2, 6, 6), out=out)


def if_nodes(*shape: int, threshold: float = 1.5) -> Any:
    return nir.IF(full(1.0, *shape), full(threshold, *shape))


GRAPHS: dict[str, Callable[[], Any]] = {
    "snntorch": lambda: chain(linear(), snn_torch(0.75)),
    "norse": lambda: chain(linear(), norse(3)),
    "resistance": lambda: chain(linear(), nir.IF(full(2.0, 3), full(1.5, 3), full(0.5, 3))),
    "gain": lambda: chain(linear(), nir.LIF(full(0.008, 3), full(4.0, 3), full(0.0, 3), full(1.0, 3))),
    "leaky_affine": lambda: chain(
        nir.Affine(linear().weight, np.array([0.1, 0.2, 0.0], np.float32)), snn_torch(0.75, 3)
    ),
    "affine": lambda: chain(nir.Affine(linear().weight, np.array([0.125, 0.25, 0.0], np.float32)), if_nodes(3)),
    "two_maps": lambda: chain(linear(1, (5, 6)), linear(2, (3, 5)), if_nodes(3)),
    "flatten": lambda: image_chain(nir.Flatten(np.array([2, 6, 6]), 0, -1), linear(3, (3, 72)), if_nodes(3), out=3),
    "same": lambda: image_chain(conv(), if_nodes(4, 6, 6, threshold=2.0), out=144),
    "groups": lambda: image_chain(conv(groups=2, padding=1), if_nodes(4, 6, 6), out=144),
    "dilation": lambda: image_chain(conv(dilation=2, padding="valid"), if_nodes(4, 2, 2), out=16),
    "bias": lambda: image_chain(conv(bias=np.array([0.5, 0, 0.25, 0]), stride=2, padding=1), if_nodes(4, 3, 3), out=36),
    "sum_pool": lambda: image_chain(
        nir.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])), if_nodes(2, 3, 3), out=18
    ),
    "average_pool": lambda: image_chain(
        nir.AvgPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])), if_nodes(2, 3, 3, threshold=0.9), out=18
    ),
    "line": lambda: chain(
        nir.Conv1d(8, grid(np.random.default_rng(4), 3, 2, 3), 2, 1, 1, 1, np.zeros(3)),
        nir.Flatten(np.array([3, 4]), 0, -1),
        if_nodes(12),
        shape=(2, 8),
        out=12,
    ),
}
ELSEWHERE = {"dilation", "groups", "line", "same", "average_pool"}
"""Nodes that the interpreter of exported files does not know; a matrix made of unit vectors stands in for them."""


def with_matrices(source: Any) -> Any:
    """A graph with each map that only foreign files have replaced by what it does to unit vectors."""
    nodes, shape = dict(source.nodes), tuple(source.nodes["input"].input_type["input"])
    for name, node in source.nodes.items():
        if type(node).__name__ in ("Conv1d", "Conv2d", "AvgPool2d"):
            size = int(np.prod(shape))
            images = naive(node, np.eye(size).reshape(size, *shape))
            nodes[name] = nir.Linear(images.reshape(size, -1).T.astype(np.float32))
    flat = {"input": nir.Input(np.array([int(np.prod(shape))]))}
    for name, node in nodes.items():
        if type(node).__name__ == "IF":
            flat[name] = nir.IF(*(np.ravel(getattr(node, key)) for key in ("r", "v_threshold", "v_reset")))
    return nir.NIRGraph({**nodes, **flat}, source.edges, type_check=False)


def naive(node: Any, images: np.ndarray) -> np.ndarray:
    """Convolution or average in four loops, over images (examples, channels, rows, columns)."""
    line = images.ndim == 3
    images = images[:, :, np.newaxis] if line else images
    if type(node).__name__ == "AvgPool2d":
        return images.reshape(len(images), 2, 3, 2, 3, 2).mean((3, 5))
    weight = node.weight[:, :, np.newaxis] if line else node.weight
    (step_y, step_x), (gap_y, gap_x) = np.broadcast_to(node.stride, 2), np.broadcast_to(node.dilation, 2)
    pad_y, pad_x = {"same": (1, 1), "valid": (0, 0)}.get(str(node.padding)) or np.broadcast_to(node.padding, 2)
    images = np.pad(images, ((0, 0), (0, 0), (0 if line else pad_y,) * 2, (pad_x,) * 2))
    filters, channels, rows, columns = weight.shape
    size_y = 1 if line else (images.shape[2] - gap_y * (rows - 1) - 1) // step_y + 1
    size_x = (images.shape[3] - gap_x * (columns - 1) - 1) // step_x + 1
    out = np.zeros((len(images), filters, size_y, size_x))
    for f, y, x, c in np.ndindex(filters, size_y, size_x, channels):
        group = f // (filters // node.groups)
        top, left = (0 if line else y * step_y), x * step_x
        window = images[
            :, group * channels + c, top : top + gap_y * rows : gap_y, left : left + gap_x * columns : gap_x
        ]
        out[:, f, y, x] += (window[:, :rows, :columns] * weight[f, c]).sum((1, 2))
    return out


@pytest.mark.parametrize("name", GRAPHS)
def test_spikes_of_foreign_graphs(name: str) -> None:
    """Single-precision thresholds that a gain has divided may differ by a bit: rarely does a spike."""
    source = GRAPHS[name]()
    found = import_nir(source, input_neuron=frames_input())
    neurons = found.network.populations[-1]
    example = Example(found.network, found.inputs, [neurons], layered=True)
    spikes, _ = example.on_engine()
    raw = in_nir_order(next(iter(example.frames().values())).swapaxes(0, 1), 2)
    read = with_matrices(source) if name in ELSEWHERE else source
    if name in ELSEWHERE:
        raw = raw.reshape(*raw.shape[:2], -1)
    if name == "snntorch":
        read = chain(linear(), snn_torch(0.75, 3))
    expected = run(read, {"input": raw})
    target = next(iter(expected))
    values = expected[target]
    if values.ndim == 3 and len(neurons.known_shape) == 3:
        rows, columns, channels = neurons.known_shape
        values = values.reshape(*values.shape[:2], channels, rows, columns)
    values = in_our_order(values).reshape(TIMESTEPS, len(values[0]), -1)
    assert values.sum() > 10
    assert (values == spikes[neurons.name][1 : TIMESTEPS + 1]).mean() > 0.999


def test_scalars_take_the_shape_of_what_arrives() -> None:
    found = import_nir(GRAPHS["snntorch"]())
    assert [population.shape for population in found.network.populations] == [(6,), (3,)]
    assert found.network.populations[1].neuron.scale_i is False
    assert import_nir(GRAPHS["norse"]()).network.populations[1].neuron.scale_i is True
    assert isinstance(found.inputs[0].neuron, SpikeInput)
    compiler = found.create_compiler(evaluate_timesteps=7)
    assert (compiler.dt, compiler.evaluate_timesteps, compiler.layered) == (1.0, 7, True)


def test_rest_shifts_voltages() -> None:
    """Around rest: threshold 1 over rest 0.25 is 0.75 over 0."""
    found = import_nir(chain(linear(), nir.LIF(full(0.01, 3), full(10.0, 3), full(0.25, 3), full(1.0, 3))))
    neuron = found.network.populations[1].neuron
    assert neuron.v_thresh == pytest.approx(0.75)
    assert neuron.v_reset == -0.25


def test_a_bias_counts_as_often_as_input() -> None:
    node = nir.LIF(full(0.01, 3), full(10.0, 3), full(0.0, 3), full(1.0, 3))
    found = import_nir(chain(nir.Affine(linear().weight, full(0.05, 3)), node))
    neuron = found.network.populations[1].neuron
    assert (neuron.v, neuron.v_reset) == (0.0, 0.0)
    assert neuron.v_thresh == pytest.approx(1.0)
    assert neuron.bias == pytest.approx(0.05)
    integrator = nir.LI(full(0.01, 3), full(1.0, 3), full(0.0, 3))
    found = import_nir(chain(nir.Affine(linear().weight, full(0.5, 3)), integrator))
    assert found.network.populations[1].neuron.bias == pytest.approx(0.05)


def test_a_bias_of_a_leaky_neuron_goes_out_again() -> None:
    """snnTorch's layers have biases: in and out gives the same numbers, time constants to rounding."""
    bias = np.array([0.125, -0.25, 0.0], np.float32)
    source = chain(nir.Affine(linear().weight, bias), snn_torch(0.75, 3))
    found = import_nir(source)
    again = export_nir(found.network, found.inputs, found.outputs, compiler=found.create_compiler())
    np.testing.assert_array_equal(again.nodes["n0"].bias, bias)
    np.testing.assert_array_equal(again.nodes["n0"].weight, source.nodes["n0"].weight)
    for name in ("tau", "r", "v_threshold", "v_reset", "v_leak"):
        one, other = (getattr(graph.nodes["n1"], name) for graph in (source, again))
        np.testing.assert_allclose(other, one, rtol=1e-12 if name in ("tau", "r") else 0)
    assert again.edges[1:-1] == source.edges[1:-1]


def test_cuba_gains() -> None:
    """w_in = tau_syn / dt counts spikes whole; any other gain divides the threshold."""
    args = {"tau_syn": full(0.005, 3), "tau_mem": full(0.01, 3), "v_leak": full(0.0, 3), "v_threshold": full(1.0, 3)}
    whole = import_nir(chain(linear(), nir.CubaLIF(r=full(10.0, 3), w_in=full(5.0, 3), **args)))
    assert whole.network.populations[1].neuron.v_thresh == pytest.approx(1.0)
    assert whole.network.connections[0].synapse.tau == pytest.approx(-1 / np.log(0.8))
    half = import_nir(chain(linear(), nir.CubaLIF(r=full(10.0, 3), w_in=full(2.5, 3), **args)))
    assert half.network.populations[1].neuron.v_thresh == pytest.approx(2.0)


@pytest.mark.parametrize(("node", "cls"), [(if_nodes(6), IntegrateFireInput), (norse(6), LeakyIntegrateFireInput)])
def test_input_that_leads_to_neurons_is_their_current(node: Any, cls: type) -> None:
    found = import_nir(chain(node, linear(), if_nodes(3)))
    assert type(found.network.populations[0].neuron) is cls
    assert found.inputs == (found.network.populations[0],)
    again = import_nir(export_nir(found.network, found.inputs, found.outputs))
    assert [p.name for p in again.network.populations] == [p.name for p in found.network.populations]


def test_ways_of_different_lengths_keep_their_step() -> None:
    """Spikes of one step meet again: a compiler that runs layers lets the short way wait; else it has a delay."""
    nodes = {"input": nir.Input(np.array([3])), "a": if_nodes(3), "b": if_nodes(3), "output": nir.Output(np.array([3]))}
    nodes |= {name: linear(i, (3, 3)) for i, name in enumerate(("to_a", "long", "short"))}
    edges = [("input", "to_a"), ("to_a", "a"), ("a", "long"), ("long", "b"), ("input", "short"), ("short", "b")]
    found = import_nir(nir.NIRGraph(nodes, [*edges, ("b", "output")], type_check=False))
    assert {c.name: c.connectivity.delay for c in found.network.connections} == {"to_a": 0, "long": 0, "short": 0}
    assert found.create_compiler().layered
    nodes["again"] = linear(3, (3, 3))
    cyclic = nir.NIRGraph(nodes, [*edges, ("b", "output"), ("b", "again"), ("again", "b")], type_check=False)
    found = import_nir(cyclic)
    assert {c.name: c.connectivity.delay for c in found.network.connections} == {
        "to_a": 0,
        "long": 0,
        "short": 1,
        "again": 0,
    }
    assert not found.create_compiler().layered


def recurrent_inside() -> Any:
    inner = nir.NIRGraph(
        {
            "input": nir.Input(np.array([3])),
            "lif": norse(3),
            "w": linear(5, (3, 3)),
            "output": nir.Output(np.array([3])),
        },
        [("input", "lif"), ("lif", "w"), ("w", "lif"), ("lif", "output")],
        type_check=False,
    )
    return chain(linear(), inner)


def test_graphs_inside_are_opened() -> None:
    found = import_nir(recurrent_inside())
    assert sorted(c.describe() for c in found.network.connections) == ["input->n1.lif", "n1.lif->n1.lif"]
    assert [c.connectivity.delay for c in found.network.connections] == [0, 0]


def test_delays_of_nodes() -> None:
    found = import_nir(chain(nir.Delay(full(0.004, 6)), linear(), if_nodes(3)), dt=2.0)
    assert found.network.connections[0].connectivity.delay == 2


def broken(source: Any, **changes: Any) -> Any:
    for name, value in changes.items():
        if value is None:
            source.nodes.pop(name)
        else:
            source.nodes[name] = value
    return source


class Softmax:
    """A node that the format does not have."""

    def __init__(self) -> None:
        self.metadata: dict[str, Any] = {}


def circle() -> Any:
    source = chain(linear(0, (6, 6)), if_nodes(6), out=6)
    source.nodes["again"] = linear(1, (6, 6))
    source.edges += [("n0", "again"), ("again", "n0")]
    return source


CUBA = {"tau_syn": full(0.005, 3), "tau_mem": full(0.01, 3), "v_leak": full(0.0, 3), "r": full(10.0, 3)}
BIASED = nir.Affine(np.ones((3, 6)), np.ones(3))

REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "unknown": (lambda: broken(GRAPHS["norse"](), n0=Softmax()), r"n0 \(Softmax\): it has no counterpart here; use "),
    "no_shape": (
        lambda: broken(GRAPHS["norse"](), input=nir.Input({"input": None})),
        r"it has no shape of positive sizes, got \(\); write the shape of the input into the graph",
    ),
    "sizes": (
        lambda: chain(linear(0, (3, 7)), norse(3)),
        r"its weights of shape \(3, 7\) do not fit values of shape \(6,\)",
    ),
    "channels": (
        lambda: chain(conv(), if_nodes(4, 6, 6), shape=(3, 6, 6)),
        r"at 'n0': its kernel of shape \(4, 2, 3, 3\) does not fit values of shape \(3, 6, 6\); correct the graph",
    ),
    "pool_of_line": (
        lambda: chain(nir.SumPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])), if_nodes(3)),
        r"it pools rows and columns, and its input has shape \(6,\)",
    ),
    "window": (
        lambda: chain(conv(padding="valid"), if_nodes(4, 1, 1), shape=(2, 2, 2)),
        r"its window is larger than its input of shape \(2, 2, 2\)",
    ),
    "scale": (
        lambda: chain(nir.Scale(np.ones(5)), if_nodes(6), out=6),
        "'n0' does not fit what reaches it .*; correct the graph",
    ),
    "parameters": (
        lambda: chain(linear(), if_nodes(4)),
        r"n1 \(IF\): its r of shape \(4,\) does not fit neurons of shape \(3,\); correct the graph",
    ),
    "circle": (circle, "nodes lead to each other in a circle without neurons; correct the graph"),
    "no_way": (
        lambda: broken(GRAPHS["norse"](), alone=norse(3)).__class__(
            {**GRAPHS["norse"]().nodes, "alone": norse(3), "w": linear(0, (3, 3))},
            [*GRAPHS["norse"]().edges, ("alone", "w"), ("w", "alone")],
            type_check=False,
        ),
        r"alone \(LIF\): no Input leads to it; connect it",
    ),
    "fast": (
        lambda: chain(linear(), nir.LIF(full(0.001, 3), full(1.0, 3), full(0.0, 3), full(1.0, 3))),
        "its time constant of 1 ms is not above the timestep of 1 ms; give the timestep that the file was made for",
    ),
    "negative_tau": (
        lambda: chain(linear(), nir.LI(full(-1.0, 3), full(1.0, 3), full(0.0, 3))),
        "its time constants must be positive; correct the file",
    ),
    "negative_r": (lambda: chain(linear(), nir.IF(full(-1.0, 3), full(1.0, 3))), "its r must be positive; correct"),
    "negative_r_with_leak": (
        lambda: chain(linear(), nir.LIF(full(0.01, 3), full(-1.0, 3), full(0.0, 3), full(1.0, 3))),
        "its r must be positive; correct the file",
    ),
    "gain_of_output": (
        lambda: chain(linear(), nir.LI(full(0.01, 3), full(5.0, 3), full(0.0, 3))),
        "its r makes input count 0.5 times, which would scale what is read from it; put the factor into the weights",
    ),
    "integrator": (
        lambda: chain(linear(), nir.I(full(2.0, 3))),
        "its r is not 1, which would scale what is read from it; put the factor into the weights",
    ),
    "bias_behind_synapse": (
        lambda: chain(BIASED, nir.CubaLIF(v_threshold=full(1.0, 3), w_in=full(5.0, 3), **CUBA)),
        "a bias passes through its exponential synapse, and our synapses take spikes only; use a neuron",
    ),
    "many_delays": (
        lambda: chain(nir.Delay(np.arange(6.0)), linear(), if_nodes(3)),
        "its delays differ between neurons; give each delay a node of its own",
    ),
    "delay_between_steps": (
        lambda: chain(nir.Delay(full(0.0015, 6)), linear(), if_nodes(3)),
        "its delay of 1.5 ms is no whole number of timesteps of 1 ms; give the timestep that the file was made for",
    ),
    "no_neurons": (
        lambda: chain(linear()),
        r"output \(Output\): no neurons lead to it from 'input'; end with LI, I or",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    build, message = REFUSED[name]
    with pytest.raises(UnsupportedModelError, match=f"the graph cannot be read:(.|\n)*{message}"):
        import_nir(build())


def test_all_unknown_nodes_at_once() -> None:
    source = broken(GRAPHS["norse"](), n0=Softmax(), n1=Softmax())
    with pytest.raises(UnsupportedModelError) as caught:
        import_nir(source)
    assert [problem.owner for problem in caught.value.problems] == ["n0", "n1"]  # type: ignore[attr-defined]


def test_graphs_that_are_broken() -> None:
    with pytest.raises(ModelFileError, match="the graph has no Output node; write one where data come in or results"):
        import_nir(nir.NIRGraph({"input": nir.Input(np.array([3]))}, [], type_check=False))
    with pytest.raises(ModelFileError, match="edges of the graph lead to nodes that it does not have: n0"):
        import_nir(broken(GRAPHS["norse"](), n0=None))
    source = recurrent_inside()
    source.nodes["n1"].nodes.pop("output")
    with pytest.raises(ModelFileError, match="the graph 'n1' inside the graph has 0 Output nodes; it needs one"):
        import_nir(source)


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "MOST_ENTRIES", 10)
    message = "these nodes together have no name here, and their matrix would be too large; split them"
    with pytest.raises(UnsupportedModelError, match=message):
        import_nir(GRAPHS["two_maps"]())
    monkeypatch.setattr(graph_module, "MOST_PATHS", 0)
    with pytest.raises(
        UnsupportedModelError, match="more than 0 ways lead from it to other neurons; simplify the graph"
    ):
        import_nir(GRAPHS["norse"]())


def test_arguments() -> None:
    with pytest.raises(
        DescriptionError, match="input_neuron must take input data, as spike_input does, got 'integrate"
    ):
        import_nir(GRAPHS["norse"](), input_neuron="integrate_fire")
    with pytest.raises(DescriptionError, match="dt must be a positive number of milliseconds, got 0"):
        import_nir(GRAPHS["norse"](), dt=0)
    found = import_nir(GRAPHS["norse"](), input_neuron="binary_spike_input", steps="exact")
    assert isinstance(found.inputs[0].neuron, BinarySpikeInput)
    assert found.network.populations[1].neuron.tau_mem == pytest.approx(10.0)


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    source = GRAPHS["norse"]()
    monkeypatch.setitem(sys.modules, "nir", None)
    with pytest.raises(
        UnsupportedError, match=r"need the package nir, which is not installed; pip install ml_genn\[nir\]"
    ):
        import_nir(source)
