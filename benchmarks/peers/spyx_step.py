"""A job in Spyx: the whole step of training compiled by JAX, on one core; without the time that compilation takes."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.sched_setaffinity(
    0, {min(os.sched_getaffinity(0))}
)  # XLA starts as many threads as there are cores, once it is imported

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import optax  # noqa: E402
import spyx  # noqa: E402
from flax import nnx  # noqa: E402
from spyx import nn  # noqa: E402

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks" / "engine" / "peers")]

from serve import serve  # noqa: E402 - found by the path above

from benchmarks.training.jobs import BATCH, JOBS, TAU_MEM, TAU_SYN, Job, labels, trains  # noqa: E402


def layer(rows: int, columns: int, mean: float, std: float, rngs: nnx.Rngs) -> nnx.Linear:
    """Weights of a normal distribution, in units of what a voltage gains in a timestep."""

    def draw(key: jax.Array, shape: tuple[int, ...], dtype: jnp.dtype, out_sharding: object = None) -> jax.Array:
        return mean + std * jax.random.normal(key, shape, dtype)

    return nnx.Linear(rows, columns, use_bias=False, kernel_init=draw, rngs=rngs)


def build(job: Job) -> nn.Sequential:
    """The network."""
    rngs = nnx.Rngs(1)
    alpha, beta = math.exp(-job.dt / TAU_SYN), math.exp(-job.dt / TAU_MEM)
    gain = 1.0 - beta
    kind = nn.RCuBaLIF if job.recurrent else nn.CuBaLIF
    neurons = kind((job.hidden,), alpha, beta, rngs=rngs)
    if job.recurrent:
        mean, std = job.recurring
        shape = (job.hidden, job.hidden)
        neurons.recurrent_w.value = gain * (mean + std * jax.random.normal(jax.random.key(2), shape))
    first = layer(job.inputs, job.hidden, gain * job.first[0], gain * job.first[1], rngs)
    second = layer(job.hidden, job.outputs, job.second[0], job.second[1], rngs)
    return nn.Sequential(first, neurons, second, nn.LI((job.outputs,), beta, rngs=rngs))


def main(name: str) -> None:
    """Answers until told to end."""
    job = JOBS[name]
    model = build(job)
    structure, weights = nnx.split(model, nnx.Param)
    rule = optax.adam(1e-9)
    x = jnp.asarray(trains(job).swapaxes(0, 1))
    y = jnp.asarray(labels(job))

    def loss_of(weights: nnx.State, x: jax.Array, y: jax.Array) -> jax.Array:
        network = nnx.merge(structure, weights)
        voltages, _ = nn.run(network, x, network.initial_state(BATCH))
        return optax.softmax_cross_entropy_with_integer_labels(voltages.mean(axis=0), y).mean()

    @jax.jit
    def learn(
        weights: nnx.State, state: optax.OptState, x: jax.Array, y: jax.Array
    ) -> tuple[nnx.State, optax.OptState]:
        gradients = jax.grad(loss_of)(weights, x, y)
        changes, state = rule.update(gradients, state)
        return optax.apply_updates(weights, changes), state

    learnt = [weights, rule.init(weights)]
    for _ in range(3):  # compiles twice, since the types of what comes out are other ones at first
        learnt[:] = jax.block_until_ready(learn(*learnt, x, y))
    front = nn.Sequential(*model.layers[:2])

    @nnx.jit
    def rate(front: nn.Sequential, x: jax.Array) -> jax.Array:
        spikes, _ = nn.run(front, x, front.initial_state(BATCH))
        return spikes.sum() / BATCH / job.hidden

    def work() -> dict[str, float]:
        learnt[:] = jax.block_until_ready(learn(*learnt, x, y))
        return {}

    serve(work, version=spyx.__version__, hidden=float(rate(front, x)))


main(sys.argv[1])
