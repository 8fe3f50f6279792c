"""MNIST digits as latency-coded spikes: the first layer of GeNN's mushroom body tutorial, on the embedded engine.

Each of 784 projection neurons gets a current in proportion to one pixel and spikes once, the sooner the brighter. The
statements are the tutorial's: only the two imports of mnist and pygenn differ, and the last lines, which write all
figures (one image and four rasters) to files instead of showing them in a notebook:

    ML_GENN_DATA=... MPLBACKEND=agg python examples/mushroom_body_first_layer.py [FOLDER]
"""

# ruff: noqa: F401, I001, B007 - as in the tutorial
import sys
from pathlib import Path

import mnist_data as mnist
import numpy as np
from copy import copy
from matplotlib import pyplot as plt
from ml_genn.engines.embedded import create_current_source_model, init_postsynaptic, init_weight_update, GeNNModel

# Each image is scaled so that its pixels sum to one: all images inject the same total current
training_images = mnist.train_images()
training_images = np.reshape(training_images, (training_images.shape[0], -1)).astype(np.float32)
training_images /= np.sum(training_images, axis=1)[:, np.newaxis]

fig, axis = plt.subplots()
axis.imshow(np.reshape(training_images[0], (28, 28)))

# Step in ms; nA per unit of pixel; one neuron per pixel; how long an image is shown, in ms
DT = 0.1
INPUT_SCALE = 80.0
NUM_PN = 784
PRESENT_TIME_MS = 20.0

LIF_PARAMS = {
    "C": 0.2,
    "TauM": 20.0,
    "Vrest": -60.0,
    "Vreset": -60.0,
    "Vthresh": -50.0,
    "Ioffset": 0.0,
    "TauRefrac": 2.0,
}

# A refractory time far longer than the image is shown lets each neuron spike at most once
PN_PARAMS = copy(LIF_PARAMS)
PN_PARAMS["TauRefrac"] = 100.0

# Pixels reach the neurons as a variable of a current source
cs_model = create_current_source_model(
    "cs_model", vars=[("magnitude", "scalar")], injection_code="injectCurrent(magnitude);"
)

model = GeNNModel("float", "mnist_mb_first_layer")
model.dt = DT

lif_init = {"V": PN_PARAMS["Vreset"], "RefracTime": 0.0}
pn = model.add_neuron_population("pn", NUM_PN, "LIF", PN_PARAMS, lif_init)
pn.spike_recording_enabled = True

pn_input = model.add_current_source("pn_input", cs_model, pn, {}, {"magnitude": 0.0})

present_timesteps = int(round(PRESENT_TIME_MS / DT))  # noqa: RUF046

model.build()
model.load(num_recording_timesteps=present_timesteps)


def reset_neuron(pop, var_init):
    """Sets variables back to their initial values, so that an image leaves nothing behind."""
    for var_name, var_val in var_init.items():
        pop.vars[var_name].view[:] = var_val
        pop.vars[var_name].push_to_device()


for s in range(4):
    pn_input.vars["magnitude"].view[:] = training_images[s] * INPUT_SCALE
    pn_input.vars["magnitude"].push_to_device()

    for i in range(present_timesteps):
        model.step_time()

    reset_neuron(pn, lif_init)

    model.pull_recording_buffers_from_device()

    fig, axis = plt.subplots()
    pn_spike_times, pn_spike_ids = pn.spike_recording_data[0]
    axis.scatter(pn_spike_times, pn_spike_ids, s=1)
    axis.set_xlabel("Time [ms]")

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
for number in plt.get_fignums():
    plt.figure(number).savefig(folder / f"mushroom_body_{number}.png")
