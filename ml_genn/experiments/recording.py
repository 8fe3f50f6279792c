"""What single trials of a training were like: spikes, variables and weights, a file for each trial."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, final

import numpy as np

from ..atomic import write_bytes_atomic
from ..callbacks import Callback
from ..callbacks.variable_tape import VariableTape
from ..errors import UsageError
from ..serialisers.serialiser import make_folder
from .experiment import Parts
from .parameters import Parameter, Trials, Values, Words

RECORDINGS = "recordings"
"""Folder of the files, EPOCH-TRIAL.npz."""

RECORDING: Mapping[str, Parameter] = {
    "rec_spikes": Parameter((), "list of the populations whose spikes are recorded: input, hidden, output", kind=Words),
    "rec_neurons": Parameter((), "list of variables that are recorded, as hidden.V,output.V", kind=Words),
    "rec_synapses": Parameter((), "list of weights that are recorded, as in_to_hid.w,hid_to_out.w", kind=Words),
}
"""Parameters of all experiments that record; what is recorded is recorded in all trials."""

CHOSEN_TRIALS: Mapping[str, Parameter] = {
    f"{name}_epoch_trial": Parameter((), f"list of [epoch,trial] in which {what}", kind=Trials)
    for name, what in (
        ("rec_spikes", "rec_spikes are recorded"),
        ("rec_neurons", "rec_neurons are recorded"),
        ("rec_synapses", "rec_synapses are recorded"),
        ("w_output", "all weights are recorded"),
    )
}
"""Parameters of experiments that record in some trials only."""

AT_INTERVALS: Mapping[str, Parameter] = {
    "w_report_interval": Parameter(100, "number of trials from one recording of all weights to the next", low=1),
    "w_epoch_interval": Parameter(10, "number of epochs from one in which weights are recorded to the next", low=1),
}
"""Parameters of experiments that record weights from time to time."""


def recorder(p: Values, parts: Parts, folder: Path) -> list[Callback]:
    """The callback that records what the parameters ask for, if they are those of an experiment that records.

    Populations whose spikes it needs are told to record them, so that it has to be made before the network is compiled.

    Raises:
        UsageError: there is no such population, variable or connection, or there are trials without a word of what to
            record in them.
    """
    if not hasattr(p, "rec_spikes"):
        return []
    for name in RECORDING:
        if getattr(p, f"{name}_epoch_trial", ()) and not getattr(p, name):
            raise UsageError(f"{name}_epoch_trial says when to record, but {name} names nothing; say what, too")
    found = TrialRecorder(p, parts, folder / RECORDINGS)
    return [found] if found.records else []


@final
class TrialRecorder(Callback):
    """Writes spikes, variables and weights of trials, those weights that the trial met.

    Arrays of a file: "hidden_times" [ms], "hidden_ids" and "hidden_examples", an entry for each spike; "hidden_V" of
    shape (examples, timesteps, neurons); "in_to_hid_w" of shape (sources, targets).

    Args:
        p: parameters.
        parts: the network.
        folder: where to.
    """

    end_timesteps = ()  # the engine runs on: it keeps what each step leaves

    def __init__(self, p: Values, parts: Parts, folder: Path) -> None:
        self._folder = folder
        self._wanted = _wanted(p)
        self._populations = {name: population for population, name in parts.names().items()}
        self._weights = _weights(parts)
        self._spikes = [_known(name, self._populations, "rec_spikes") for name in p.rec_spikes]
        self._variables = [_pair(name, self._populations, "rec_neurons") for name in p.rec_neurons]
        self._synapses = [_pair(name, self._weights, "rec_synapses")[0] for name in p.rec_synapses]
        for name in self._spikes:
            self._populations[name].record_spikes = True
        asked = bool(self._spikes or self._variables or self._synapses)
        self.records = asked or bool(getattr(p, "w_output_epoch_trial", True))
        self._epoch = 0
        self._found: dict[str, np.ndarray] = {}
        self._tapes: dict[str, VariableTape] = {}

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        self._network = compiled_network
        for name in self._spikes:
            compiled_network.record(self._populations[name])
        for name, variable in self._variables:
            population = self._populations[name]
            known = compiled_network.neuron_populations[population].vars
            if variable not in known:
                raise UsageError(f"rec_neurons={name}.{variable}: {name} has the variables {', '.join(known)}")
            everyone = np.arange(population.num_neurons)
            tape = VariableTape(compiled_network, population, known[variable], everyone, None)
            self._tapes[f"{name}_{variable}"] = tape

    def on_epoch_begin(self, epoch: int) -> None:
        self._epoch = epoch

    def on_batch_begin(self, batch: int) -> None:
        everything = self._wanted["w_output"](self._epoch, batch)
        chosen = self._synapses if self._wanted["rec_synapses"](self._epoch, batch) else []
        names = dict.fromkeys([*(self._weights if everything else ()), *chosen])
        values = self._network.learnt_values() if names else {}
        for name in names:
            connection = self._weights[name]
            shape = (connection.source().num_neurons, connection.target().num_neurons)
            self._found[f"{name}_w"] = values[f"{connection.name}.weight"].reshape(shape)

    def on_timestep_end(self, timestep: int) -> None:
        for tape in self._tapes.values():
            tape.after_step()

    def on_batch_end(self, batch: int, metrics: dict[Any, Any]) -> None:
        if self._wanted["rec_spikes"](self._epoch, batch):
            for name in self._spikes:
                self._found |= self._spikes_of(name)
        for name, tape in self._tapes.items():
            tape.after_batch(batch)
            values, tape.data = tape.data, []
            if self._wanted["rec_neurons"](self._epoch, batch):
                self._found[name] = np.stack(values)
        found, self._found = self._found, {}
        if found:
            make_folder(self._folder)
            content = io.BytesIO()
            np.savez(content, allow_pickle=False, **found)
            write_bytes_atomic(self._folder / f"{self._epoch}-{batch}.npz", content.getvalue())

    def close(self) -> None:
        for tape in self._tapes.values():
            tape.stop()
        self._tapes = {}

    def _spikes_of(self, name: str) -> dict[str, np.ndarray]:
        spikes = self._network.spikes(self._populations[name])
        trains = [spikes.train(example) for example in range(self._network.num_examples)]
        times, ids = (np.concatenate(parts) for parts in zip(*trains, strict=True))
        examples = np.repeat(np.arange(len(trains)), [len(train[0]) for train in trains])
        return {f"{name}_times": times, f"{name}_ids": ids, f"{name}_examples": examples}


def _wanted(p: Values) -> dict[str, Callable[[int, int], bool]]:
    """Whether something is recorded in a trial, a function of epoch and trial, by name of the parameter."""

    def in_trials(name: str) -> Callable[[int, int], bool]:
        trials = getattr(p, f"{name}_epoch_trial", None)
        return lambda epoch, trial: trials is None or (epoch, trial) in trials

    def at_intervals(epoch: int, trial: int) -> bool:
        return bool(epoch % p.w_epoch_interval == 0 and trial % p.w_report_interval == 0)

    weights = at_intervals if hasattr(p, "w_epoch_interval") else in_trials("w_output")
    return {**{name: in_trials(name) for name in RECORDING}, "w_output": weights}


def _weights(parts: Parts) -> dict[str, Any]:
    """Connections by the names of the populations that they join."""
    short = {population: name[: 2 if name == "input" else 3] for population, name in parts.names().items()}
    ends = {one: tuple(short[population] for population in one.ends) for one in parts.network.connections}
    return {"_to_".join(names): connection for connection, names in ends.items()}


def _known(name: str, known: Mapping[str, Any], parameter: str) -> str:
    if name not in known:
        raise UsageError(f"{parameter}={name} is not known; it can name {', '.join(known)}")
    return name


def _pair(text: str, known: Mapping[str, Any], parameter: str) -> tuple[str, str]:
    name, _, variable = text.partition(".")
    _known(name, known, parameter)
    if not variable or (parameter == "rec_synapses" and variable != "w"):
        expected = f"its weights, {name}.w" if parameter == "rec_synapses" else f"a variable, as {name}.V"
        raise UsageError(f"{parameter}={text} must name {expected}")
    return name, variable
