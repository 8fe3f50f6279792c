"""The K-bit code: against the step-by-step encoder it stands for, and through a whole stage graph."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn_tf.passes.populations import find_populations
from ml_genn_tf.quantise import Rounding, codes, quantise, quantise_signed, run_quantised

from .conftest import signed
from .graphs import Builder


def greedy(value: float, alpha: float, k: int) -> float:
    """What a few-spike neuron does: for each bit, most significant first, spike if the rest reaches its weight."""
    total = 0.0
    for bit in range(k):
        weight = alpha * 2.0 ** -(bit + 1)
        if value >= weight:
            value -= weight
            total += weight
    return total


@pytest.mark.parametrize("k", [1, 2, 5, 10])
@pytest.mark.parametrize("alpha", [1.0, 0.75, 16.0])
def test_floor_is_the_greedy_encoder(k: int, alpha: float) -> None:
    values = np.concatenate([np.linspace(-0.5, 1.5, 401) * alpha, np.arange(2**k) * alpha * 2.0**-k])
    expected = [greedy(value, alpha, k) for value in values]
    np.testing.assert_array_equal(quantise(values, alpha, k, "floor"), expected)


@pytest.mark.parametrize("k", [1, 4, 8])
def test_nearest_is_floor_of_half_a_step_more(k: int) -> None:
    values = np.linspace(-0.5, 1.5, 1001)
    lsb = 2.0**-k
    np.testing.assert_array_equal(quantise(values, 1.0, k), quantise(values + lsb / 2, 1.0, k, "floor"))
    inside = (values >= 0) & (values <= 1 - lsb)
    assert np.abs(quantise(values, 1.0, k) - values)[inside].max() <= lsb / 2


def test_codes_saturate() -> None:
    np.testing.assert_array_equal(codes(np.array([-9.0, 0.0, 0.5, 1.0, 9.0]), 1.0, 3), [0, 0, 4, 7, 7])


@pytest.mark.parametrize("rounding", ["floor", "nearest"])
def test_signed_values_keep_sign_and_magnitude(rounding: Rounding) -> None:
    values = np.linspace(-1.5, 1.5, 601)
    expected = np.sign(values) * quantise(np.abs(values), 1.0, 4, rounding)
    np.testing.assert_array_equal(quantise_signed(values, 1.0, 4, rounding), expected)
    assert expected.min() == -(1 - 2.0**-4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(dtype: type[np.floating]) -> None:
    assert quantise(np.ones(3, dtype), 0.3, 4).dtype == dtype


def test_stage_graph_quantises_inputs_and_relus_but_no_outputs() -> None:
    graph = Builder((4, 4, 1)).convolution("c", (3, 3, 1, 2)).relu("r").max_pool("m", 2, 1).reshape("f", (2,))
    graph.dense("d", (2, 3))
    stages = find_populations(graph.graph())
    data, alphas = signed((4, 4, 1)), {"x": 3.0, "r": 5.0}
    values = run_quantised(stages, data, alphas, 3, signed_inputs=["x"], keep=["x", "r", "m"])
    assert set(np.unique(values["r"] / (5.0 / 8))) <= set(range(8))
    np.testing.assert_array_equal(values["x"], quantise_signed(data.astype(np.float64), 3.0, 3))
    np.testing.assert_array_equal(values["m"].reshape(-1, 2), values["r"].max(axis=(1, 2)))
    dense = stages["d"].paths[0].ops[-1]
    expected = values["m"].reshape(-1, 2) @ dense.weight + stages["d"].bias  # type: ignore[attr-defined]
    np.testing.assert_allclose(values["d"], expected, rtol=1e-12)


def test_more_bits_come_closer() -> None:
    stages = find_populations(Builder((8,)).dense("d", (8, 6)).relu("r").dense("e", (6, 3)).graph())
    data = np.random.default_rng(0).random((50, 8))
    exact = run_quantised(stages, data, {"x": 1.01, "r": 20.0}, 24)["e"]
    errors = [np.abs(run_quantised(stages, data, {"x": 1.01, "r": 20.0}, k)["e"] - exact).max() for k in (4, 8, 12)]
    assert errors[0] > 8 * errors[1] > 64 * errors[2] > 0
