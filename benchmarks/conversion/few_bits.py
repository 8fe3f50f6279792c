"""Few-spike coding at few bits: alphas of channels by least error, corrected biases, centred or analog input.

Settings are the same for all models; nothing was chosen on test images.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from common import Bar, Job, fashion, finish, moonflower, resnet8, row, run

from ml_genn.reports import Result

CALIBRATED: Mapping[str, Any] = {
    "method": "few-spike",
    "per_channel": True,
    "rule": "least-error",
    "correct": True,
    "norm_examples": 512,
}
BITS: Mapping[Callable[[], Job], tuple[str, Mapping[int, tuple[float, float]]]] = {
    moonflower: ("code", {3: (0.1, 0.0), 2: (0.15, 0.0)}),
    resnet8: ("centred", {8: (0.2, 99.3), 6: (0.7, 97.5), 5: (1.2, 95.5)}),
}
"""How the input is coded; most points of accuracy that may be lost, and the least agreement [%], by K."""
TEXT = """\
Options of all rows: `per_channel`, `rule="least-error"`, `correct`, on 512 training images. With `input_type="current"`
the first layer works on the images themselves. As a code they have K bits, which at K = 5 is 32 levels for 256; a
centred code sends the difference from the middle of the range with its sign, twice as many levels by as many spikes.
It suits the photographs of CIFAR-10, whose values lie on both sides; the background of MNIST is 0, which costs no
spikes as a plain code. On 1,000 other training images of CIFAR-10 at K = 5 the logits' square error was 0.019 with
plain codes, 0.015 with weights fitted to them besides (`refit=0.001`), and 0.009 with centred ones. On the test images
plain codes lose 1.72 points there (agreement 94.88 %), with `refit` on 1,000 images 0.89 points (95.51 %)."""


def bar(what: str, result: Result, most_lost: float, least_agreement: float) -> Bar:
    """Both bounds of one run as one line."""
    assert result.ann is not None
    assert result.agreement is not None
    lost, agreement = 100 * (result.ann.accuracy - result.snn.accuracy), 100 * result.agreement
    bounds = f"at most {most_lost} points lost" + (
        f", agreement at least {least_agreement} %" if least_agreement else ""
    )
    reached = lost <= most_lost and agreement >= least_agreement
    return Bar(f"{what}: {bounds}: {lost:.2f}, {agreement:.2f} %", reached)


def main() -> None:
    """One row for each model, K and kind of input."""
    rows, bars = [], []
    for load, (code, bits) in BITS.items():
        job = load()
        for k, bounds in bits.items():
            for source in (code, "current"):
                result = run(job, k=k, input_type=source, **CALIBRATED)
                what = f"{job.name}, K = {k}, {source} input"
                rows.append(row(what, result))
                bars.append(bar(what, result, *bounds))
    for name in ("vgg", "resnet", "mobilenet"):
        job = fashion(name)
        result = run(job, k=6, **CALIBRATED)
        rows.append(row(f"{job.name}, K = 6", result))
        bars.append(bar(f"{job.name}, K = 6", result, 0.3, 0.0))
    finish("few_bits", "Few-spike coding at few bits", rows, bars, TEXT)


if __name__ == "__main__":
    main()
