"""The summary in a terminal."""

from __future__ import annotations

import dataclasses

from rich.console import Console

from ml_genn.reports import Result
from ml_genn.reports.terminal import print_result

from .sample import few_spike_result


def printed(result: Result, width: int = 100) -> str:
    console = Console(width=width, record=True, file=None, quiet=False, force_terminal=False)
    with console.capture() as captured:
        print_result(result, console)
    return captured.get().replace("\u00a0", " ")


def test_shows_headline_cost_and_layers() -> None:
    text = printed(few_spike_result())
    for expected in ("99.18 %", "99.17 %", "99.97 %", "9,917 of 10,000", "98.97 – 99.33 %", "1.09 ms/example"):
        assert expected in text
    for layer in few_spike_result().layers:
        assert layer.name in text
    assert "Warning: conv2d_1: 41 % of the neurons are silent" in text


def test_without_ann() -> None:
    text = printed(dataclasses.replace(few_spike_result(), ann=None, agreement=None, timing=None))
    assert "ANN" not in text.replace("original", "")
    assert "99.17 %" in text


def test_names_are_no_markup() -> None:
    few = few_spike_result()
    layer = dataclasses.replace(few.layers[0], name="[red]a[/red]")
    text = printed(dataclasses.replace(few, layers=(layer,), warnings=("[bold]b",)))
    assert "[red]a[/red]" in text
    assert "Warning: [bold]b" in text


def test_narrow_terminals() -> None:
    eighty = printed(few_spike_result(), width=80)
    for layer in few_spike_result().layers:
        assert f"{layer.name} " in eighty  # not folded
    assert "99.17 %" in printed(few_spike_result(), width=60)
