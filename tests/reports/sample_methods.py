"""A realistic comparison of methods, for the tests of everything that shows or stores one."""

from __future__ import annotations

from ml_genn.reports import Accuracy, Cost, Method, MethodComparison, MethodRun, Moment, Refused
from ml_genn.reports.result import Option

from .sample import few_spike_result

EXAMPLES = 10_000


def run(name: str, timesteps: int, correct: int, operations: float, *, macs: float = 0.0, course: int = 1) -> MethodRun:
    """A run whose answers are read `course` times, each time after twice as many timesteps and half as wrong."""
    few_spike = name == "few-spike"
    options: dict[str, Option] = {"k": timesteps} if few_spike else {"timesteps": timesteps}
    wrong = EXAMPLES - correct
    return MethodRun(
        method=Method(name=name, options=options),
        setting=f"{'K' if few_spike else 'T'} = {timesteps}",
        snn=Accuracy.of(correct, EXAMPLES, seconds=3.1, timesteps=timesteps),
        agreement=1 - wrong / 2 / EXAMPLES,
        by_timestep=tuple(
            Moment.of(timesteps >> at, max(EXAMPLES - (wrong << at), 0), EXAMPLES) for at in reversed(range(course))
        ),
        cost=Cost.of(spikes=operations / 50, neurons=37_178, accumulates=operations, multiply_accumulates=macs),
        convert_seconds=0.2,
        build_seconds=0.4,
        wall_seconds=3.1,
        cpu_seconds=5.9,
        warnings=(),
    )


def methods_comparison() -> MethodComparison:
    """Four methods, one of which is far off, and one that cannot."""
    result = few_spike_result()
    assert result.ann is not None
    return MethodComparison(
        model=result.model,
        data=result.data,
        calibration=result.calibration,
        ann=result.ann,
        ann_macs=2_436_352.0,
        ann_nanojoule=11_207.2,
        ann_cpu_seconds=4.4,
        accumulate_picojoule=0.9,
        multiply_accumulate_picojoule=4.6,
        energy_source="Horowitz, ISSCC 2014: 32-bit floating point in 45 nm, arithmetic only",
        runs=(
            run("few-spike", 2, 9870, 0.8e6),
            run("few-spike", 4, 9917, 1.6e6),
            run("rate", 8, 9890, 2.9e6, macs=194_688.0, course=4),
            run("rate", 32, 9914, 11.2e6, macs=194_688.0, course=6),
            run("data-norm", 128, 9794, 16.8e6, course=8),
            run("simple", 128, 5124, 30.1e6, course=8),
        ),
        refused=(Refused(method="spike-norm", reason="spike-norm cannot do <this> & that."),),
        environment=result.environment,
        command="ml-genn compare models/mnist_model.keras --data data/mnist",
        warnings=("A warning.",),
    )
