"""What one example costs: spikes, operations, an estimate of energy, time on this machine."""

from __future__ import annotations

from collections.abc import Iterator

from .. import figures, sentences, words
from ..facts import Fact
from ..page import Section
from ..result import LayerResult, Result, Totals
from ..tables import Cell, Column, Table, cells


def cost(result: Result) -> Section:
    """The sums, the operations of each layer beside the ANN's, and the estimate."""
    return Section(
        name="cost",
        title="Cost per example",
        view={
            "facts": _facts(result),
            "operations": _operations(result),
            "energy": _energy(result),
            "energy_note": sentences.energy_note(result),
            "timing": () if result.timing is None else figures.timing_shares(result.timing),
            "times": () if result.timing is None else _times(result),
        },
    )


def _facts(result: Result) -> tuple[Fact, ...]:
    totals, energy = result.totals, result.totals.energy_estimate
    neurons = sum(layer.neurons for layer in result.layers)
    per_neuron = words.significant(totals.spikes / neurons if neurons else None)
    facts = [
        Fact("Spikes", words.compact(totals.spikes), (f"{per_neuron} per neuron",)),
        Fact("Synaptic operations", words.compact(totals.synops), tuple(_beside_synops(totals))),
        Fact("Energy, estimate", words.energy(energy.snn_nanojoule), (f"ANN: {words.energy(energy.ann_nanojoule)}",)),
    ]
    if result.timing is not None:
        facts.append(
            Fact(
                "Time on this machine",
                f"{result.timing.ms_per_example:.3g}\u00a0ms",
                ("input and simulation",),
            )
        )
    return tuple(facts)


def _beside_synops(totals: Totals) -> Iterator[str]:
    if totals.multiply_accumulates > 0:
        yield f"{words.compact(totals.multiply_accumulates)} of them multiply an analog input"
    yield f"ANN: {words.compact(totals.ann_macs)} multiply-accumulates"


def _operations(result: Result) -> Table | None:
    """None for results that do not know where synaptic operations arrive."""
    layers = result.layers
    if any(layer.arriving_synops is None for layer in layers):
        return None
    compared = all(layer.ann_macs is not None for layer in layers)
    largest = max((max(layer.arriving_synops or 0, layer.ann_macs or 0) for layer in layers), default=0.0)
    columns = [Column("Layer", words=True), Column("Spikes sent"), Column("Synaptic operations arriving")]
    if compared:
        columns += [Column("ANN multiply-accumulates"), Column("SNN / ANN")]
    total = (
        Cell("All layers"),
        Cell(words.whole(result.totals.spikes)),
        Cell(words.whole(result.totals.synops)),
        *cells(words.whole(result.totals.ann_macs), words.ratio(result.totals.synops, result.totals.ann_macs)),
    )
    return Table(
        caption="Operations with which each layer is computed, means per example; bars share one scale",
        columns=tuple(columns),
        rows=tuple(_operations_row(layer, largest, compared) for layer in layers),
        total=total[: len(columns)],
    )


def _operations_row(layer: LayerResult, largest: float, compared: bool) -> tuple[Cell, ...]:
    snn, ann = layer.arriving_synops, layer.ann_macs
    bars = figures.relative((snn, ann), largest)
    spikes = words.whole(layer.spikes_per_neuron * layer.neurons) if layer.spiking else words.DASH
    row = [Cell(layer.name), Cell(spikes), Cell(words.count(snn), bar=("snn", bars[0]) if snn else None)]
    if compared:
        row += [Cell(words.count(ann), bar=("ann", bars[1]) if ann else None), Cell(words.ratio(snn, ann))]
    return tuple(row)


def _energy(result: Result) -> Table:
    totals, energy = result.totals, result.totals.energy_estimate
    multiply, add = energy.multiply_accumulate_picojoule, energy.accumulate_picojoule
    analog = totals.multiply_accumulates
    added = totals.synops - analog
    rows = [("ANN", "multiply-accumulates", totals.ann_macs, multiply)]
    rows += [("SNN, analog input", "multiply-accumulates", analog, multiply)] if analog > 0 else []
    rows += [("SNN, spikes" if analog > 0 else "SNN", "synaptic operations", added, add)]
    estimates = [1e-3 * count * picojoule for _, _, count, picojoule in rows]
    lengths = figures.relative(estimates)
    return Table(
        caption="Energy per example: an estimate from counted operations, not a measurement",
        columns=(Column("Network", words=True), Column("Operations"), Column("Each"), Column("Estimate")),
        rows=tuple(
            (
                Cell(name),
                Cell(f"{words.compact(count)} {what}"),
                Cell(f"{picojoule:g}\u00a0pJ"),
                Cell(words.energy(nanojoule), bar=(name[:3].lower(), length)),
            )
            for (name, what, count, picojoule), nanojoule, length in zip(rows, estimates, lengths, strict=True)
        ),
    )


def _times(result: Result) -> tuple[tuple[str, str, str], ...]:
    shares = figures.timing_shares(result.timing) if result.timing else ()
    return tuple((share.kind, words.seconds(share.value), f"{round(share.width)}\u00a0%") for share in shares)
