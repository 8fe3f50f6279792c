"""Recording of neuron variables, step by step inside the engine."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from ..errors import DescriptionError
from ..layer import underlying_population
from ..values import genn_var_name
from .callback import Callback
from .filters import neuron_filter
from .running_network import group_of
from .variable_tape import VariableTape


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
        population = underlying_population(self.pop)
        name = self.genn_var or genn_var_name(population.neuron, str(self.var))
        group_vars = group_of(population, compiled_network.neuron_populations).vars
        if name not in group_vars:
            raise DescriptionError(f"Model does not have variable {name} to record; it has {', '.join(group_vars)}")
        mask = neuron_filter(self.neuron_filter, population.known_shape)
        variable, chosen = group_vars[name], np.flatnonzero(mask)
        self._tape = VariableTape(compiled_network, population, variable, chosen, self.example_filter)

    def on_batch_begin(self, batch: int) -> None:
        self._tape.before_batch()

    def on_timestep_end(self, timestep: int) -> None:
        self._tape.after_step()

    def on_batch_end(self, batch: int, metrics: dict[Any, Any]) -> None:
        self._tape.after_batch(batch)

    def close(self) -> None:
        self._tape.stop()

    def get_data(self) -> tuple[Any, Any]:
        return self.key, self._tape.data
