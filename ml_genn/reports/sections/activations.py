"""How the values that the spikes stand for compare with the ANN's, neuron by neuron."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from .. import figures, sentences, words
from ..page import Section
from ..result import Density, LayerResult, Result


@final
@dataclass(frozen=True)
class Plot:
    """The plot of one layer, the ends of its axes, and what it shows in words."""

    name: str
    figure: figures.DensityFigure
    low: str
    high: str
    details: tuple[str, ...]
    description: str


def activations(result: Result) -> Section | None:
    """A plot for each layer; None where there is no ANN to compare with."""
    plots = tuple(_plot(layer, layer.activations) for layer in result.layers if layer.activations is not None)
    if not plots:
        return None
    return Section(
        name="activations",
        title="Activations",
        view={
            "plots": plots,
            "levels": range(1, figures.LEVELS + 1),
            "missing": sentences.missing_plots(len(plots), len(result.layers)),
        },
    )


def _plot(layer: LayerResult, density: Density) -> Plot:
    return Plot(
        name=layer.name,
        figure=figures.density_figure(density),
        low=words.significant(density.low),
        high=words.significant(density.high),
        details=sentences.comparison_lines(layer),
        description=sentences.density_sentence(layer.name, density),
    )
