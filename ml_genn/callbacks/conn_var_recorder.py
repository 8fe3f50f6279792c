"""Recording of synapse variables, step by step inside the engine."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from ..access import SynapseMatrixConnectivity
from ..errors import DescriptionError, UnsupportedError
from ..layer import underlying_connection
from .callback import Callback
from .filters import neuron_filter
from .variable_tape import VariableTape


@final
class ConnVarRecorder(Callback):
    """Records a variable of the synapses of a dense connection after each timestep.

    Data: a list with one array of shape (timesteps, recorded source neurons, recorded target neurons) per recorded
    example, in order of presentation.

    Args:
        conn: connection, or layer for the connection to it.
        genn_var: the variable by its GeNN name, as "g".
        key: key of the data in what the run returns; by default the place in the list of callbacks.
        example_filter: which examples, in order of presentation: None for all, index, indices or booleans.
        src_neuron_filter: which source neurons: None for all, index, indices, slice, booleans or np.index_exp[...].
        trg_neuron_filter: which target neurons, likewise.
    """

    end_timesteps = ()  # the engine runs on: it keeps what each step leaves

    def __init__(
        self,
        conn: Any,
        genn_var: str,
        key: Any = None,
        example_filter: Any = None,
        src_neuron_filter: Any = None,
        trg_neuron_filter: Any = None,
    ) -> None:
        self.conn = conn
        self.genn_var = genn_var
        self.key = key
        self.example_filter = example_filter
        self.src_neuron_filter = src_neuron_filter
        self.trg_neuron_filter = trg_neuron_filter

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        connection = underlying_connection(self.conn)
        group = compiled_network.connection_populations[connection]
        if not int(group.matrix_type) & SynapseMatrixConnectivity.DENSE:
            raise UnsupportedError(
                f"{connection}: ConnVarRecorder currently only supports recording variables associated with DENSE "
                f"connectivity, not {type(connection.connectivity).__name__}"
            )
        if self.genn_var not in group.vars:
            known = ", ".join(group.vars) or "none; weights that are one number are a parameter"
            raise DescriptionError(f"{connection} does not have variable {self.genn_var} to record; it has {known}")
        filters = (self.src_neuron_filter, self.trg_neuron_filter)
        pre, post = (
            np.flatnonzero(neuron_filter(spec, population.known_shape))
            for spec, population in zip(filters, connection.ends, strict=True)
        )
        self._shape = len(pre), len(post)
        target = connection.ends[1]
        synapses = (pre[:, np.newaxis] * target.num_neurons + post).ravel()
        self._tape = VariableTape(compiled_network, target, group.vars[self.genn_var], synapses, self.example_filter)

    def on_timestep_end(self, timestep: int) -> None:
        self._tape.after_step()

    def on_batch_end(self, batch: int, metrics: dict[Any, Any]) -> None:
        self._tape.after_batch(batch)

    def close(self) -> None:
        self._tape.stop()

    def get_data(self) -> tuple[Any, Any]:
        return self.key, [steps.reshape(-1, *self._shape) for steps in self._tape.data]
