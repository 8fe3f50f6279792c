"""Input neuron that plays back spike trains."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, final

import numpy as np

from ..access import VarAccess
from ..errors import DataError
from ..model import ExtraGlobalParam, NeuronModel, Var
from ..network import network_default_params
from ..values import Value
from .input import Input
from .neuron import Neuron

if TYPE_CHECKING:
    from ..population import Population


_ROUNDING = 2.0**-22
"""More than three roundings to single precision, of dt, of a step's time and of a spike's."""


@final
class SpikeInput(Neuron, Input):
    """Spikes at given times: in the first step with t >= the next time, at most once per step.

    Engines may count t in single precision. A time that this cannot tell from a multiple of dt belongs to that step.

    Spikes whose step lies beyond the trial are not sent, so that times may be later than the trial is long.

    Input is one PreprocessedSpikes object per example, with `spike_times` [ms] sorted by (neuron, time) and
    `end_spikes`, for each neuron the index after its last spike.

    Args:
        max_spikes: room for the spikes of a whole batch.
    """

    max_spikes = Value(whole=True, low=1)
    output_var_name = None

    @network_default_params
    def __init__(self, max_spikes: int = 1_000_000) -> None:
        super().__init__()
        self.max_spikes = max_spikes

    def get_model(self, population: Population, dt: float, batch_size: int) -> NeuronModel:
        return NeuronModel(
            threshold_condition_code="StartSpike != EndSpike && t >= SpikeTimes[StartSpike]",
            reset_code="StartSpike++;",
            vars=(
                Var("StartSpike", 0, "unsigned int"),
                Var("EndSpike", 0, "unsigned int", VarAccess.READ_ONLY_DUPLICATE),
            ),
            extra_global_params=(ExtraGlobalParam("SpikeTimes", np.zeros(self.max_spikes, np.float32)),),
        )

    def set_input(self, genn_pop: Any, batch_size: int, shape: tuple[int, ...], input: Any) -> None:
        examples = input if isinstance(input, Sequence) and not hasattr(input, "end_spikes") else [input]
        num_neurons = int(np.prod(shape))
        trains, lasts = self._trains(examples, batch_size, num_neurons)
        offsets = np.zeros(len(trains) + 1, np.int64)
        np.add.accumulate(np.fromiter(map(len, trains), np.int64, len(trains)), out=offsets[1:])
        ends = np.concatenate(lasts).reshape(len(lasts), num_neurons) + offsets[:-1, np.newaxis]
        spike_times = np.concatenate(trains)
        _check_order(examples, ends, spike_times, offsets)
        start, end = np.full((2, batch_size * num_neurons), offsets[-1], np.uint32)
        end[: ends.size] = ends.reshape(-1)
        start[0], start[1 : ends.size] = 0, end[: ends.size - 1]  # each begins where the one before ends
        times = genn_pop.extra_global_params["SpikeTimes"]
        times.view[: offsets[-1]] = spike_times
        times.push_to_device()
        for name, values in (("StartSpike", start), ("EndSpike", end)):
            variable = genn_pop.vars[name]
            variable.view[:] = values.reshape(variable.view.shape)
            variable.push_to_device()

    def on_clock(self, input: Any, dt: float) -> Any:
        if float(np.float32(dt)) >= dt:  # no multiple of dt is reached late
            return input
        examples = input if isinstance(input, Sequence) and not hasattr(input, "end_spikes") else [input]
        return [_on_clock(example, dt) for example in examples]

    def _trains(
        self, examples: Sequence[Any], batch_size: int, num_neurons: int
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Times of spikes and the ends of neurons' shares in them, of each example."""
        if len(examples) > batch_size:
            raise DataError(f"{len(examples)} examples of spikes do not match batch size {batch_size}")
        trains, ends = list[np.ndarray](), list[np.ndarray]()
        for index, example in enumerate(examples):
            try:
                trains.append(example.spike_times)
                ends.append(example.end_spikes)
            except AttributeError:
                raise DataError(
                    f"example {index}: SpikeInput takes PreprocessedSpikes objects, as preprocess_spikes makes them"
                ) from None
            if len(ends[-1]) != num_neurons:
                raise DataError(
                    f"example {index} has spikes of {len(ends[-1])} neurons, the population has {num_neurons}"
                )
        total = sum(map(len, trains))
        if total > self.max_spikes:
            raise DataError(
                f"the batch has {total} spikes, SpikeInput has room for {self.max_spikes}; raise max_spikes"
            )
        return trains, ends


def _on_clock(example: Any, dt: float) -> Any:
    """An example whose times on the grid of steps come before the clock's, in single precision and in double."""
    if not hasattr(example, "spike_times") or not hasattr(example, "end_spikes"):
        return example  # which set_input refuses
    steps = np.asarray(example.spike_times, np.float64) / dt
    nearest = np.rint(steps)
    on_grid = np.abs(steps - nearest) <= _ROUNDING * steps
    times = np.where(on_grid, nearest * dt * (1.0 - _ROUNDING), example.spike_times)
    return SimpleNamespace(end_spikes=example.end_spikes, spike_times=times)


def _check_order(examples: Sequence[Any], ends: np.ndarray, times: np.ndarray, offsets: np.ndarray) -> None:
    """Check that the times of each neuron ascend, in all examples at once.

    Args:
        examples: as they were given, to name the first that is wrong.
        ends: for each example and neuron the index after its last spike among those of all examples.
        times: spike times of all examples.
        offsets: where the spikes of each example begin, and the number of all.
    """
    all_ends = ends.reshape(-1)
    ascend = all_ends[0] >= 0 and (all_ends[1:] >= all_ends[:-1]).all()
    if ascend and (ends[:, -1] == offsets[1:]).all() and times.min(initial=0.0) >= 0.0:
        late = np.empty(len(times) + 1, bool)
        np.less(times[1:], times[:-1], out=late[1:-1])
        late[0] = late[all_ends] = False  # the first spike of a neuron may be earlier than the one before, of another
        if not late.any():
            return
    for index, example in enumerate(examples):
        _check_example(index, np.asarray(example.end_spikes), np.asarray(example.spike_times))


def _check_example(index: int, ends: np.ndarray, times: np.ndarray) -> None:
    """Check one example: a neuron would wait for an early spike that comes late."""
    if (np.diff(ends, prepend=0) < 0).any() or ends[-1] != len(times):
        raise DataError(
            f"example {index}: end_spikes must not descend and end with the number of spikes, {len(times)}; "
            "make spikes with preprocess_spikes"
        )
    if not np.min(times, initial=0.0) >= 0.0:
        raise DataError(f"example {index}: a spike comes at {np.min(times)} ms; times begin at 0")
    may_descend = np.zeros(len(times) + 1, bool)
    may_descend[ends] = True
    late = np.flatnonzero((times[1:] < times[:-1]) & ~may_descend[1:-1])
    if late.size:
        raise DataError(
            f"example {index}: the spikes of neuron {np.searchsorted(ends, late[0], side='right')} are not sorted by "
            "time; make them with preprocess_spikes"
        )
