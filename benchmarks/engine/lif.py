"""A million LIF neurons with refractoriness, one step, against moving the same bytes through memory.

    python -m benchmarks.engine.lif [--write]

Each step reads and writes membrane potential, refractory time and synaptic input; the stream does so to as
many bytes side by side, adding a number to each element.
"""

from __future__ import annotations

import ctypes

import numpy as np

from benchmarks.engine.harness import Bar, cells, finish, header, take_turns, timed
from ml_genn.engines.embedded import GeNNModel, init_postsynaptic, init_weight_update
from ml_genn.engines.embedded.cpu.build import build_library

NEURONS, STEPS, ARRAYS, BAR = 1_000_000, 20, 3, 1.5
STREAM = """
#include <stdint.h>
__attribute__((visibility("default"))) void stream(float *restrict a, int64_t count, int64_t repeats) {
    for (int64_t r = 0; r < repeats; ++r) {
        for (int64_t i = 0; i < count; ++i) a[i] += 1.0f;
        __asm__ volatile("" ::: "memory"); // each pass is made for itself
    }
}
"""


def neurons() -> GeNNModel:
    """LIF neurons of which each fires once in 100 steps, all at different times."""
    model = GeNNModel("float", "lif", num_threads=1)
    model.dt = 1.0
    parameters = {
        "C": 1.0,
        "TauM": 20.0,
        "Vrest": 0.0,
        "Vreset": 0.0,
        "Vthresh": 1.0,
        "Ioffset": 0.0504,
        "TauRefrac": 5.0,
    }
    phase = np.random.default_rng(0).random(NEURONS)
    start = (1.008 * (1.0 - np.exp(-4.83 * phase))).astype(np.float32)
    lif = model.add_neuron_population("lif", NEURONS, "LIF", parameters, {"V": start, "RefracTime": 0.0})
    silent = model.add_neuron_population("silent", 1, "SpikeSource")
    model.add_synapse_population(
        "input",
        "DENSE",
        silent,
        lif,
        init_weight_update("StaticPulseConstantWeight", {"g": 0.0}),
        init_postsynaptic("DeltaCurr"),
    )
    lif.spike_recording_enabled = True
    model.build()
    model.load(num_recording_timesteps=STEPS)
    return model


def main() -> None:
    """Prints the table."""
    library = ctypes.CDLL(str(build_library(STREAM, 0)[1]))
    memory = np.zeros(ARRAYS * NEURONS + 16, np.float32)
    place = (ctypes.c_void_p(memory.ctypes.data + -memory.ctypes.data % 64), ctypes.c_int64(ARRAYS * NEURONS))
    model = neurons()
    model.step_time(200)
    timings = take_turns(
        {
            "LIF": timed(lambda: model.step_time(STEPS)),
            "stream": timed(lambda: library.stream(*place, ctypes.c_int64(STEPS))),
        }
    )
    firing = len(model.neuron_populations["lif"].spike_recording_data[0][0]) / STEPS / NEURONS
    ratio = timings["LIF"] / timings["stream"]
    table = header("", "CPU (wall) ms per step", "ns per neuron")
    for name, timing in timings.items():
        table.append(cells(name, timing.ms(STEPS), f"{1e9 * timing.cpu / STEPS / NEURONS:.2f}"))
    bar = Bar(f"at most {BAR:g} times the stream's time, {firing:.1%} firing: {ratio:.2f}", ratio <= BAR)
    finish("lif", "10^6 LIF neurons with refractoriness, 1 thread", table, [bar])


if __name__ == "__main__":
    main()
