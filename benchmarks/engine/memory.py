"""Most memory that a process holds for a model, against the bytes of the model's own state and weights.

    python -m benchmarks.engine.memory [--write]

Each model is described, built, loaded and run for some steps in a new process; what that process holds before the
description begins, as an array of weights that the user gives, is not counted.
"""

from __future__ import annotations

import os
import subprocess
import sys

from benchmarks.engine.harness import Bar, cells, finish, header

FACTOR, EXTRA_MIB = 1.5, 100.0

# fills the model and answers with the bytes that it cannot do without: variables, weights, indices of sparse rows
MODELS = {
    "dense, 8192 to 8192, weights drawn": """
weights = embedded.init_var("Normal", {"mean": 0.0, "sd": 1.0})
build(8192, 8192, "DENSE", weights, None, 1)
own = 4 * (8192 * 8192 + 3 * 8192)
""",
    "dense, 8192 to 8192, weights given": """
build(8192, 8192, "DENSE", given, None, 1)
own = 4 * (8192 * 8192 + 3 * 8192)
""",
    "sparse, 100,000 to 100,000, 80 synapses on average": """
rows = embedded.init_sparse_connectivity("FixedProbability", {"prob": 80 / 100_000})
build(100_000, 100_000, "SPARSE", 1.0, rows, 1)
own = 4 * (2 * 80 * 100_000 + 3 * 100_000)
""",
    "100,000 neurons, batch 128": """
build(100_000, 16, "DENSE", 0.0, None, 128)
own = 4 * (128 * (100_000 + 2 * 16) + 16 * 100_000)
""",
}

ONCE = """
import ctypes, resource, sys
from pathlib import Path
import numpy as np
from ml_genn.engines import embedded
import ml_genn.engines.embedded.cpu, ml_genn.engines.embedded.reference
def build(pre, post, kind, weights, connectivity, batch):
    global model
    model = embedded.GeNNModel("float", "memory")
    model.batch_size, model.seed = batch, 1
    neuron = embedded.create_neuron_model("n", vars=[("V", "scalar")], sim_code="V += Isyn;",
                                          threshold_condition_code="V >= 1.0", reset_code="V = 0.0;")
    one = model.add_neuron_population("one", pre, neuron, {}, {"V": 0.5})
    two = model.add_neuron_population("two", post, neuron, {}, {"V": 0.5})
    model.add_synapse_population("s", kind, one, two, embedded.init_weight_update("StaticPulse", {}, {"g": weights}),
                                 embedded.init_postsynaptic("DeltaCurr"), *filter(None, [connectivity]))
    model.build()
    model.load()
    model.step_time(10)
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
now = lambda: int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
given = np.ones(8192 * 8192, np.float32) if "given" in sys.argv[1] else None
before = now()
exec(sys.argv[1])
print(own, peak() - before, now() - before)
"""


def main() -> None:
    """Prints the table."""
    table, bars = header("", "own MiB", "most MiB", "afterwards MiB", "allowed MiB"), []
    for name, model in MODELS.items():
        command = [sys.executable, "-c", ONCE, model]
        answer = subprocess.run(command, capture_output=True, text=True, check=True, env=dict(os.environ))
        own, most, after = (float(word) / 2**20 for word in answer.stdout.split())
        allowed = FACTOR * own + EXTRA_MIB
        table.append(cells(name, *(f"{mib:,.0f}" for mib in (own, most, after, allowed))))
        bars.append(Bar(f"{name}: at most {allowed:,.0f} MiB: {most:,.0f}", most <= allowed))
    finish("memory", "Memory", table, bars)


if __name__ == "__main__":
    main()
