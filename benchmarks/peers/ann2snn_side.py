"""SpikingJelly's half of `ann2snn.py`: runs in the Python that has torch and spikingjelly, reads and writes files.

A model is a list of nodes in JSON with its arrays in an .npz; here it becomes a torch module that fx can trace.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from spikingjelly.activation_based import ann2snn, functional
from torch import nn

BATCH = 100


class Model(nn.Module):
    """The nodes in their order; images are (channels, height, width) here."""

    def __init__(self, nodes: list[dict], arrays: dict[str, np.ndarray]) -> None:
        super().__init__()
        self.nodes = nodes
        for at, node in enumerate(nodes):
            module = MODULES[node["kind"]](node, arrays)
            if module is not None:
                self.add_module(f"m{at}", module)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        values = {}
        for at, node in enumerate(self.nodes):
            inputs = [values[name] for name in node["inputs"]]
            values[node["name"]] = apply(self, at, node, inputs, x)
        return values[self.nodes[-1]["name"]]


def apply(model: Model, at: int, node: dict, inputs: list, x: torch.Tensor) -> torch.Tensor:
    if node["kind"] == "Input":
        return x
    if node["kind"] == "Add":
        return inputs[0] + inputs[1]
    if node["kind"] == "Reshape":
        flat = inputs[0].permute(0, 2, 3, 1) if node["image"] else inputs[0]
        return torch.flatten(flat, 1)
    return getattr(model, f"m{at}")(inputs[0])


def convolution(node: dict, arrays: dict[str, np.ndarray]) -> nn.Module:
    """The converter knows no layer that pads, so what is missing before an image becomes zeros of the kernel."""
    (top, bottom), (left, right) = node["padding"]
    kernel = torch.tensor(arrays[node["name"] + ".weight"], dtype=torch.float32).permute(3, 2, 0, 1)
    kernel = nn.functional.pad(kernel, (right - left, 0, bottom - top, 0)).contiguous()
    shape = tuple(kernel.shape[2:])
    layer = nn.Conv2d(kernel.shape[1], kernel.shape[0], shape, stride=tuple(node["strides"]), padding=(bottom, right))
    layer.weight.data = kernel
    layer.bias.data = torch.tensor(arrays[node["name"] + ".bias"], dtype=torch.float32)
    return layer


def dense(node: dict, arrays: dict[str, np.ndarray]) -> nn.Module:
    weight = torch.tensor(arrays[node["name"] + ".weight"], dtype=torch.float32).T.contiguous()
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight.data = weight
    layer.bias.data = torch.tensor(arrays[node["name"] + ".bias"], dtype=torch.float32)
    return layer


MODULES = {
    "Input": lambda node, arrays: None,
    "Add": lambda node, arrays: None,
    "Reshape": lambda node, arrays: None,
    "Relu": lambda node, arrays: nn.ReLU(),
    "MaxPool": lambda node, arrays: nn.MaxPool2d(tuple(node["pool"]), tuple(node["strides"])),
    "AveragePool": lambda node, arrays: nn.AvgPool2d(tuple(node["pool"]), tuple(node["strides"])),
    "Convolution": convolution,
    "Dense": dense,
}


def recipes(loader: list) -> dict[str, object]:
    """The converter's modes, by name."""
    rate = ann2snn.RateCodingRecipe
    return {
        "max": rate(dataloader=loader, mode="max"),
        "99.9 %": rate(dataloader=loader, mode="99.9%"),
        "99.9 % per channel, half threshold": rate(
            dataloader=loader, mode="99.9%", channel_wise=True, pre_spike_maxpool=True, half_threshold=True
        ),
        "local threshold balancing": ann2snn.LocalThresholdBalancingRecipe(dataloader=loader),
    }


def fan_out(layer: nn.Module, shape: torch.Size) -> torch.Tensor | int:
    """Targets of each input of a Conv2d, (height, width), or of a Linear layer."""
    if isinstance(layer, nn.Linear):
        return layer.out_features
    support = (
        (layer.weight != 0).any(dim=0).any(dim=0).float()
    )  # padding that became zeros of the kernel reaches nothing
    size = [
        (shape[2 + axis] + 2 * layer.padding[axis] - layer.kernel_size[axis]) // layer.stride[axis] + 1
        for axis in range(2)
    ]
    left_over = [
        shape[2 + axis] - ((size[axis] - 1) * layer.stride[axis] - 2 * layer.padding[axis] + layer.kernel_size[axis])
        for axis in range(2)
    ]
    windows = nn.functional.conv_transpose2d(
        torch.ones(1, 1, *size), support[None, None], None, layer.stride, layer.padding, left_over
    )
    return layer.out_channels * windows[0, 0]


class Operations:
    """Counts, over all steps of a network, inputs other than 0 times their targets; an analog first layer once."""

    def __init__(self, snn: nn.Module) -> None:
        layers = [module for module in snn.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
        self.step, self.count = 0, 0.0
        self._first = layers[0]
        self._hooks = [layer.register_forward_hook(self._add) for layer in layers]

    def _add(self, layer: nn.Module, inputs: tuple, output: torch.Tensor) -> None:
        if layer is not self._first or self.step == 0:
            self.count += float(((inputs[0] != 0) * fan_out(layer, inputs[0].shape)).sum())

    def remove(self) -> None:
        for hook in self._hooks:
            hook.remove()


def operations_of(snn: nn.Module, x: torch.Tensor, timesteps: list[int]) -> dict[str, float]:
    """Mean per example after each number of timesteps."""
    functional.reset_net(snn)
    counter, found = Operations(snn), {}
    for step in range(max(timesteps)):
        counter.step = step
        snn(x)
        if step + 1 in timesteps:
            found[str(step + 1)] = counter.count / len(x)
    counter.remove()
    return found


def run(snn: nn.Module, x: torch.Tensor, y: torch.Tensor, timesteps: list[int]) -> tuple[dict, dict]:
    """Accuracy, and CPU seconds of all examples, after each number of timesteps."""
    right, seconds = dict.fromkeys(timesteps, 0), dict.fromkeys(timesteps, 0.0)
    for part, labels in zip(x.split(BATCH), y.split(BATCH), strict=True):
        functional.reset_net(snn)
        total, began = 0, time.process_time()
        for step in range(max(timesteps)):
            total = total + snn(part)
            if step + 1 in right:
                seconds[step + 1] += time.process_time() - began
                right[step + 1] += int((total.argmax(1) == labels).sum())
    return {str(steps): count / len(y) for steps, count in right.items()}, {str(t): s for t, s in seconds.items()}


def main(folder: str) -> None:
    torch.set_num_threads(1)
    data = np.load(f"{folder}/data.npz")
    job = json.loads(Path(folder, "job.json").read_text())
    arrays = dict(np.load(f"{folder}/weights.npz"))
    x, calibration = (torch.tensor(data[name]).permute(0, 3, 1, 2).contiguous() for name in ("x", "calibration"))
    y = torch.tensor(data["y"])
    loader = [(part, torch.zeros(len(part))) for part in calibration.split(BATCH)]
    found = {}
    with torch.no_grad():
        for name, recipe in recipes(loader).items():
            began = time.process_time()
            snn = ann2snn.FXConverter(recipe=recipe).convert(Model(job["nodes"], arrays).eval()).eval()
            converted = time.process_time() - began
            accuracy, seconds = run(snn, x, y, job["timesteps"])
            found[name] = {
                "accuracy": accuracy,
                "seconds": seconds,
                "convert_seconds": converted,
                "operations": operations_of(snn, x[: job["counted"]], job["timesteps"]),
            }
            print(name, found[name], file=sys.stderr, flush=True)
    Path(folder, "found.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
