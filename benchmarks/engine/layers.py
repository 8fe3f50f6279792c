"""A deep network without feedback: all layers in each step, against each layer for many steps before the next.

    python -m benchmarks.engine.layers [--write]

Each of 16 layers is dense; their weights together exceed the second-level cache, those of one layer do not. Inputs fire
at random, weights are such that activity neither grows nor dies out. Batch 1 and 1 thread.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.engine.harness import Bar, cells, finish, header, take_turns, trial
from ml_genn.engines import embedded
from ml_genn.engines.embedded.cpu.run import stage

LAYERS, STEPS, REPEATS = 16, 2000, 9
SIZES = (128, 256, 384, 512, 768)
BAR = 1.2


def network(size: int, *, layer_by_layer: bool) -> Any:
    """Loaded; each layer runs ahead of the next, or none does."""
    before, stage.CACHE_BYTES = stage.CACHE_BYTES, 0 if layer_by_layer else 1 << 60
    model = embedded.GeNNModel("float", "layers", num_threads=1)
    model.seed = 4
    noise = embedded.create_neuron_model("noise", params=["Rate"], threshold_condition_code="gennrand_uniform() < Rate")
    lif = embedded.create_neuron_model(
        "lif",
        vars=[("V", "scalar"), ("Spikes", "unsigned int")],
        sim_code="V = 0.95 * V + Isyn;",
        threshold_condition_code="V >= 1.0",
        reset_code="V = 0.0; Spikes++;",
    )
    generator = np.random.default_rng(6)
    layer = model.add_neuron_population("layer0", size, noise, {"Rate": 0.1})
    for number in range(1, LAYERS + 1):
        target = model.add_neuron_population(f"layer{number}", size, lif, {}, {"V": 0.0, "Spikes": 0})
        weights = generator.normal(1.1 / size, 1.1 / np.sqrt(size), size * size).astype(np.float32)
        model.add_synapse_population(
            f"to{number}",
            "DENSE",
            layer,
            target,
            embedded.init_weight_update("StaticPulse", {}, {"g": weights}),
            embedded.init_postsynaptic("DeltaCurr"),
        )
        layer = target
    model.build()
    model.load()
    stage.CACHE_BYTES = before
    return model


def main() -> None:
    """Prints the table."""
    table = header(
        "neurons a layer", "weights, MiB", "last layer fires", "step by step, CPU (wall) us", "layer by layer", "faster"
    )
    ratios = {}
    for size in SIZES:
        models = {way: network(size, layer_by_layer=way) for way in (False, True)}
        timings = take_turns({str(way): trial(model, STEPS) for way, model in models.items()}, REPEATS)
        spikes = [model.neuron_populations[f"layer{LAYERS}"].vars["Spikes"].view for model in models.values()]
        if not np.array_equal(*spikes):
            raise SystemExit("the two ways differ")
        mib, ratios[size] = LAYERS * size * size * 4 / 2**20, timings["False"] / timings["True"]
        times = [timings[str(way)].ms(STEPS / 1000) for way in (False, True)]
        table.append(cells(size, f"{mib:.3g}", f"{spikes[0].mean() / STEPS:.1%}", *times, f"{ratios[size]:.2f}"))
    best = max(ratios.values())
    bars = [Bar(f"at least {BAR:g} times faster where a layer's weights fit the cache: {best:.2f}", best >= BAR)]
    finish("layers", f"{LAYERS} dense layers without feedback, batch 1, 1 thread, per step", table, bars)


if __name__ == "__main__":
    main()
