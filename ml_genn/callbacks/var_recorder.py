"""Recording of neuron variables."""

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

    Data: a list with one array of shape (timesteps, recorded neurons) per recorded example.

    Args:
        pop: population or layer.
        var: the variable by the name of the neuron's parameter, as "v".
        key: key of the data in what the run returns; by default the place in the list of callbacks.
        example_filter: which examples, in order of presentation: None for all, index, indices or booleans.
        neuron_filter: which neurons: None for all, index, indices, slice, booleans or np.index_exp[...].
        genn_var: the variable by its GeNN name, as "V".
    """

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
        self._variable = group_vars[name]
        self._network = compiled_network
        self._chosen = example_filter(self.example_filter)
        self._mask = neuron_filter(self.neuron_filter, self._population.known_shape)
        self._steps: dict[int, list[np.ndarray]] = {}
        self._data: list[np.ndarray] = []

    def on_timestep_end(self, timestep: int) -> None:
        batch = self._network.batch_in(self._population)
        if batch is None:
            return
        self._variable.pull_from_device()
        values = np.array(self._variable.current_view).reshape(-1, self._mask.size)
        self._steps.setdefault(batch, []).append(values[:, self._mask])

    def on_batch_end(self, batch: int, metrics: dict[Any, Any]) -> None:
        steps = np.stack(self._steps.pop(batch), axis=1)
        first = batch * self._network.batch_size
        chosen = [i for i in range(self._network.num_examples) if self._chosen(first + i)]
        self._data += [steps[i] for i in chosen]

    def get_data(self) -> tuple[Any, Any]:
        return self.key, self._data
