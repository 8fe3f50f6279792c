"""The SHD-like network as a plain PyTorch loop over steps, batch 32, one thread."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from serve import serve

sys.path.insert(0, str(Path(__file__).parents[3]))
from benchmarks.engine.networks import ALPHA, BETA, INPUTS, STEPS, shd_spikes, shd_weights


def main(batch: int) -> None:
    """Answers until told to end."""
    torch.set_num_threads(1)
    x = np.zeros((STEPS, batch, INPUTS), np.float32)
    for example in range(batch):
        step, neuron = shd_spikes(example)
        x[step, example, neuron] = 1.0
    spikes = torch.from_numpy(x)
    w_in, w_rec, w_out = (torch.from_numpy(weights) for weights in shd_weights())

    def work() -> dict[str, float]:
        s = torch.zeros(batch, w_rec.shape[0])
        current = torch.zeros_like(s)
        v, out_current, out_v = (
            torch.zeros_like(s),
            torch.zeros(batch, w_out.shape[1]),
            torch.zeros(batch, w_out.shape[1]),
        )
        total = torch.zeros(())
        with torch.inference_mode():
            for step in range(STEPS):
                out_v = ALPHA * out_v + (1 - ALPHA) * out_current
                v = ALPHA * v + (1 - ALPHA) * current
                s = (v >= 1.0).float()
                v = v * (1 - s)
                current = BETA * current + spikes[step] @ w_in + s @ w_rec
                out_current = BETA * out_current + s @ w_out
                total += s.sum()
        return {"hidden": float(total) / batch}

    serve(work, version=torch.__version__)


main(int(sys.argv[1]))
