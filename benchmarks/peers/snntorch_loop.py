"""A job in snnTorch: its synaptic neurons, one call of them per timestep, as its tutorials train networks."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import snntorch
import torch

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks" / "engine" / "peers")]

from serve import serve  # noqa: E402 - found by the path above

from benchmarks.training.jobs import BATCH, JOBS, TAU_MEM, TAU_SYN, labels, trains  # noqa: E402


def main(name: str) -> None:
    """Answers until told to end."""
    torch.set_num_threads(1)
    torch.manual_seed(1)
    job = JOBS[name]
    alpha, beta = math.exp(-job.dt / TAU_SYN), math.exp(-job.dt / TAU_MEM)
    x = torch.from_numpy(trains(job)).transpose(0, 1).contiguous()
    y = torch.from_numpy(labels(job))
    first, second = torch.nn.Linear(job.inputs, job.hidden, bias=False), torch.nn.Linear(job.hidden, job.outputs, False)
    for layer, (mean, std) in ((first, job.first), (second, job.second)):
        torch.nn.init.normal_(layer.weight, mean, std)
    surrogate = snntorch.surrogate.fast_sigmoid(slope=10)
    if job.recurrent:
        lif = snntorch.RSynaptic(alpha, beta, linear_features=job.hidden, spike_grad=surrogate, reset_mechanism="zero")
        torch.nn.init.normal_(lif.recurrent.weight, *job.recurring)
    else:
        lif = snntorch.Synaptic(alpha, beta, spike_grad=surrogate, reset_mechanism="zero")
    output = snntorch.Synaptic(alpha, beta, reset_mechanism="none")
    modules = torch.nn.ModuleList([first, second, lif, output])
    optimiser = torch.optim.Adam(modules.parameters(), 1e-9)
    gain = 1.0 - beta

    def work() -> dict[str, float]:
        optimiser.zero_grad()
        state = lif.reset_mem()
        out_current, out_v = output.reset_mem()
        total, spikes = 0.0, 0.0
        for step in range(job.timesteps):
            arriving = gain * first(x[step])
            if job.recurrent:
                spike, current, v = lif(arriving, *state)
                state = (spike, current, v)
            else:
                spike, current, v = lif(arriving, *state)
                state = (current, v)
            _, out_current, out_v = output(gain * second(spike), out_current, out_v)
            total = total + out_v
            spikes += float(spike.detach().sum())
        torch.nn.functional.cross_entropy(total / job.timesteps, y).backward()
        optimiser.step()
        return {"hidden": spikes / BATCH / job.hidden}

    serve(work, version=snntorch.__version__)


main(sys.argv[1])
