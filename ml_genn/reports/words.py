"""Numbers and sentences of a report, in one place so that page and terminal say the same."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .result import Calibration, Gate, Histogram, Option, Result

METHODS = {
    "few-spike": "few-spike coding",
    "rate": "rate coding with soft reset and calibrated thresholds",
    "data-norm": "rate coding with data-based normalisation",
    "spike-norm": "rate coding with spike-based normalisation",
    "simple": "rate coding with the weights as they are",
}

_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_ENERGIES = ((1e9, "J"), (1e6, "mJ"), (1e3, "µJ"), (1.0, "nJ"), (1e-3, "pJ"))

MINUS = "−"
DASH = "–"


def percent(fraction: float, digits: int = 2) -> str:
    """0.9917 -> "99.17 %"; the space does not break."""
    return f"{100 * fraction:.{digits}f}\u00a0%"


def fraction_percent(fraction: float) -> str:
    """A share of neurons: one digit, "0 %" only for none and "<0.1 %" for nearly none."""
    if 0 < fraction < 0.001:
        return "<0.1\u00a0%"
    return "0\u00a0%" if fraction == 0 else percent(fraction, 1)


def error_percent(error: float | None) -> str:
    """An activation error: two significant digits, "<0.001 %" for what is rounding only."""
    if error is None:
        return DASH
    if 0 < error < 1e-5:
        return "<0.001\u00a0%"
    return f"{significant(100 * error, 2)}\u00a0%"


def interval(bounds: tuple[float, float]) -> str:
    """(0.989, 0.993) -> "98.90 – 99.30 %"."""
    low, high = bounds
    return f"{100 * low:.2f}\u00a0{DASH}\u00a0{100 * high:.2f}\u00a0%"


def points(difference: float) -> str:
    """A difference of two accuracies in percentage points, with its sign."""
    rounded = round(100 * difference, 2)
    if rounded == 0:
        return "±0.00"
    return f"{'+' if rounded > 0 else MINUS}{abs(rounded):.2f}"


def whole(number: float) -> str:
    """1359872.4 -> "1,359,872"; small means keep what tells them from zero."""
    if number != 0 and abs(number) < 10 and number != int(number):
        return f"{number:.3g}"
    return f"{number:,.0f}"


def compact(number: float) -> str:
    """Three significant digits with an SI prefix from 10,000 on: 1359872 -> "1.36 M"."""
    if abs(number) < 1e4:
        return whole(number)
    rounded = float(f"{number:.3g}")
    factor, prefix = next(pair for pair in _PREFIXES if abs(rounded) >= pair[0])
    return f"{_three_digits(rounded / factor)}\u00a0{prefix}"


def significant(number: float | None, digits: int = 3) -> str:
    """`digits` significant digits, or a dash where there is no number."""
    if number is None:
        return DASH
    text = f"{number:.{digits}g}"
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    return f"{mantissa}\u00a0×\u00a010{int(exponent)}".replace(f"10{int(exponent)}", f"10{_superscript(int(exponent))}")


def energy(nanojoule: float) -> str:
    """12345.6 nJ -> "12.3 µJ"."""
    rounded = float(f"{nanojoule:.3g}")
    factor, unit = next((pair for pair in _ENERGIES if rounded >= pair[0]), _ENERGIES[-1])
    return f"{_three_digits(rounded / factor)}\u00a0{unit}"


def seconds(value: float) -> str:
    """0.0042 -> "4.2 ms", 11.3 -> "11.3 s", 150 -> "2 min 30 s"."""
    if value < 1:
        return f"{value * 1e3:.3g}\u00a0ms"
    if value < 100:
        return f"{value:.3g}\u00a0s"
    return f"{round(value) // 60}\u00a0min {round(value) % 60}\u00a0s"


def plural(number: int, singular: str, many: str | None = None) -> str:
    """(1, "example") -> "1 example", (10000, "example") -> "10,000 examples"."""
    return f"{number:,} {singular if number == 1 else many or singular + 's'}"


def shape(sizes: tuple[int, ...]) -> str:
    """(28, 28, 1) -> "28 × 28 × 1"."""
    return "\u00a0×\u00a0".join(map(str, sizes))


def signed(number: int) -> str:
    """3 -> "+3", -2 -> "−2"."""
    return f"{'+' if number > 0 else MINUS}{abs(number):,}"


def count(number: float | None) -> str:
    """A count, or a dash where it is not known."""
    return DASH if number is None else whole(number)


def ratio(number: float | None, reference: float | None) -> str:
    """How many times `reference`, or a dash where there is nothing to divide by."""
    return DASH if number is None or not reference else f"{significant(number / reference, 3)}\u00a0×"


def option(value: Option) -> str:
    """An option's value as a reader would say it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def histogram_sentence(histogram: Histogram) -> str:
    """What the small plot of a layer shows, for those who cannot see it."""
    total = sum(histogram.counts)
    if total == 0:
        return "No neurons."
    width = (histogram.high - histogram.low) / len(histogram.counts)
    last = max(i for i, count in enumerate(histogram.counts) if count)
    first = fraction_percent(histogram.counts[0] / total)
    return (
        f"{first} of the neurons spike less than {histogram.low + width:g} times per example on average, "
        f"the busiest up to {histogram.low + (last + 1) * width:g} times."
    )


def method_line(result: Result) -> str:
    """ "few-spike, K = 8" or "data-norm, T = 128"."""
    options = result.method.options
    parts = [result.method.name]
    if options.get("k") is not None:
        parts.append(f"K\u00a0=\u00a0{options['k']}")
    elif result.snn.timesteps is not None:
        parts.append(f"T\u00a0=\u00a0{result.snn.timesteps}")
    return ", ".join(parts)


def conversion_sentence(result: Result) -> str:
    """What was converted into what."""
    neurons = sum(layer.neurons for layer in result.layers)
    how = METHODS.get(result.method.name, result.method.name)
    network = f"a spiking network of {plural(neurons, 'neuron')} in {plural(len(result.layers), 'layer')}"
    if result.ann is None:
        return f"The saved network {result.model.name}, {network} under {how}, was evaluated without its Keras model."
    size = "" if result.model.parameters is None else f" with {result.model.parameters:,} parameters"
    return f"The Keras model {result.model.name}{size} became {network}, under {how}."


def accuracy_sentence(result: Result) -> str:
    """What the conversion cost in accuracy, in examples as well as in points."""
    snn = result.snn
    where = f"On {plural(snn.examples, 'example')} of {result.data.name} ({result.data.split})"
    if result.ann is None:
        return f"{where} it classifies {percent(snn.accuracy)} correctly."
    lost = result.ann.correct - snn.correct
    gap = f"{abs(100 * (result.ann.accuracy - snn.accuracy)):.2f} points"
    if lost == 0:
        comparison = "exactly as many as the model it came from"
    else:
        count = plural(abs(lost), "example")
        comparison = f"{count} ({gap}) {'fewer' if lost > 0 else 'more'} than the model it came from"
    sentence = f"{where} it classifies {percent(snn.accuracy)} correctly, {comparison}"
    if result.agreement is None:
        return f"{sentence}."
    return f"{sentence}; both choose the same class for {percent(result.agreement)} of the examples."


def cost_sentence(result: Result) -> str:
    """What one example costs in spikes and operations."""
    totals, analog = result.totals, ""
    if totals.multiply_accumulates > 0:
        analog = f" ({compact(totals.multiply_accumulates)} of them multiply-accumulates of its analog input)"
    return (
        f"One example takes {compact(totals.spikes)} spikes and {compact(totals.synops)} synaptic operations{analog} "
        f"on average, where the original takes {compact(totals.ann_macs)} multiply-accumulates."
    )


def calibration_sentence(calibration: Calibration | None) -> str:
    """Where the thresholds came from."""
    if calibration is None:
        return "No calibration data were used."
    count = plural(calibration.examples, "example")
    return f"Thresholds were set on {count}, none of them evaluated: {calibration.source}."


def gates_sentence(gates: Sequence[Gate]) -> str:
    """What the equality checks found, all of them together."""
    failed = [gate.name for gate in gates if not gate.passed]
    steps = plural(len(gates), "step")
    if failed:
        return f"Of {steps} that must not change what the model computes, {', '.join(failed)} did."
    largest = max((gate.largest_difference for gate in gates if gate.largest_difference is not None), default=None)
    return (
        f"After each of {steps} that must not change what the model computes, its output was compared with Keras on "
        f"sample data: all equal, the largest difference is {significant(largest, 2)}."
    )


def _three_digits(number: float) -> str:
    digits = max(0, 2 - math.floor(math.log10(abs(number)))) if number else 0
    return f"{number:,.{digits}f}"


def _superscript(number: int) -> str:
    return str(number).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
