"""Runs NIR graphs step by step in numpy, from the format's equations alone: no code of ours reads or orders anything.

A step of dt seconds turns tau dv/dt = -v + x into v <- a v + (1 - a) x, where a = 1 - dt / tau ("euler") or
exp(-dt / tau) ("exact"); an integrator adds its input; a current of CubaLI and CubaLIF is brought up to date before its
membrane; z = 1 where v > v_threshold, and v becomes v_reset, or loses v_threshold's next number minus v_reset where the
metadata say "subtract". Edges take no time, except that what comes from a neuron of the same cycle is that of the step
before. Everything is computed in single precision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Array = np.ndarray
NEURONS = ("IF", "LIF", "LI", "I", "CubaLIF", "CubaLI")


def kind(node: Any) -> str:
    return type(node).__name__


# maps between neurons


def correlate(values: Array, node: Any) -> Array:
    """Conv2d over (examples, channels, rows, columns)."""
    step_y, step_x = np.broadcast_to(node.stride, 2)
    pads = {"valid": (0, 0)}.get(str(node.padding)) if isinstance(node.padding, str) else node.padding
    pad_y, pad_x = np.broadcast_to(pads, 2)
    padded = np.pad(values, ((0, 0), (0, 0), (pad_y, pad_y), (pad_x, pad_x)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, node.weight.shape[2:], axis=(2, 3))
    out = np.einsum("ncyxij,fcij->nfyx", windows[:, :, ::step_y, ::step_x], node.weight, optimize=True)
    return out + node.bias[:, np.newaxis, np.newaxis]


def sum_windows(values: Array, node: Any) -> Array:
    """SumPool2d."""
    (pad_y, pad_x), (step_y, step_x) = node.padding, node.stride
    padded = np.pad(values, ((0, 0), (0, 0), (pad_y, pad_y), (pad_x, pad_x)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, tuple(node.kernel_size), axis=(2, 3))
    return windows[:, :, ::step_y, ::step_x].sum((4, 5))


MAPS: Mapping[str, Callable[[Array, Any], Array]] = {
    "Linear": lambda x, node: x @ node.weight.T,
    "Affine": lambda x, node: x @ node.weight.T + node.bias,
    "Conv2d": correlate,
    "SumPool2d": sum_windows,
    "Scale": lambda x, node: x * node.scale,
    "Flatten": lambda x, node: x.reshape(len(x), -1),
    "Output": lambda x, node: x,
}


# neurons


class Neurons:
    """One node with state."""

    def __init__(self, node: Any, batch_size: int, dt: float, rule: str) -> None:
        self.node = node
        self.soft = node.metadata.get("reset") == "subtract"
        shape = (batch_size, *np.shape(getattr(node, "r")))  # noqa: B009
        self.v = np.zeros(shape, np.float32)
        self.current = np.zeros(shape, np.float32)
        left = {"euler": lambda tau: 1.0 - dt / tau, "exact": lambda tau: np.exp(-dt / tau)}[rule]
        self.membrane = self.constants(left, getattr(node, "tau", getattr(node, "tau_mem", None)), node.r)
        self.synapse = self.constants(left, getattr(node, "tau_syn", None), getattr(node, "w_in", None))

    @staticmethod
    def constants(left: Callable[[Array], Array], tau: Any, gain: Any) -> tuple[Array, Array] | None:
        """a, and what input counts."""
        if tau is None:
            return None if gain is None else (np.float32(1.0), np.asarray(gain, np.float32))
        kept = left(np.asarray(tau, np.float64))
        return kept.astype(np.float32), ((1.0 - kept) * gain).astype(np.float32)

    def step(self, x: Array) -> Array:
        """Spikes, or the membrane of a node that has none."""
        assert self.membrane is not None
        if self.synapse is not None:
            kept, gain = self.synapse
            x = self.current = kept * self.current + gain * x.astype(np.float32)
        kept, gain = self.membrane
        self.v = kept * self.v + gain * x.astype(np.float32)
        if not hasattr(self.node, "v_threshold"):
            return self.v.copy()
        spikes = self.v > self.node.v_threshold
        level = np.nextafter(np.float32(self.node.v_threshold), np.float32(np.inf))
        lower = self.v - (level - self.node.v_reset) if self.soft else np.float32(self.node.v_reset)
        self.v = np.where(spikes, lower, self.v).astype(np.float32)
        return spikes.astype(np.float32)


class Interpreter:
    """A graph, for a batch of examples.

    Args:
        graph: a nir.NIRGraph without graphs inside.
        dt: timestep [s].
        rule: "euler" or "exact".
    """

    def __init__(self, graph: Any, batch_size: int, *, dt: float = 1e-3, rule: str = "euler") -> None:
        self.nodes: Mapping[str, Any] = graph.nodes
        self.before = {name: [a for a, b in graph.edges if b == name] for name in graph.nodes}
        self.neurons = {
            name: Neurons(node, batch_size, dt, rule) for name, node in graph.nodes.items() if kind(node) in NEURONS
        }
        self.waiting: dict[str, list[Array]] = {}
        self.dt, self.batch_size = dt, batch_size
        self.reach = {name: self._sources(name) for name in self.neurons}
        self.last = {name: np.zeros(neurons.v.shape, np.float32) for name, neurons in self.neurons.items()}

    def _sources(self, name: str) -> set[str]:
        """All nodes from which edges lead to a node, in any number."""
        found: set[str] = set()
        front = list(self.before[name])
        while front:
            node = front.pop()
            if node not in found:
                found.add(node)
                front += self.before[node]
        return found

    def step(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """One step: what comes out of each neuron node, given what Input nodes send."""
        now: dict[str, Array] = {}
        todo = list(self.neurons)
        while todo:
            name = next(n for n in todo if all(m in now or self.in_cycle(m, n) for m in self.reach[n] & set(todo)))
            todo.remove(name)
            now[name] = self.neurons[name].step(self.pull(name, name, now, inputs))
        self.last = now
        return now

    def in_cycle(self, one: str, other: str) -> bool:
        return one in self.reach[other] and other in self.reach[one]

    def pull(self, name: str, reader: str, now: Mapping[str, Array], inputs: Mapping[str, Array]) -> Array:
        """The sum of what arrives at a node."""
        return sum((self.value(other, reader, now, inputs) for other in self.before[name]), np.float32(0))  # type: ignore[return-value]

    def value(self, name: str, reader: str, now: Mapping[str, Array], inputs: Mapping[str, Array]) -> Array:
        """What leaves a node."""
        node = self.nodes[name]
        if kind(node) == "Input":
            return inputs[name]
        if name in self.neurons:
            return self.last[name] if self.in_cycle(name, reader) else now[name]
        arriving = self.pull(name, reader, now, inputs)
        return self.delayed(name, node, arriving) if kind(node) == "Delay" else MAPS[kind(node)](arriving, node)

    def delayed(self, name: str, node: Any, arriving: Array) -> Array:
        steps = round(float(np.ravel(node.delay)[0]) / self.dt)
        line = self.waiting.setdefault(name, [np.zeros_like(arriving)] * steps)
        line.append(arriving)
        return line.pop(0)


def run(graph: Any, inputs: Mapping[str, Array], *, dt: float = 1e-3, rule: str = "euler") -> dict[str, Array]:
    """What comes out of each neuron node: arrays (steps, examples, *shape), given the same of Input nodes."""
    steps, batch_size = next(iter(inputs.values())).shape[:2]
    interpreter = Interpreter(graph, batch_size, dt=dt, rule=rule)
    found = [interpreter.step({name: values[step] for name, values in inputs.items()}) for step in range(steps)]
    return {name: np.stack([step[name] for step in found]) for name in interpreter.neurons}
