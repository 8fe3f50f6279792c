"""A job as a careful PyTorch loop over timesteps with a surrogate gradient: one product for all inputs, then unbind."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks" / "engine" / "peers")]

from serve import serve  # noqa: E402 - found by the path above

from benchmarks.training.jobs import BATCH, JOBS, TAU_MEM, TAU_SYN, labels, trains  # noqa: E402


class Spike(torch.autograd.Function):
    """A step forward, the derivative of a fast sigmoid backward."""

    @staticmethod
    def forward(ctx: Any, v: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(v)
        return (v >= 0.0).to(v.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> torch.Tensor:
        (v,) = ctx.saved_tensors
        return grads[0] / (1.0 + 10.0 * v.abs()) ** 2


def main(name: str) -> None:
    """Answers until told to end."""
    torch.set_num_threads(1)
    torch.manual_seed(1)
    job = JOBS[name]
    alpha, beta = math.exp(-job.dt / TAU_MEM), math.exp(-job.dt / TAU_SYN)
    x, y = torch.from_numpy(trains(job)), torch.from_numpy(labels(job))
    shapes = [(job.inputs, job.hidden, job.first), (job.hidden, job.outputs, job.second)]
    shapes += [(job.hidden, job.hidden, job.recurring)] if job.recurrent else []
    weights = [torch.nn.Parameter(torch.normal(mean, std, (rows, columns))) for rows, columns, (mean, std) in shapes]
    optimiser = torch.optim.Adam(weights, 1e-9)

    def work() -> dict[str, float]:
        optimiser.zero_grad()
        v = current = s = torch.zeros(BATCH, job.hidden)
        out_v = out_current = torch.zeros(BATCH, job.outputs)
        total, spikes = torch.zeros(BATCH, job.outputs), 0.0
        for arriving in (x @ weights[0]).unbind(1):
            current = beta * current + arriving + (s @ weights[2] if job.recurrent else 0.0)
            v = alpha * v + (1 - alpha) * current
            s = Spike.apply(v - 1.0)
            v = v * (1 - s.detach())
            out_current = beta * out_current + s @ weights[1]
            out_v = alpha * out_v + (1 - alpha) * out_current
            total = total + out_v
            spikes += float(s.detach().sum())
        torch.nn.functional.cross_entropy(total / job.timesteps, y).backward()
        optimiser.step()
        return {"hidden": spikes / BATCH / job.hidden}

    serve(work, version=torch.__version__)


main(sys.argv[1])
