"""What each layer did on the data."""

from __future__ import annotations

from .. import figures, sentences, words
from ..page import Section
from ..result import LayerResult, Result
from ..tables import Cell, Column, Table

READ = "its values are read directly, it does not spike"
ANALOG = "sends its values, no spikes"


def layers(result: Result) -> Section:
    """Thresholds and activity of the layers."""
    few_spike = result.method.name == "few-spike"
    return Section(
        name="layers",
        title="Layers",
        view={"table": _table(result, "α" if few_spike else "Threshold"), "glossary": sentences.layer_glossary(result)},
    )


def _table(result: Result, threshold: str) -> Table:
    layers = result.layers
    histograms = any(layer.spikes_histogram is not None for layer in layers)
    errors = any(layer.activation_error is not None for layer in layers)
    titles = ["Neurons", threshold, "Spikes per neuron", "Synaptic operations", "Silent", "Saturated"]
    if errors:
        titles.append("Activation error")
    columns = [Column("Layer", words=True), *map(Column, titles)]
    if histograms:
        columns.insert(4, Column("Distribution", words=True))
    spikes = figures.relative([layer.spikes_per_neuron for layer in layers])
    synops = figures.relative([layer.synops for layer in layers])
    lost = figures.relative([layer.activation_error for layer in layers])
    return Table(
        caption="Activity of the layers, means over neurons and examples",
        columns=tuple(columns),
        rows=tuple(
            (*_what(layer), *_activity(layer, lengths, histograms), *(_error(layer, lengths[2]) if errors else ()))
            for layer, lengths in zip(layers, zip(spikes, synops, lost, strict=True), strict=True)
        ),
        total=_total(result, columns),
    )


def _what(layer: LayerResult) -> tuple[Cell, ...]:
    threshold = Cell(words.significant(layer.threshold))
    if layer.threshold is None and layer.threshold_note and not layer.analog:
        threshold = Cell(layer.threshold_note, kind="quiet")
    return Cell(layer.name), Cell(f"{layer.neurons:,}"), threshold


def _activity(layer: LayerResult, lengths: tuple[float, float, float], histograms: bool) -> tuple[Cell, ...]:
    if not layer.spiking:
        what = f"{ANALOG}: {words.whole(layer.synops)} multiply-accumulates" if layer.analog else READ
        return (Cell(what, kind="quiet", columns=5 if histograms else 4),)
    row = [
        Cell(words.significant(layer.spikes_per_neuron), bar=("snn", lengths[0])),
        Cell(words.whole(layer.synops), bar=("snn", lengths[1])),
        Cell(words.fraction_percent(layer.silent), bar=("silent", 100 * layer.silent)),
        Cell(words.fraction_percent(layer.saturated), bar=("saturated", 100 * layer.saturated)),
    ]
    if histograms:
        row.insert(1, _histogram(layer))
    return tuple(row)


def _histogram(layer: LayerResult) -> Cell:
    if layer.spikes_histogram is None:
        return Cell(words.DASH)
    histogram = layer.spikes_histogram
    return Cell(words.histogram_sentence(histogram), histogram=figures.histogram_path(histogram))


def _error(layer: LayerResult, length: float) -> tuple[Cell, ...]:
    bar = None if layer.activation_error is None else ("error", length)
    return (Cell(words.error_percent(layer.activation_error), bar=bar),)


def _total(result: Result, columns: list[Column]) -> tuple[Cell, ...]:
    neurons = sum(layer.neurons for layer in result.layers)
    known = {
        "Layer": "All layers",
        "Neurons": f"{neurons:,}",
        "Spikes per neuron": words.significant(result.totals.spikes / neurons if neurons else None),
        "Synaptic operations": words.whole(result.totals.synops),
    }
    return tuple(Cell(known.get(column.title, "")) for column in columns)
