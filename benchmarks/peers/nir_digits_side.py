"""Runs a NIR file in snnTorch and counts operations with NeuroBench; called by nir_digits.py with the other Python.

snnTorch's own import has no SumPool2d, Scale and I, takes beta = 0.9 for IF and one threshold for all neurons
(version 1.0.0). So the nodes are given to snnTorch's neurons here, through nirtorch, with pooling put into the kernels
behind it: what reaches every layer but the first is then 0 or 1, which NeuroBench calls spiking.
"""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path

import neurobench
import nir
import nirtorch
import numpy as np
import snntorch as snn
import torch
from neurobench.hooks.layer import LayerHook
from neurobench.metrics.workload import SynapticOperations
from neurobench.models import SNNTorchModel


def fused(graph: nir.NIRGraph) -> nir.NIRGraph:
    """The graph with SumPool2d and Scale put into the convolution or matrix behind them; windows must not overlap."""
    order = chain(graph)
    nodes: dict[str, nir.NIRNode] = {}
    factors: tuple[int, float] | None = None
    for name in order:
        node = graph.nodes[name]
        kind = type(node).__name__
        if kind == "SumPool2d":
            factors = (int(node.kernel_size[0]), 1.0)
        elif kind == "Scale" and factors is not None:
            factors = (factors[0], float(node.scale.flat[0]))
        elif kind == "Conv2d" and factors is not None:
            nodes[name] = pooled_convolution(node, *factors)
            factors = None
        elif kind == "Flatten":
            continue
        elif kind == "Affine":
            nodes[f"{name}_flatten"] = nir.Flatten(image_before(graph, name), 0, -1)
            nodes[name] = pooled_matrix(node, graph, name, factors)
            factors = None
        else:
            nodes[name] = node
    names = list(nodes)
    return nir.NIRGraph(nodes, list(itertools.pairwise(names)), type_check=False)


def chain(graph: nir.NIRGraph) -> list[str]:
    """The nodes from Input to Output."""
    after = dict(graph.edges)
    names = [next(name for name, node in graph.nodes.items() if isinstance(node, nir.Input))]
    while names[-1] in after:
        names.append(after[names[-1]])
    return names


def pooled_convolution(node: nir.Conv2d, pool: int, scale: float) -> nir.Conv2d:
    """A convolution of averages is one with repeated kernel entries and longer steps."""
    weight = np.repeat(np.repeat(node.weight, pool, axis=2), pool, axis=3) * np.float32(scale)
    padding = [int(size) * pool for size in np.broadcast_to(node.padding, 2)]
    stride = [int(size) * pool for size in np.broadcast_to(node.stride, 2)]
    return nir.Conv2d(None, weight, tuple(stride), tuple(padding), (1, 1), 1, node.bias)


def image_before(graph: nir.NIRGraph, name: str) -> np.ndarray:
    """The shape of the last neurons before a node."""
    order = chain(graph)
    before = [n for n in order[: order.index(name)] if isinstance(graph.nodes[n], nir.IF)]
    return np.array(graph.nodes[before[-1]].r.shape)


def pooled_matrix(node: nir.Affine, graph: nir.NIRGraph, name: str, factors: tuple[int, float] | None) -> nir.Affine:
    if factors is None:
        return node
    pool, scale = factors
    channels, rows, columns = image_before(graph, name)
    weight = node.weight.reshape(-1, channels, rows // pool, columns // pool)
    spread = np.repeat(np.repeat(weight, pool, axis=2), pool, axis=3) * np.float32(scale)
    return nir.Affine(spread.reshape(len(weight), -1), node.bias)


class Integrator(torch.nn.Module):
    """I: a membrane that never fires."""

    def __init__(self) -> None:
        super().__init__()
        self.membrane: torch.Tensor | None = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.membrane = x if self.membrane is None else self.membrane + x
        return self.membrane


def convolution(node: nir.Conv2d) -> torch.nn.Conv2d:
    filters, channels, *kernel = node.weight.shape
    stride, padding = (tuple(int(size) for size in np.broadcast_to(v, 2)) for v in (node.stride, node.padding))
    layer = torch.nn.Conv2d(channels, filters, tuple(kernel), stride, padding)
    layer.weight.data, layer.bias.data = (torch.from_numpy(np.array(v, np.float32)) for v in (node.weight, node.bias))
    return layer


def matrix(node: nir.Affine) -> torch.nn.Linear:
    layer = torch.nn.Linear(node.weight.shape[1], node.weight.shape[0])
    layer.weight.data, layer.bias.data = (torch.from_numpy(np.array(v, np.float32)) for v in (node.weight, node.bias))
    return layer


def neuron(node: nir.IF) -> snn.Leaky:
    """The default reset_delay=True: without it a membrane above twice its threshold misses its next spike."""
    assert node.metadata.get("reset") == "subtract" and not np.any(node.v_reset)
    threshold = torch.from_numpy(np.array(node.v_threshold, np.float32))
    return snn.Leaky(1.0, threshold, init_hidden=True, reset_mechanism="subtract")


MODULES = {
    nir.Conv2d: convolution,
    nir.Affine: matrix,
    nir.IF: neuron,
    nir.I: lambda node: Integrator(),
    nir.Flatten: lambda node: torch.nn.Flatten(),
}


def main() -> None:
    """Writes spikes.npz beside the file, prints the counts as JSON."""
    folder, timesteps = Path(sys.argv[1]), int(sys.argv[2])
    graph = fused(nir.read(folder / "digits.nir"))
    net = nirtorch.nir_to_torch(graph, MODULES).eval()
    x = torch.from_numpy(np.load(folder / "x.npy"))
    model = SNNTorchModel(net)
    model.connection_hooks = [LayerHook(layer) for layer in model.connection_layers()]
    names = {module: name for name, module in net.named_modules() if isinstance(module, snn.Leaky)}
    spikes: dict[str, list[np.ndarray]] = {name: [] for name in names.values()}
    for module, name in names.items():
        module.register_forward_hook(lambda _, __, out, name=name: spikes[name].append(out.numpy().copy()))
    outputs = []
    with torch.inference_mode():
        for _ in range(timesteps):
            found = net(x)
            outputs.append((found[0] if isinstance(found, tuple) else found).numpy().copy())
    counts = SynapticOperations()
    told = counts(model, None, (x,))
    np.savez(folder / "spikes.npz", output=np.stack(outputs), **{name: np.stack(v) for name, v in spikes.items()})
    versions = (
        f"snnTorch {snn.__version__}, NeuroBench {getattr(neurobench, '__version__', '')}, torch {torch.__version__}"
    )
    print(json.dumps({**told, "versions": versions}))


main()
