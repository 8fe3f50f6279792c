"""The balanced network of `benchmarks.engine.balanced` in Brian2, C++ standalone; times are of its simulation alone."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import brian2
import numpy as np
from brian2 import NeuronGroup, SpikeMonitor, Synapses, ms, mV, set_device
from serve import serve

sys.path.insert(0, str(Path(__file__).parents[3]))
from benchmarks.engine.balance import DT_MS, EXCITATORY, PARTNERS, RUN_MS, statistics

EQUATIONS = """
dv/dt  = (ge + gi - (v - El)) / taum : volt (unless refractory)
dge/dt = -ge / taue : volt
dgi/dt = -gi / taui : volt
"""


def main(neurons: int) -> None:
    """Builds and runs once; answers with the times of that run, then of the same binary run again."""
    folder = tempfile.mkdtemp()
    set_device("cpp_standalone", build_on_run=False)
    brian2.prefs.devices.cpp_standalone.openmp_threads = 0
    brian2.defaultclock.dt = DT_MS * ms
    constants = {"taum": 20 * ms, "taue": 5 * ms, "taui": 10 * ms, "El": -49 * mV, "Vt": -50 * mV, "Vr": -60 * mV}
    network = NeuronGroup(
        neurons, EQUATIONS, threshold="v > Vt", reset="v = Vr", refractory=5 * ms, method="exact", namespace=constants
    )
    network.v = "Vr + rand() * (Vt - Vr)"
    first = int(EXCITATORY * neurons)
    probability = PARTNERS / neurons
    excite = Synapses(network, network, on_pre="ge += 1.62*mV")
    excite.connect(f"i < {first}", p=probability)
    inhibit = Synapses(network, network, on_pre="gi -= 9*mV")
    inhibit.connect(f"i >= {first}", p=probability)
    spikes = SpikeMonitor(network)
    brian2.run(RUN_MS * ms)
    brian2.device.build(directory=folder, compile=True, run=False)
    began = time.perf_counter()

    def work() -> dict[str, Any]:
        brian2.device.run(directory=folder, with_output=False)
        seconds = brian2.device._last_run_time  # processor time of the steps, without files and drawing of synapses
        return {"wall": seconds, "cpu": seconds, **statistics(np.array(spikes.t / ms), np.array(spikes.i), neurons)}

    work()
    try:
        serve(work, version=brian2.__version__, set_up=time.perf_counter() - began)
    finally:
        os.chdir("/")
        shutil.rmtree(folder, ignore_errors=True)


main(int(sys.argv[1]))
