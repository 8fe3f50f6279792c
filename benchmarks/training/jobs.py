"""The two networks whose training is timed, and random spikes for them; numpy only, so that peers can import it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

BATCH = 32
TAU_MEM, TAU_SYN = 20.0, 5.0


@final
@dataclass(frozen=True)
class Job:
    """A network of inputs, one hidden layer of LIF neurons and leaky integrators, and what comes in.

    Args:
        inputs, hidden, outputs: numbers of neurons.
        timesteps: of 1 ms unless `dt` says otherwise.
        spikes: input spikes of an example.
        recurrent: hidden neurons are connected with each other.
        first, second, recurring: mean and standard deviation of weights of inputs, to outputs, among hidden neurons.
        dt: timestep [ms].
    """

    inputs: int
    hidden: int
    outputs: int
    timesteps: int
    spikes: int
    recurrent: bool
    first: tuple[float, float]
    second: tuple[float, float]
    recurring: tuple[float, float] = (0.0, 0.02)
    dt: float = 1.0


JOBS = {
    "digits": Job(64, 128, 10, 50, 33, False, (0.2, 0.6), (0.0, 0.2)),
    "shd": Job(700, 256, 20, 500, 8000, True, (0.018, 0.006), (0.0, 0.03)),
    "coarse": Job(700, 1024, 20, 100, 8000, True, (0.025, 0.008), (0.0, 0.03), dt=5.0),
}


def events(job: Job, seed: int = 1) -> list[np.ndarray]:
    """Of each example timestep * inputs + input of all spikes, in order; at most one of an input in a timestep."""
    rng = np.random.default_rng(seed)
    places = job.timesteps * job.inputs
    return [np.sort(rng.choice(places, job.spikes, replace=False)) for _ in range(BATCH)]


def trains(job: Job) -> np.ndarray:
    """Number of spikes of each input in each timestep, (examples, timesteps, inputs)."""
    found = np.zeros((BATCH, job.timesteps, job.inputs), np.float32)
    for example, places in zip(found, events(job), strict=True):
        example.reshape(-1)[places] = 1.0
    return found


def labels(job: Job) -> np.ndarray:
    """The class of each example."""
    return np.arange(BATCH) % job.outputs
