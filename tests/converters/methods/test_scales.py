"""Thresholds follow the methods' equations: by hand on small graphs, and on awkward calibration data."""

from __future__ import annotations

import numpy as np
import pytest

from ml_genn.errors import UsageError
from ml_genn_tf.calibration import Calibration, Range, calibrate
from ml_genn_tf.methods.data_norm import DataNormMethod
from ml_genn_tf.methods.few_spike import FewSpikeMethod
from ml_genn_tf.methods.input_type import InputType
from ml_genn_tf.methods.simple import SimpleMethod
from ml_genn_tf.stages import StageGraph

from .nets import cnn, mlp, residual


def ranges(stages: StageGraph, **values: tuple[float, float]) -> Calibration:
    """Calibration data on which every stage lies between 0 and 1, but those named."""
    given = {stage.name: values.get(stage.name, (0.0, 1.0)) for stage in stages.stages}
    return Calibration(
        ranges={name: Range(low=low, high=high) for name, (low, high) in given.items()}, examples=10, source=""
    )


@pytest.mark.parametrize("k", [1, 4, 10])
def test_few_spike_gives_the_largest_value_the_highest_code(k: int) -> None:
    stages = cnn()
    scales = FewSpikeMethod(k=k).scales(stages, ranges(stages, n2=(0.0, 3.5)), frozenset())
    largest_code = 2**k - 1
    assert scales.values["n2"] * 2.0**-k * largest_code == pytest.approx(3.5)
    assert scales.values["n3"] == scales.values["n2"]  # pooling passes codes on
    assert "n11" not in scales.values  # the output is not coded
    assert scales.warnings == ()


def test_few_spike_signed_input_counts_magnitudes() -> None:
    stages = mlp()
    calibration = ranges(stages, n0=(-3.0, 2.0))
    method = FewSpikeMethod(k=4)
    assert method.scales(stages, calibration, frozenset(["n0"])).values["n0"] == pytest.approx(3.0 / (1 - 1 / 16))
    assert method.scales(stages, calibration, frozenset()).values["n0"] == pytest.approx(2.0 / (1 - 1 / 16))


def test_few_spike_with_a_given_alpha_needs_no_data() -> None:
    method = FewSpikeMethod(k=4, alpha=25.0)
    assert not method.needs_calibration
    assert FewSpikeMethod().needs_calibration
    assert set(method.scales(mlp(), None, frozenset()).values.values()) == {25.0}


@pytest.mark.parametrize("method", [FewSpikeMethod(k=4), DataNormMethod()], ids=lambda method: method.name)
def test_a_dead_layer_is_told(method: FewSpikeMethod | DataNormMethod) -> None:
    stages = mlp()
    scales = method.scales(stages, ranges(stages, n2=(0.0, 0.0), n0=(-1.0, -0.5)), frozenset())
    assert all(np.isfinite(value) and value > 0 for value in scales.values.values())
    told = [warning.split(" is never active on the 10 calibration examples")[0] for warning in scales.warnings]
    assert told == ["Input n0", "Layer n2"]


def test_calibration_is_missing() -> None:
    with pytest.raises(ValueError, match="few-spike was called without calibration data"):
        FewSpikeMethod().scales(mlp(), None, frozenset())
    with pytest.raises(ValueError, match="data-norm was called without calibration data"):
        DataNormMethod().scales(mlp(), None, frozenset())


def test_data_norm_takes_the_larger_of_activation_and_weight() -> None:
    stages = residual()
    weights = [node.kernel.max() for path in stages["n7"].paths for node in path.ops]  # type: ignore[attr-defined]
    scales = DataNormMethod().scales(
        stages, ranges(stages, n0=(0.0, 255.0), n7=(0.0, 1e-3), n11=(0.0, 7.0)), frozenset()
    )
    assert scales.values["n0"] == 255.0
    assert scales.values["n7"] == max(weights)
    assert scales.values["n11"] == 7.0


def test_data_norm_pooling_has_its_source_s_scale_even_where_a_weight_decides() -> None:
    stages = cnn()
    scales = DataNormMethod().scales(stages, ranges(stages, n2=(0.0, 1e-3), n3=(0.0, 1e-3)), frozenset())
    assert scales.values["n3"] == scales.values["n2"] > 1e-3


def test_data_norm_makes_rates_at_most_one_on_calibration_data() -> None:
    stages = residual()
    x = np.random.default_rng(0).uniform(0, 1, (20, 5, 5, 2)).astype(np.float32)
    calibration = calibrate(stages, x, source="")
    scales = DataNormMethod().scales(stages, calibration, frozenset())
    assert all(calibration.ranges[name].high <= value for name, value in scales.values.items())


def test_simple_has_threshold_one_everywhere() -> None:
    assert set(SimpleMethod().scales(cnn(), None, frozenset()).values.values()) == {1.0}


@pytest.mark.parametrize("k", [0, 25])
def test_k_out_of_range(k: int) -> None:
    with pytest.raises(UsageError, match=rf"few-spike needs k from 1 to 24 bits, a whole number, got {k}"):
        FewSpikeMethod(k=k)


@pytest.mark.parametrize("alpha", [0.0, -1.0, float("nan"), float("inf")])
def test_alpha_out_of_range(alpha: float) -> None:
    with pytest.raises(UsageError, match=rf"few-spike needs a positive, finite alpha, got {alpha}"):
        FewSpikeMethod(alpha=alpha)


@pytest.mark.parametrize("method", [DataNormMethod, SimpleMethod])
def test_timesteps_out_of_range(method: type[DataNormMethod | SimpleMethod]) -> None:
    with pytest.raises(UsageError, match=rf"{method.name} needs at least 1 timestep, a whole number of them, got 0"):
        method(timesteps=0)


def test_unknown_input_type() -> None:
    with pytest.raises(UsageError, match=r"input type 'morse' is none of simple's; choose from spike, poisson, if"):
        SimpleMethod(input_type="morse")
    assert SimpleMethod(input_type="if").input_type is InputType.IF
