"""Derivatives of readouts of the membrane voltage with respect to the voltage V(n) in each timestep n."""

from __future__ import annotations

from dataclasses import replace

from ....losses import SparseCategoricalCrossentropy
from ....model import Var
from ....readouts import (
    AvgVar,
    AvgVarExpWeight,
    AvgVarInputWeight,
    AvgVarLinWeight,
    AvgVarSigmoidWeight,
    MaxVar,
    SumVar,
)
from ....readouts.avg_var_input_weight import ACTIVITY, KEPT
from ....readouts.max_var import LOWEST
from ....readouts.readout import INPUT_SPIKES
from ....readouts.weighted_average import WeightedAverage
from ....readouts.window import WindowReadout
from ....runtime.output import SERIES
from ..adjoint import LossSource
from .registry import LOSS_SOURCES
from .series import PLACE


@LOSS_SOURCES.add(SparseCategoricalCrossentropy, SumVar)
def sum_var(readout: WindowReadout, timesteps: int, dt: float) -> LossSource:
    """z = sum_n V(n): dz/dV(n) = 1."""
    return _integral(readout, timesteps, dt, "Error")


@LOSS_SOURCES.add(SparseCategoricalCrossentropy, AvgVar)
def avg_var(readout: WindowReadout, timesteps: int, dt: float) -> LossSource:
    """z = sum_n V(n) / N: dz/dV(n) = 1 / N."""
    return _integral(readout, timesteps, dt, "Error * VAvgScale")


@LOSS_SOURCES.add(SparseCategoricalCrossentropy, AvgVarExpWeight)
@LOSS_SOURCES.add(SparseCategoricalCrossentropy, AvgVarLinWeight)
@LOSS_SOURCES.add(SparseCategoricalCrossentropy, AvgVarSigmoidWeight)
def weighted_average(readout: WeightedAverage, timesteps: int, dt: float) -> LossSource:
    """z = sum_n w(n / N) V(n) / N, n counted from the window's begin: dz/dV(n) = w(n / N) / N."""
    first = readout.window(timesteps, dt).start
    weight = readout.weight(f"(({{step}} - {first}) * dt * VAvgRate)")
    return _integral(readout, timesteps, dt, f"Error * VAvgScale * {weight}")


@LOSS_SOURCES.add(SparseCategoricalCrossentropy, AvgVarInputWeight)
def avg_var_input_weight(readout: AvgVarInputWeight, timesteps: int, dt: float) -> LossSource:
    """z = sum_n q(n) V(n) / N: dz/dV(n) = q(n) / N; q is kept, as it stands after the step's arrivals."""
    now = PLACE.format(step="(int)((t / dt) + 0.5)")
    return replace(
        _integral(readout, timesteps, dt, f"Error * VAvgScale * {SERIES}[{PLACE.replace('{step}', 'max({step}, 0)')}]"),
        forward=f"{SERIES}[{now}] = ({KEPT} * {ACTIVITY}) + {INPUT_SPIKES};",
        keeps_series=True,
    )


@LOSS_SOURCES.add(SparseCategoricalCrossentropy, MaxVar)
def max_var(readout: WindowReadout, timesteps: int, dt: float) -> LossSource:
    """z = max_n V(n), first reached in timestep m: dz/dV(n) = 1 for n = m, else 0.

    m is held fixed. That is exact where V is smooth at its maximum, or rises until the trial ends. Where a negative
    weight ends the rise of V, that a later spike lets V rise further is left out of the gradient of the spike's time.
    """
    window = readout.window(timesteps, dt)
    step = "(int)((t / dt) + 0.5)"
    code = f"const int Now = {step};\nif (Now >= {window.start} && Now < {window.stop} && V > Highest) {{\n"
    return LossSource(
        forward=f"{{\n{code}    Highest = V;\n    HighestStep = Now;\n}}\n}}",
        backward="if (Step == HighestStep) {\n    LambdaV += Error;\n}",
        vars=(Var("Highest", LOWEST), Var("HighestStep", -1, "int")),
    )


def _integral(readout: WindowReadout, timesteps: int, dt: float, weight: str) -> LossSource:
    """A readout that adds up voltages in its window, with a weight that is an expression of the timestep {step}."""
    window = readout.window(timesteps, dt)
    now, before = f"LambdaV += {weight.replace('{step}', 'Step')};", weight.replace("{step}", "(Step - 1)")
    if len(window) == timesteps:
        return LossSource(backward=now, ahead=before)
    return LossSource(
        backward=f"if (Step >= {window.start} && Step < {window.stop}) {{\n    {now}\n}}",
        ahead=f"(Step > {window.start} && Step <= {window.stop}) ? {before} : 0.0",
    )
