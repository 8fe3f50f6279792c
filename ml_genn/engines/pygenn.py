"""Real PyGeNN as an engine: its own functions and models, and the extensions of `engines/api.py` as far as it can.

PyGeNN is not on the package index, so it is optional.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from importlib import import_module
from typing import Any, final

import numpy as np

from ml_genn.engines.api import FUNCTIONS, Capabilities, Engine
from ml_genn.errors import UnsupportedError

INSTALLATION = "https://genn-team.github.io/genn/documentation/5/installation.html"

_COUNTS = ("srcSpkCnt", "srcSpkCntEvent")
"""PyGeNN's names of the counts of spikes and of spike-like events that synapse groups have yet to deliver."""


_COPIED = ("REDUCE_BATCH_SUM",)
"""Accesses of variables that here have a copy for each example: what takes shards elsewhere then takes these."""


def make_engine() -> Engine:
    """The engine.

    Raises:
        UnsupportedError: PyGeNN is not installed.
    """
    try:
        pygenn = import_module("pygenn")
    except ImportError as error:
        raise UnsupportedError(
            f"the engine 'pygenn' needs PyGeNN, which cannot be imported ({error}); see {INSTALLATION}, "
            f"or use the engine 'embedded'"
        ) from error
    gpu = any(name != "single_threaded_cpu" for name in pygenn.genn_model.backend_modules)
    capabilities = Capabilities(
        strided_toeplitz=False,
        graded=False,
        multi_step=False,
        batches=gpu,
        live_views=False,
        example_offset=False,
        joint_reductions=False,
        connectivity_tables=False,
        kernel_sums=False,
        procedural=gpu,
        reload=False,
        joint_phases=False,
        short_recordings=False,
    )
    model_class = _model_class(pygenn)

    def create_model(precision: str, model_name: str, *, num_threads: int | None = None) -> Any:
        return model_class(precision, model_name, optimize_code=True)

    functions = {name: _translating(pygenn, getattr(pygenn, name)) for name in FUNCTIONS}
    return Engine("pygenn", capabilities, create_model, **functions)


def _translating(pygenn: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, taking our enumerations for PyGeNN's."""

    @wraps(function)
    def translated(*args: Any, **kwargs: Any) -> Any:
        return function(
            *(_translate(pygenn, arg) for arg in args),
            **{name: _translate(pygenn, value) for name, value in kwargs.items()},
        )

    return translated


def _translate(pygenn: Any, value: Any) -> Any:
    if type(value).__module__ == "ml_genn.access":
        theirs = getattr(pygenn, type(value).__name__)
        return theirs.READ_WRITE if str(value.name) in _COPIED and theirs is pygenn.VarAccess else theirs(int(value))
    if isinstance(value, list | tuple):
        return type(value)(_translate(pygenn, item) for item in value)
    return value


def _model_class(pygenn: Any) -> Any:
    """PyGeNN's model with the extensions."""
    return type("Model", (_Extensions, pygenn.GeNNModel), {"pygenn": pygenn})


_AnyModel: Any = object


class _Extensions(_AnyModel):  # type: ignore[misc]
    """What `engines.api.GeNNModel` has beyond PyGeNN; comes before PyGeNN's class in the order of bases."""

    pygenn: Any
    example_offset = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._recordings: list[SteppingRecording] = []
        self._phases: dict[str, list[Any]] = {}

    def add_synapse_population(self, pop_name: str, matrix_type: Any, *args: Any, **kwargs: Any) -> Any:
        """Connects two populations."""
        return super().add_synapse_population(pop_name, _translate(self.pygenn, matrix_type), *args, **kwargs)

    def build(self) -> None:
        """Builds in a folder of its own, which goes when the model goes."""
        self._folder = tempfile.TemporaryDirectory(prefix="ml_genn_pygenn_")
        for name in self._phases:
            self._phases[name] = _groups_with_dynamic(self, name)
        super().build(path_to_model=self._folder.name)

    def load(self, num_recording_timesteps: int | None = None) -> None:
        """Loads the model, with 0 in every phase."""
        super().load(num_recording_timesteps)
        for name in self._phases:
            self.set_phase(name, 0)

    def declare_phase(self, name: str, num_values: int) -> None:
        """Makes parameters called `name` dynamic; their code is not specialised."""
        self._phases[name] = []

    def set_phase(self, name: str, value: int) -> None:
        """Changes all parameters called `name`."""
        for group in self._phases[name]:
            group.set_dynamic_param_value(name, value)

    def step_time(self, num_timesteps: int = 1) -> None:
        """Runs steps one by one."""
        for _ in range(num_timesteps):
            super().step_time()
            _take(self._recordings)

    def record_variable(self, variable: Any, num_timesteps: int, elements: Any = None) -> SteppingRecording:
        """Records a variable in Python, between steps."""
        recording = SteppingRecording(variable, self.batch_size, num_timesteps, elements, self._recordings.remove)
        self._recordings.append(recording)
        return recording

    def unload(self) -> None:
        """Ends recordings with the model that they record."""
        self._recordings.clear()
        super().unload()

    def clear_in_flight(self) -> None:
        """Zeroes what synapse groups have yet to deliver and what their postsynaptic models have yet to inject."""
        for group in self.synapse_populations.values():
            _clear(self._runtime, group)


@final
class SteppingRecording:
    """See `engines.api.Recording`."""

    def __init__(
        self, variable: Any, batch_size: int, num_timesteps: int, elements: Any, stop: Callable[[Any], None]
    ) -> None:
        self.num_steps = 0
        self._variable, self._batch_size, self._elements = variable, batch_size, elements
        self._steps: deque[np.ndarray] = deque(maxlen=num_timesteps)
        self._stop = stop

    def take(self) -> None:
        """Copies what the variable holds now."""
        self._variable.pull_from_device()
        values = np.asarray(self._variable.current_values)
        whole = values if values.ndim == 2 else values[None]
        self._steps.append(np.array(whole if self._elements is None else whole[:, np.atleast_1d(self._elements)]))
        self.num_steps += 1

    @property
    def values(self) -> np.ndarray:
        """The steps that are held, oldest first: [batch][steps][elements]."""
        return np.stack(self._steps, axis=1)

    def stop(self) -> None:
        """Ends the recording."""
        self._stop(self)


def _groups_with_dynamic(model: Any, name: str) -> list[Any]:
    """The groups that have a parameter of this name, which is made dynamic."""
    groups = [*model.neuron_populations.values(), *model.current_sources.values(), *model.custom_updates.values()]
    found = [(group, group.set_param_dynamic) for group in groups if name in group.params]
    for group in model.synapse_populations.values():
        parts = ((group.wu_initialiser, group.set_wu_param_dynamic), (group.ps_initialiser, group.set_ps_param_dynamic))
        found += [(group, make_dynamic) for part, make_dynamic in parts if _declares(part, name)]
    for _, make_dynamic in found:
        make_dynamic(name)
    return [group for group, _ in found]


def _declares(part: Any, name: str) -> bool:
    return any(param.name == name for param in part.snippet.get_params())


def _take(recordings: Iterable[SteppingRecording]) -> None:
    for recording in recordings:
        recording.take()


def _clear(runtime: Any, group: Any) -> None:
    if group.out_post is not None:
        group.out_post.view[:] = 0
        group.out_post.push_to_device()
    for name in _COUNTS:
        _zero(runtime, group, name)


def _zero(runtime: Any, group: Any, name: str) -> None:
    try:
        array = runtime.get_array(group, name)
    except (IndexError, RuntimeError):  # groups that share a source share one array, which one of them has
        return
    memory: Mapping[Any, Any] = array.host_view
    memory[:] = bytes(len(memory))  # type: ignore[index]
    array.push_to_device()
