"""What delays cost in EventProp: CPU time of a batch, and memory, with and without a delay for each synapse.

A 700-256 layer with outputs behind it, 500 timesteps of 1 ms, batches of 32 with 8,000 input spikes per example. Times
are CPU times of `train` with one thread, the least of several batches; memory is the largest resident set of a process
that does nothing else. Delays take memory in proportion to neurons times the longest delay.

    python benchmarks/training/delays.py
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np

from ml_genn import Connection, Network, Population
from ml_genn.compilers import EventPropCompiler
from ml_genn.compilers.event_prop_compiler import default_params
from ml_genn.connectivity import Dense
from ml_genn.neurons import LeakyIntegrate, LeakyIntegrateFire, SpikeInput
from ml_genn.synapses import Exponential
from ml_genn.utils.data import preprocess_spikes

INPUTS, HIDDEN, OUTPUTS, BATCH, TIMESTEPS, SPIKES = 700, 256, 20, 32, 500, 8000
LONGEST = 60
BATCHES = 5
RATIO = 2.0


def spikes(rng: np.random.Generator) -> list[Any]:
    """A batch of examples."""
    return [
        preprocess_spikes(np.sort(rng.uniform(0.0, 400.0, SPIKES)), rng.integers(0, INPUTS, SPIKES), INPUTS)
        for _ in range(BATCH)
    ]


def build(rng: np.random.Generator, delays: Any) -> tuple[Any, ...]:
    """The network, its input and its output."""
    with Network(default_params) as network:
        source = Population(SpikeInput(max_spikes=SPIKES * BATCH), INPUTS)
        hidden = Population(LeakyIntegrateFire(), HIDDEN)
        output = Population(LeakyIntegrate(readout="avg_var"), OUTPUTS)
        Connection(source, hidden, Dense(rng.normal(0.03, 0.01, (INPUTS, HIDDEN)), delay=delays), Exponential(5.0))
        Connection(hidden, output, Dense(rng.normal(0.0, 0.03, (HIDDEN, OUTPUTS))), Exponential(5.0))
    return network, source, output


def measure(kind: str) -> tuple[float, float, float]:
    """CPU milliseconds of a batch, resident megabytes and spikes of a hidden neuron, for a kind of delays."""
    rng = np.random.default_rng(1)
    delays: Any = {"none": 0, "number": LONGEST // 2, "array": rng.integers(0, LONGEST + 1, (INPUTS, HIDDEN))}[kind]
    network, source, output = build(rng, delays)
    compiler = EventPropCompiler(
        TIMESTEPS, "sparse_categorical_crossentropy", batch_size=BATCH, rng_seed=1, num_threads=1
    )
    x, y = spikes(rng), rng.integers(0, OUTPUTS, BATCH)
    seconds = []
    with compiler.compile(network) as trained:
        for _ in range(BATCHES):
            began = time.process_time()
            trained.train({source: x}, {output: y}, 1, callbacks=[])
            seconds.append(time.process_time() - began)
        trained.predict({source: x}, output, callbacks=[])
        rate = float(np.mean(trained.neuron_populations[network.populations[1]].vars["TapeSpikes"].view))
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return 1e3 * min(seconds), resident, rate


def main() -> None:
    """Print the table, and say whether the bar is met."""
    if len(sys.argv) > 1:
        print(*measure(sys.argv[1]))
        return
    print("| delays | CPU, ms a batch | over none | resident, MB | spikes of a hidden neuron |\n|---|---|---|---|---|")
    found = {}
    for kind in ("none", "number", "array"):
        answer = subprocess.run([sys.executable, __file__, kind], check=True, capture_output=True, text=True).stdout
        found[kind] = [float(part) for part in answer.split()[-3:]]
        milliseconds, resident, rate = found[kind]
        ratio = milliseconds / found["none"][0]
        print(f"| {kind} | {milliseconds:.1f} | {ratio:.2f} | {resident:.0f} | {rate:.1f} |", flush=True)
    if found["array"][0] > RATIO * found["none"][0]:
        raise SystemExit(f"delays of each synapse take more than {RATIO} times as long as none")


if __name__ == "__main__":
    main()
