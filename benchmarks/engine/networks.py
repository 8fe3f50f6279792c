"""Networks of the benchmarks by PyGeNN's names, so that one text builds them on the embedded engine and on PyGeNN."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

INPUTS, HIDDEN, OUTPUTS, STEPS, INPUT_SPIKES = 700, 256, 20, 1000, 8000
ALPHA, BETA = float(np.exp(-1 / 20)), float(np.exp(-1 / 5))  # decay per step of 1 ms of potentials and currents


def shd_weights() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Input, recurrent and output weights with which a hidden neuron fires some 18 times a second."""
    generator = np.random.default_rng(1)
    sizes = ((INPUTS, HIDDEN, 0.9, 2.0), (HIDDEN, HIDDEN, -0.34, 0.5), (HIDDEN, OUTPUTS, 0.0, 0.3))
    drawn = [generator.normal(mean, sd, (pre, post)) / np.sqrt(pre) for pre, post, mean, sd in sizes]
    return tuple(weights.astype(np.float32) for weights in drawn)  # type: ignore[return-value]


def shd_spikes(example: int) -> tuple[np.ndarray, np.ndarray]:
    """Steps and neurons of the input spikes of one example, sorted by neuron and step, none twice."""
    generator = np.random.default_rng(100 + example)
    step = np.clip(generator.normal(400, 200, 2 * INPUT_SPIKES), 0, STEPS - 1).astype(np.int64)
    neuron = generator.integers(0, INPUTS, len(step))
    keys = generator.permutation(np.unique(neuron * STEPS + step))[:INPUT_SPIKES]
    neuron, step = np.divmod(np.sort(keys), STEPS)
    return step, neuron


def spike_table(examples: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For SpikeSourceArray: times of all examples, and begin and end of each neuron's, [examples][neurons]."""
    times, begin, end, offset = [], [], [], 0
    for example in range(examples):
        step, neuron = shd_spikes(example)
        counts = np.bincount(neuron, minlength=INPUTS)
        end.append(offset + np.cumsum(counts))
        begin.append(end[-1] - counts)
        times.append(step)
        offset += len(step)
    return np.concatenate(times).astype(np.float32), np.array(begin, np.uint32), np.array(end, np.uint32)


def shd_like(genn: ModuleType, batch: int, **options: Any) -> Any:
    """700 inputs, 256 recurrent spiking neurons, 20 leaky readouts; not built yet."""
    model = genn.GeNNModel("float", "shd_like", **options)
    model.dt, model.batch_size = 1.0, batch
    times, begin, end = (
        array if batch > 1 else array[0] for array in ([spike_table(batch)[0]], *spike_table(batch)[1:])
    )
    lif = genn.create_neuron_model(
        "lif",
        params=["Alpha", "Vthresh"],
        vars=[("V", "scalar"), ("Spikes", "unsigned int")],
        sim_code="V = Alpha * V + (1.0 - Alpha) * Isyn;",
        threshold_condition_code="V >= Vthresh",
        reset_code="V = 0.0; Spikes++;",
    )
    readout = genn.create_neuron_model(
        "readout", params=["Alpha"], vars=[("V", "scalar")], sim_code="V = Alpha * V + (1.0 - Alpha) * Isyn;"
    )
    current = genn.create_postsynaptic_model(
        "current", params=["Beta"], sim_code="injectCurrent(inSyn);\ninSyn *= Beta;"
    )
    source = model.add_neuron_population(
        "input", INPUTS, "SpikeSourceArray", {}, {"startSpike": begin, "endSpike": end}
    )
    source.extra_global_params["spikeTimes"].set_init_values(np.asarray(times).ravel())
    hidden = model.add_neuron_population(
        "hidden", HIDDEN, lif, {"Alpha": ALPHA, "Vthresh": 1.0}, {"V": 0.0, "Spikes": 0}
    )
    output = model.add_neuron_population("output", OUTPUTS, readout, {"Alpha": ALPHA}, {"V": 0.0})
    pairs = ((source, hidden), (hidden, hidden), (hidden, output))
    for (pre, post), weights in zip(pairs, shd_weights(), strict=True):
        model.add_synapse_population(
            f"{pre.name}_{post.name}",
            "DENSE",
            pre,
            post,
            genn.init_weight_update("StaticPulse", {}, {"g": weights.ravel()}),
            genn.init_postsynaptic(current, {"Beta": BETA}),
        )
    return model
