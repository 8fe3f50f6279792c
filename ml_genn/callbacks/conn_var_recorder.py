"""Recording of synapse variables, step by step inside the engine."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from ..access import SynapseMatrixConnectivity
from ..connection import Connection
from ..errors import DescriptionError, UnsupportedError
from ..layer import underlying_connection
from .callback import Callback
from .filters import neuron_filter
from .running_network import group_of
from .variable_tape import VariableTape


@final
class ConnVarRecorder(Callback):
    """Records a variable of the synapses of a connection after each timestep.

    Data: a list with one array of shape (timesteps, recorded source neurons, recorded target neurons) per recorded
    example, in order of presentation. Where sparse connectivity joins two neurons not, it holds NaN.

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
        group = group_of(connection, compiled_network.connection_populations)
        if self.genn_var not in group.vars:
            known = ", ".join(group.vars) or "none; weights that are one number are a parameter"
            raise DescriptionError(f"{connection} does not have variable {self.genn_var} to record; it has {known}")
        filters = (self.src_neuron_filter, self.trg_neuron_filter)
        masks = [
            neuron_filter(spec, population.known_shape)
            for spec, population in zip(filters, connection.ends, strict=True)
        ]
        pre, post = synapses(connection, group)
        chosen = np.flatnonzero(masks[0][pre] & masks[1][post])
        places = [np.cumsum(mask) - 1 for mask in masks]  # of each chosen neuron among those chosen
        self._shape = int(masks[0].sum()), int(masks[1].sum())
        self._rows, self._columns = places[0][pre[chosen]], places[1][post[chosen]]
        target, variable = connection.ends[1], group.vars[self.genn_var]
        self._tape = VariableTape(compiled_network, target, variable, chosen, self.example_filter)

    def on_batch_begin(self, batch: int) -> None:
        self._tape.before_batch()

    def on_timestep_end(self, timestep: int) -> None:
        self._tape.after_step()

    def on_batch_end(self, batch: int, metrics: dict[Any, Any]) -> None:
        self._tape.after_batch(batch)

    def close(self) -> None:
        self._tape.stop()

    def get_data(self) -> tuple[Any, Any]:
        return self.key, [self._spread(steps) for steps in self._tape.data]

    def _spread(self, steps: np.ndarray) -> np.ndarray:
        """Values of synapses at their places between source and target neurons."""
        spread = np.full((len(steps), *self._shape), np.nan, np.result_type(steps, np.float32))
        spread[:, self._rows, self._columns] = steps
        return spread


def synapses(connection: Connection, group: Any) -> tuple[np.ndarray, np.ndarray]:
    """Source and target neuron of each synapse, in the order of the group's variables.

    Raises:
        UnsupportedError: the engine keeps no numbers of single synapses.
    """
    kind = int(group.matrix_type)
    if kind & SynapseMatrixConnectivity.DENSE:
        pre, post = np.indices([population.num_neurons for population in connection.ends])
        return pre.ravel(), post.ravel()
    if kind & SynapseMatrixConnectivity.SPARSE:
        group.pull_connectivity_from_device()
        return np.asarray(group.get_sparse_pre_inds(), np.int64), np.asarray(group.get_sparse_post_inds(), np.int64)
    raise UnsupportedError(
        f"{connection}: ConnVarRecorder records variables of single synapses; those of "
        f"{type(connection.connectivity).__name__} connectivity share a kernel here"
    )
