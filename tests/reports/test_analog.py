"""Pages of networks whose first layer works on analog input: its operations multiply, all others add."""

from __future__ import annotations

import dataclasses
import re

from ml_genn.reports import Result, Totals
from ml_genn.reports.html import render_html
from ml_genn.reports.words import cost_sentence

from .sample import few_spike_result


def analog() -> Result:
    result = few_spike_result()
    first, *others = result.layers
    image = dataclasses.replace(first, spikes_per_neuron=0.0, silent=0.0, spikes_histogram=None, analog=True)
    layers = (image, *others)
    return dataclasses.replace(result, layers=layers, totals=Totals.of(layers, ann_macs=result.totals.ann_macs))


def test_the_page_tells_additions_from_multiplications() -> None:
    result = analog()
    text = re.sub(r"<[^>]+>|\s+", " ", render_html(result))
    assert "sends its values, no spikes" in text
    assert "of them multiply an analog input" in text
    for row in ("SNN, analog input", "SNN, spikes"):
        assert row in text
    assert "of them multiply-accumulates of its analog input" in cost_sentence(result)
    assert "analog" not in cost_sentence(few_spike_result())
