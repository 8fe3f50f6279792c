"""What the figures of a report show, in sentences: for those who read, and for those who cannot see."""

from __future__ import annotations

from .result import Confusion, Density, Example, LayerResult, Paired, Result
from .words import (
    DASH,
    compact,
    error_percent,
    fraction_percent,
    percent,
    plural,
    shape,
    significant,
)


def paired_sentences(paired: Paired) -> tuple[str, ...]:
    """Who is right where, and what McNemar's test says of it."""
    one_sided = paired.only_ann + paired.only_snn
    counts = (
        f"Both are right on {plural(paired.both, 'example')}, only the ANN on {paired.only_ann:,}, only the SNN on "
        f"{paired.only_snn:,}, neither on {paired.neither:,}."
    )
    if one_sided == 0:
        return (counts,)
    test = (
        f"Between equally good networks, {plural(one_sided, 'example')} that only one of them gets right would be "
        f"divided at least as unevenly with probability {_probability(paired.p_value)} (McNemar's exact test)."
    )
    return counts, test


def _probability(p_value: float) -> str:
    return "below 0.001" if p_value < 0.001 else f"{p_value:.3f}"


def answer_sentence(result: Result) -> str:
    """When a coding answers that answers once."""
    timesteps = result.accuracy_by_timestep[0][0]
    whole = ""
    if result.snn.timesteps and result.snn.timesteps != timesteps:
        whole = f" and {result.snn.timesteps} from the first input spike to the answer"
    return (
        f"This coding gives one answer per example, after {plural(timesteps, 'timestep')} of every layer{whole}; "
        "there is no accuracy at earlier times."
    )


def curve_sentence(result: Result) -> str:
    """From where to where the accuracy goes."""
    (first, low), (last, high) = result.accuracy_by_timestep[0], result.accuracy_by_timestep[-1]
    return f"Accuracy by timestep, from {percent(low)} at timestep {first} to {percent(high)} at timestep {last}"


def confusion_sentence(confusion: Confusion) -> str:
    """How many classes, and which mistake is the most frequent one."""
    what = f"{plural(confusion.classes, 'class', 'classes')}."
    if not confusion.frequent:
        return f"{what} The spiking network makes no mistakes on these examples."
    most = confusion.frequent[0]
    times = "once" if most.snn == 1 else f"{most.snn:,} times"
    return f"{what} The most frequent mistake: class {most.label} is taken for {most.answer}, {times}."


def examples_sentence(result: Result) -> str:
    """How many there are, and how many are shown."""
    shown, examples = len(result.examples), result.snn.examples
    if result.agreement is None:
        total, one, many = examples - result.snn.correct, "is classified wrongly", "are classified wrongly"
        part = f" The first {shown} are shown."
    else:
        total = round((1 - result.agreement) * examples)
        one, many = (f"{verb} different classes from ANN and SNN" for verb in ("gets", "get"))
        part = f" {shown} of them are shown, by turns those on which the ANN, the SNN or neither is right."
    if total == 0:
        return f"None of the {plural(examples, 'example')} {one}."
    return f"{total:,} of {plural(examples, 'example')} {one if total == 1 else many}.{'' if shown == total else part}"


def input_sentence(example: Example) -> str:
    """The input of an example, for those who cannot see it."""
    sample = example.input
    if sample is None:
        return f"Example {example.position:,}"
    if len(sample.shape) > 1:
        colour = "colour picture" if len(sample.shape) == 3 else "grey picture"
        return f"Input {example.position:,}, a {colour} of {shape(sample.shape[:2])} pixels, labelled {example.label}"
    span = (sample.high - sample.low) / 255
    low, high = (significant(sample.low + span * pick(sample.values, default=0), 2) for pick in (min, max))
    numbers = plural(len(sample.values), "number")
    return f"Input {example.position:,}, {numbers} between {low} and {high}, labelled {example.label}"


def energy_note(result: Result) -> str:
    """What the estimate rests on, and what it leaves out."""
    estimate = result.totals.energy_estimate
    neurons = sum(layer.neurons for layer in result.layers)
    left_out = "memory traffic on both sides, which often costs more"
    if result.snn.timesteps is not None:
        updates = compact(neurons * result.snn.timesteps)
        left_out += (
            f", and on the spiking side {updates} updates of neurons ({neurons:,} of them in "
            f"{plural(result.snn.timesteps, 'timestep')})"
        )
    return (
        f"An estimate, not a measurement: {estimate.accumulate_picojoule:g} pJ for each synaptic operation (one "
        f"addition) and {estimate.multiply_accumulate_picojoule:g} pJ for each multiply-accumulate "
        f"({estimate.source}). It leaves out {left_out}. It compares networks; it predicts no chip."
    )


def layer_glossary(result: Result) -> tuple[tuple[str, str], ...]:
    """What the columns of the table of layers mean."""
    few_spike = result.method.name == "few-spike"
    histograms = [layer.spikes_histogram for layer in result.layers if layer.spikes_histogram is not None]
    threshold = (
        "The value that the highest code of a neuron stands for; larger activations are cut off."
        if few_spike
        else "The membrane potential at which a neuron fires; of an input, the value that fires in every timestep."
    )
    limit = "the highest code" if few_spike else "one spike in every timestep"
    found = [
        ("α" if few_spike else "Threshold", threshold),
        ("Spikes per neuron", "Mean over neurons and examples."),
        ("Synaptic operations", "Spikes times the targets that each of them reaches, mean per example."),
        ("Silent", "Fraction of neurons that never fire on these data."),
        (
            "Saturated",
            f"Fraction of neurons at {limit}; many say that {'α' if few_spike else 'the threshold'} is too small.",
        ),
    ]
    if histograms:
        text = (
            f"Neurons by their mean spikes per example, from {histograms[0].low:g} (left) to the most that a neuron of "
            "the layer can send (right); heights are logarithmic."
        )
        found.insert(2, ("Distribution", text))
    if any(layer.activation_error is not None for layer in result.layers):
        text = (
            "Mean absolute difference between the value that the spikes stand for and the ANN's, relative to the "
            "ANN's largest value in the layer."
        )
        found.append(("Activation error", text))
    return tuple(found)


def missing_plots(shown: int, layers: int) -> str:
    """That not all layers have a plot, where this is so."""
    return "" if shown == layers else f" {shown} of {layers} layers are shown, evenly spaced."


def comparison_lines(layer: LayerResult) -> tuple[str, str]:
    """Correlation and error of a layer, as far as they are known."""
    correlation = DASH if layer.correlation is None else f"{layer.correlation:.4f}"
    return f"correlation {correlation}", f"error {error_percent(layer.activation_error)}"


def density_sentence(name: str, density: Density) -> str:
    """How the pairs of a layer lie about the identity."""
    total = sum(map(sum, density.counts))
    on = sum(row[i] for i, row in enumerate(density.counts))
    above = sum(sum(row[:i]) for i, row in enumerate(density.counts))
    below = total - on - above
    return (
        f"{name}: of {plural(total, 'pair')} of values between {significant(density.low, 2)} and "
        f"{significant(density.high, 2)}, {fraction_percent(on / total)} lie in a cell on the identity, "
        f"{fraction_percent(above / total)} above (the spikes stand for more), {fraction_percent(below / total)} below"
    )
