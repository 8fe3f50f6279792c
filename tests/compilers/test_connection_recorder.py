"""ConnVarRecorder: variables of dense synapses, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_genn import Connection, InputLayer, Layer, Network, Population, SequentialNetwork
from ml_genn.callbacks import Callback, ConnVarRecorder
from ml_genn.compilers import FewSpikeCompiler, InferenceCompiler
from ml_genn.connectivity import Conv2D, Dense, FixedProbability, OneToOne, Sparse
from ml_genn.errors import DescriptionError, UnsupportedError
from ml_genn.initializers import Normal
from ml_genn.neurons import BinarySpikeInput, FewSpikeRelu, FewSpikeReluInput, LeakyIntegrate

WEIGHTS = np.arange(24.0).reshape(6, 4)


class Halve(Callback):
    """Halves all weights after each batch and in each other timestep, as learning would change them."""

    end_timesteps = (2,)

    def set_params(self, data: dict[Any, Any], compiled_network: Any, **kwargs: Any) -> None:
        (self._group,) = compiled_network.connection_populations.values()

    def on_timestep_end(self, timestep: int) -> None:
        variable = self._group.vars["g"]
        variable.view[:] *= 0.5
        variable.push_to_device()


def network() -> Any:
    with SequentialNetwork() as found:
        source = InputLayer(BinarySpikeInput(), (2, 3))
        target = Layer(Dense(WEIGHTS), LeakyIntegrate(readout="var"), 4)
    return found, source, target


def record(recorder: Any, *others: Any, examples: int = 3, batch_size: int = 2) -> Any:
    found, source, target = network()
    with InferenceCompiler(4, batch_size=batch_size, engine="reference").compile(found) as compiled:
        recorders = [*others, recorder(target)]
        return compiled.predict({source: np.ones((examples, 2, 3))}, target, callbacks=recorders)[1]


def test_layers_stand_for_connections() -> None:
    data = record(lambda layer: ConnVarRecorder(layer, "g"))
    assert [values.shape for values in data[0]] == [(4, 6, 4)] * 3
    for values in data[0]:
        np.testing.assert_array_equal(values, np.broadcast_to(WEIGHTS, (4, 6, 4)))


def test_what_changes_within_a_run() -> None:
    """The recording ends with the step: what a callback changes after it is seen in the next."""
    data = record(lambda layer: ConnVarRecorder(layer, "g", "w"), Halve(), examples=2, batch_size=1)
    expected = [WEIGHTS * factor for factor in (1, 1, 0.5, 0.5)]
    np.testing.assert_array_equal(data["w"][0], expected)
    np.testing.assert_array_equal(data["w"][1], [array / 4 for array in expected])


@pytest.mark.parametrize(
    ("source", "target", "rows", "columns"),
    [
        (np.index_exp[1, 1:], 2, [4, 5], [2]),
        (np.eye(2, 3, dtype=bool), slice(None, None, 2), [0, 4], [0, 2]),
        (None, np.array([False, True, False, True]), range(6), [1, 3]),
    ],
)
def test_filters(source: Any, target: Any, rows: Any, columns: Any) -> None:
    data = record(lambda layer: ConnVarRecorder(layer, "g", "w", [0, 2], source, target))
    assert len(data["w"]) == 2
    for values in data["w"]:
        np.testing.assert_array_equal(values, np.tile(WEIGHTS[np.ix_(rows, columns)], (4, 1, 1)))


@pytest.mark.parametrize("engine", ["reference", "embedded"])
@pytest.mark.parametrize(
    "connectivity",
    [OneToOne(np.arange(6.0)), Sparse(np.arange(4.0), [5, 0, 0, 3], [1, 2, 0, 4]), FixedProbability(0.4, Normal())],
)
def test_sparse_connections(connectivity: Any, engine: str) -> None:
    """Numbers of synapses stand between the neurons they join, NaN everywhere else."""
    with Network() as found:
        source, target = Population(BinarySpikeInput(), 6), Population(LeakyIntegrate(), 6)
        connection = Connection(source, target, connectivity)
    recorder = ConnVarRecorder(connection, "g", None, 0, None, [4, 0, 2])
    with InferenceCompiler(2, engine=engine, rng_seed=2).compile(found) as compiled:
        group = compiled.connection_populations[connection]
        group.pull_connectivity_from_device()
        matrix = np.full((6, 6), np.nan)
        matrix[group.get_sparse_pre_inds(), group.get_sparse_post_inds()] = group.vars["g"].values
        _, data = compiled.predict({source: np.ones((2, 6))}, [], callbacks=[recorder])
    np.testing.assert_array_equal(data[0], [[matrix[:, [0, 2, 4]]] * 2])
    if isinstance(connectivity, Sparse):
        assert matrix[5, 1] == 0.0
        assert matrix[3, 4] == 3.0
        assert np.isnan(matrix).sum() == 32


def test_few_spike_networks() -> None:
    with Network() as found:
        source, target = Population(FewSpikeReluInput(3, 1.0), 2), Population(FewSpikeRelu(3, 1.0, "var"), 2)
        connection = Connection(source, target, Dense([[1.0, 2.0], [3.0, 4.0]]))
    with FewSpikeCompiler(3, engine="reference", lowering="bits").compile(found) as compiled:
        recorder = ConnVarRecorder(connection, "g")
        _, data = compiled.predict({source: np.ones((2, 2))}, target, callbacks=[recorder])
    assert [values.shape for values in data[0]] == [(3, 2, 2)] * 2
    np.testing.assert_array_equal(data[0][1][2], [[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("connectivity", "variable", "error", "message"),
    [
        (
            Conv2D(np.ones((2, 2, 1, 1)), 1, 2),
            "g",
            UnsupportedError,
            "ConnVarRecorder records variables of single synapses; those of Conv2D connectivity share a kernel here",
        ),
        (Dense(np.ones((4, 4))), "w", DescriptionError, "Conn_Pop0_Pop1 does not have variable w to record; it has g"),
        (Dense(1.0), "g", DescriptionError, "to record; it has none; weights that are one number are a parameter"),
    ],
)
def test_bad_recorder(connectivity: Any, variable: str, error: type[Exception], message: str) -> None:
    with Network() as found:
        source = Population(BinarySpikeInput(), (2, 2, 1))
        target = Population(LeakyIntegrate(readout="var"), None if isinstance(connectivity, Conv2D) else 4)
        connection = Connection(source, target, connectivity)
    with InferenceCompiler(4, engine="reference").compile(found) as compiled, pytest.raises(error, match=message):
        compiled.predict({source: np.ones((1, 2, 2, 1))}, target, callbacks=[ConnVarRecorder(connection, variable)])
