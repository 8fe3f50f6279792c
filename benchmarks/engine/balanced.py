"""The balanced network of Vogels and Abbott, one second of model time, against Brian2's C++ standalone.

    BRIAN2_PYTHON=... python -m benchmarks.engine.balanced [--write] [--sizes 4000 ...]

Current-based, 80 % excitatory; each neuron has 80 inputs on average, 2 % of 4,000. Both are timed for the steps alone;
Brian2 tells processor time. Rates and variations are means over random networks that each side draws for itself, as
many as make their standard errors small against the bars: a single network of 4,000 neurons may be 5 % off the mean.
Source: Brette et al. 2007, "Simulation of networks of spiking neurons", benchmark 2.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from benchmarks.engine.balance import DT_MS, EXCITATORY, PARTNERS, RUN_MS, Means, statistics
from benchmarks.engine.harness import (
    PAGE,
    Bar,
    Contestant,
    Peer,
    Timing,
    arguments,
    cells,
    finish,
    header,
    peer,
    take_turns,
    trial,
)
from ml_genn.engines import embedded

SIZES = (4_000, 10_000, 30_000, 100_000)
STEPS = round(RUN_MS / DT_MS)
REPEATS, RATE_TOLERANCE, VARIATION_TOLERANCE = 5, 0.05, 0.10
NETWORKS = {4_000: 32, 10_000: 16, 30_000: 8}
FEWEST = REPEATS + 1
"""Networks of larger populations, as many as Brian2 draws while it is timed; they differ less from each other."""


def network(neurons: int, threads: int | None, seed: int = 5) -> Any:
    """Loaded; potentials in mV above rest at -49, synaptic input in mV."""
    model = embedded.GeNNModel("float", "balanced", num_threads=threads)
    model.dt, model.seed = DT_MS, seed
    # the input of a neuron decays within its step, so that both synapses and the membrane are solved exactly
    lif = embedded.create_neuron_model(
        "balanced_lif",
        params=["decay", "Vthresh", "Vreset", "TauRefrac"],
        vars=[("V", "scalar"), ("Waiting", "scalar")],
        sim_code="""
        if (Waiting > 0.0) { Waiting -= 1.0; }
        else { V = V * decay + Isyn; }
        """,
        threshold_condition_code="Waiting <= 0.0 && V > Vthresh",
        reset_code="V = Vreset; Waiting = TauRefrac;",
    )
    current = embedded.create_postsynaptic_model(
        "balanced_current", params=["decay", "reach"], sim_code="injectCurrent(reach * inSyn);\ninSyn *= decay;"
    )
    first = round(EXCITATORY * neurons)
    parameters = {"decay": np.exp(-DT_MS / 20), "Vthresh": -1.0, "Vreset": -11.0, "TauRefrac": 5.0 / DT_MS - 1.0}
    # within a population it is the order of neurons that tells excitatory from inhibitory ones
    start = np.random.default_rng(seed).uniform(-11.0, -1.0, neurons).astype(np.float32)
    waiting = np.zeros(neurons, np.float32)

    def population(name: str, begin: int, last: int) -> Any:
        values = {"V": start[begin:last], "Waiting": waiting[begin:last]}
        return model.add_neuron_population(name, last - begin, lif, parameters, values)

    groups = {
        "excitatory": population("excitatory", 0, first),
        "inhibitory": population("inhibitory", first, neurons),
    }
    for (pre, weight, tau), post in [
        (kind, post) for kind in (("excitatory", 1.62, 5.0), ("inhibitory", -9.0, 10.0)) for post in groups
    ]:
        # what an input of 1, decaying with tau, adds to the potential over a step
        reach = tau / (20 - tau) * (np.exp(-DT_MS / 20) - np.exp(-DT_MS / tau))
        model.add_synapse_population(
            f"{pre}_{post}",
            "SPARSE",
            groups[pre],
            groups[post],
            embedded.init_weight_update("StaticPulseConstantWeight", {"g": weight}),
            embedded.init_postsynaptic(current, {"decay": np.exp(-DT_MS / tau), "reach": reach}),
            embedded.init_sparse_connectivity("FixedProbability", {"prob": PARTNERS / neurons}),
        )
    for group in groups.values():
        group.spike_recording_enabled = True
    model.build()
    model.load(num_recording_timesteps=STEPS)
    return model


def measured(model: Any, neurons: int) -> dict[str, float]:
    """Statistics of the run just done."""
    times, ids, offset = [], [], 0
    for group in model.neuron_populations.values():
        when, who = group.spike_recording_data[0]
        times.append(when)
        ids.append(who + offset)
        offset += group.num_neurons
    return statistics(np.concatenate(times), np.concatenate(ids), neurons)


def ours(neurons: int, networks: int) -> Means:
    """Over networks of different seeds."""
    found = []
    for seed in range(1, networks + 1):
        model = network(neurons, None, seed)
        model.step_time(STEPS)
        found.append(measured(model, neurons))
        model.unload()
    return Means.of(found)


def compare(neurons: int) -> tuple[list[str], list[Bar], dict[str, Timing]]:
    """Rows, bars and medians of one size."""
    models = {"1 thread": network(neurons, 1), "2 threads": network(neurons, 2)}
    networks = NETWORKS.get(neurons, FEWEST)
    with peer("brian2", "brian2_balanced.py", neurons) as brian2:
        runs: dict[str, Contestant] = {name: trial(model, STEPS) for name, model in models.items()}
        told: list[dict[str, float]] = []
        if brian2 is not None:
            runs["Brian2"] = partial(remembering, brian2, told)
        timings = take_turns(runs, REPEATS)
        while brian2 is not None and len(told) < networks:
            remembering(brian2, told)
    for model in models.values():
        model.unload()
    here, there = ours(neurons, networks), Means.of(told) if brian2 is not None else None
    rows = []
    for name, timing in timings.items():
        found = there if name == "Brian2" and there is not None else here
        seconds = f"{timing.cpu:.3g}" + ("" if name == "Brian2" else f" ({timing.wall:.3g})")
        rows.append(cells(f"{neurons:,}", name, seconds, networks, *map(str, found.values())))
    if brian2 is None or there is None:
        return rows, [], timings
    faster = timings["Brian2"] / timings["1 thread"]
    rate, variation = here.rate / there.rate, here.variation / there.variation
    return (
        rows,
        [
            Bar(f"{neurons:,} neurons: faster than Brian2 {brian2.facts['version']}: {faster:.1f} times", faster > 1),
            Bar(f"{neurons:,} neurons: rate within 5 %: {rate}", rate.within(RATE_TOLERANCE)),
            Bar(f"{neurons:,} neurons: variation within 10 %: {variation}", variation.within(VARIATION_TOLERANCE)),
        ],
        timings,
    )


def remembering(brian2: Peer, told: list[dict[str, float]]) -> Timing:
    """A run of Brian2, which draws a network; what it says of it is kept."""
    timing = brian2()
    told.append(dict(brian2.facts))
    return timing


def plot(timings: dict[int, dict[str, Timing]]) -> None:
    """Draws how time grows with the number of neurons, beside the page."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(5.5, 3.6), layout="constrained")
    for name in next(iter(timings.values())):
        axes.loglog(list(timings), [timings[size][name].cpu for size in timings], "o-", label=name)
    axes.set(xlabel="neurons", ylabel="processor seconds for one second of model time")
    axes.grid(True, which="both", alpha=0.3)
    axes.legend()
    figure.savefig(PAGE.parent / "images" / "balanced.svg")


def main() -> None:
    """Prints the table."""
    parser = arguments()
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    options = parser.parse_args()
    titles = ("neurons", "", "CPU (wall) s", "networks", "rate, Hz", "variation of intervals")
    table, bars, timings = header(*titles), [], {}
    for neurons in options.sizes:
        rows, verdicts, timings[neurons] = compare(neurons)
        table, bars = [*table, *rows], [*bars, *verdicts]
        print("\n".join(rows), flush=True)
    if options.write:
        plot(timings)
        table += ["", "![how time grows](images/balanced.svg)"]
    finish("balanced", "Balanced network of Vogels and Abbott, 1 s in steps of 0.1 ms, batch 1", table, bars)


if __name__ == "__main__":
    main()
