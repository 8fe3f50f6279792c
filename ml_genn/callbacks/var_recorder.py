"""Recording of neuron variables, step by step inside the engine."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from ..errors import DescriptionError
from ..layer import underlying_population
from ..values import genn_var_name
from .callback import Callback
from .filters import example_filter, neuron_filter


@final
class VarRecorder(Callback):
    """Records a neuron variable after each timestep.

    Data: a list with one array of shape (timesteps, recorded neurons) per recorded example, in order of presentation.

    Args:
        pop: population or layer.
        var: the variable by the name of the neuron's parameter, as "v".
        key: key of the data in what the run returns; by default the place in the list of callbacks.
        example_filter: which examples, in order of presentation: None for all, index, indices or booleans.
        neuron_filter: which neurons: None for all, index, indices, slice, booleans or np.index_exp[...].
        genn_var: the variable by its GeNN name, as "V".
    """

    end_timesteps = ()  # the engine runs on: it keeps what each step leaves

    def __init__(
        self,
        pop: Any,
        var: str | None = None,
        key: Any = None,
        example_filter: Any = None,
        neuron_filter: Any = None,
        genn_var: str | None = None,
    ) -> None:
        if (var is None) == (genn_var is None):
            raise DescriptionError(
                "VarRecorder callback requires a variable to be specified, either via 'var' or 'genn_var' argument"
            )
        self.pop = pop
        self.var = var
        self.key = key
        self.example_filter = example_filter
        self.neuron_filter = neuron_filter
        self.genn_var = genn_var

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        self._population = underlying_population(self.pop)
        name = self.genn_var or genn_var_name(self._population.neuron, str(self.var))
        group_vars = compiled_network.neuron_populations[self._population].vars
        if name not in group_vars:
            raise DescriptionError(f"Model does not have variable {name} to record; it has {', '.join(group_vars)}")
        self._network = compiled_network
        self._chosen = example_filter(self.example_filter)
        mask = neuron_filter(self.neuron_filter, self._population.known_shape)
        self._timesteps = compiled_network.timesteps_per_batch
        self._recording = compiled_network.genn_model.record_variable(
            group_vars[name], self._timesteps, np.flatnonzero(mask)
        )
        self._batches: dict[int, np.ndarray] = {}
        self._data: list[np.ndarray] = []

    def on_timestep_end(self, timestep: int) -> None:
        batch = self._network.batch_in(self._population)
        if batch is not None and self._recording.num_steps % self._timesteps == 0:
            self._batches[batch] = self._recording.values

    def on_batch_end(self, batch: int, metrics: dict[Any, Any]) -> None:
        steps = self._batches.pop(batch)
        first = batch * self._network.batch_size
        chosen = [i for i in range(self._network.num_examples) if self._chosen(first + i)]
        self._data += [steps[i if len(steps) > 1 else 0] for i in chosen]

    def close(self) -> None:
        self._recording.stop()

    def get_data(self) -> tuple[Any, Any]:
        return self.key, self._data
