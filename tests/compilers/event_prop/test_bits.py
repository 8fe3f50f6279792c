"""One network with everything that is learnt: the same bits for any number of threads, whole or resumed."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, Network, Population
from ml_genn.callbacks import Checkpoint, EaseIn, SilentNeuronLift
from ml_genn.compilers import EventPropCompiler, Trainable
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Conv2D, Dense, FixedProbability
from ml_genn.data import load_data
from ml_genn.initializers import Normal, Uniform
from ml_genn.neurons import AdaptiveLeakyIntegrateFire, LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ml_genn.optimisers import Adam
from ml_genn.serialisers import Numpy
from ml_genn.synapses import Exponential
from ml_genn.utils.data import linear_latency_encode_data

BATCH, EXAMPLES = 32, 80  # two whole batches, and one of 16 examples


class Everything:
    """Convolved, recurrent, delayed, sparse and adaptive neurons, whose weights, delays and constants are learnt."""

    def __init__(self, num_threads: int) -> None:
        with Network(default_params) as network:
            self.source = Population(SpikeInput(), (8, 8, 1), name="source")
            pixels = Population(LeakyIntegrateFire(), name="pixels")
            hidden = Population(AdaptiveLeakyIntegrateFire(beta=0.2, tau_adapt=40.0, tau_refrac=2.0), 37, name="hidden")
            self.output = Population(LeakyIntegrate(readout="avg_var_exp_weight"), 10, name="output")
            Connection(self.source, pixels, Conv2D(Normal(1.0, 0.5), 3, 3), Exponential(5.0))
            into = Connection(
                pixels, hidden, Dense(Normal(0.05, 0.15), Uniform(0.0, 6.0)), Exponential(3.0), max_delay_steps=9
            )
            Connection(hidden, hidden, FixedProbability(0.3, Normal(0.0, 0.2), True), Exponential(8.0))
            Connection(hidden, self.output, Dense(Normal(0.0, 0.3)), Exponential(5.0))
        compiler = EventPropCompiler(
            40,
            "sparse_categorical_crossentropy",
            Adam(0.01),
            batch_size=BATCH,
            rng_seed=3,
            delay_learn_conns=[into],
            delay_optimiser=Adam(0.1),
            optimisers={hidden: {"tau_mem": Trainable(Adam(0.1), low=5.0), "v_thresh": Adam(0.01)}},
            reg_lambda_upper=1e-6,
            reg_nu_upper=3,
            hidden_noise=0.05,
            hidden_dropout=0.1,
            input_dropout=0.1,
            num_threads=num_threads,
        )
        self.compiled = compiler.compile(network)

    def train(self, epochs: range, serialiser: Any, resume: bool) -> tuple[Any, ...]:
        """What comes out, to the bit."""
        digits = load_data("digits", split="train").first(EXAMPLES)
        spikes = linear_latency_encode_data(255 * digits.x.reshape(-1, 64), max_time=20.0)
        callbacks = [EaseIn(0.1, 1.3), SilentNeuronLift(0.01), Checkpoint(serialiser, batch_interval=1)]
        with self.compiled as compiled:
            start = compiled.resume(serialiser) if resume else epochs.start
            x, y = {self.source: spikes}, {self.output: digits.y}
            compiled.train(x, y, epochs.stop - start, start_epoch=start, callbacks=callbacks)
            last = compiled.history[-1]
            learnt = {name: value.tobytes() for name, value in compiled.learnt_values().items()}
        activity = {str(population): found.spikes.tobytes() for population, found in last.activity.items()}
        return learnt, activity, last.loss[self.output], last.metrics[self.output]


@cache
def whole(num_threads: int, folder: Path) -> tuple[Any, ...]:
    return Everything(num_threads).train(range(3), Numpy(folder), resume=False)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, ...]:
    return whole(1, tmp_path_factory.mktemp("whole"))


def test_something_is_learnt(expected: tuple[Any, ...], tmp_path: Path) -> None:
    learnt, activity, *_ = Everything(1).train(range(1), Numpy(tmp_path), resume=False)
    assert len(learnt) == 7  # four weights, delays, two constants
    assert all(expected[0][name] != values for name, values in learnt.items())
    assert all(np.frombuffer(spikes, np.int64).any() for spikes in activity.values())


@pytest.mark.parametrize("threads", [2, 7])
def test_threads(threads: int, expected: tuple[Any, ...], tmp_path: Path) -> None:
    assert whole(threads, tmp_path) == expected


@pytest.mark.parametrize(("first", "then"), [(1, 1), (1, 7), (7, 2)])
def test_resumed_with_other_threads(first: int, then: int, expected: tuple[Any, ...], tmp_path: Path) -> None:
    Everything(first).train(range(2), Numpy(tmp_path), resume=False)
    assert Everything(then).train(range(3), Numpy(tmp_path), resume=True) == expected
