"""The log of a training, as the `RunLog` callback writes it and reports read it: one JSON object on each line.

The first line of each run into the file is a header:

    schema          SCHEMA
    start_epoch     number of the run's first epoch; what earlier lines say of it and of later epochs holds no more
    batch_size      examples that are learnt together
    timesteps       timesteps of a trial

Each further line is an epoch; numbers that are not finite are null:

    epoch                                     its number
    examples                                  how many were learnt
    loss, validation_loss                     mean loss by output; validation_loss is null without validation data
    metrics, validation_metrics               by output, results by name of the metric; likewise
    populations                               by population: neurons, rate (mean spikes of a neuron in a trial), silent
                                              (neurons that never spiked), spikes, clamped (of these, slopes too small)
    lost_label_spikes                         examples without the spike of their label, by output
    learning_rates                            `alpha` of each optimiser when the epoch began
    seconds, cpu_seconds, parts               times, in all and by part ("input", "simulation", "backward")
"""

SCHEMA = "ml-genn training log 1"
