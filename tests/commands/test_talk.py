"""Progress and warnings on stderr."""

from __future__ import annotations

import warnings

import pytest

from ml_genn.commands.talk import Talk


def test_a_line_per_finished_stage_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with Talk() as talk:
        for done in (0, 50, 100, 100):
            talk.progress("simulation", done, 100)
        talk.say("[bold]as it is")
    captured = capsys.readouterr()
    assert captured.err == "simulation: 100 done\n[bold]as it is\n"
    assert captured.out == ""


def test_bars_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with Talk() as talk:
        talk.progress("trained model", 10, 10)
        talk.progress("simulation", 7, 10)
    shown = capsys.readouterr().err
    assert "trained model" in shown
    assert "7/10" in shown


def test_warnings_are_shown_in_one_line_even_when_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    before = warnings.showwarning
    with Talk(quiet=True) as talk, talk.warnings_shown() as collected:
        warnings.simplefilter("always")
        warnings.warn("no compiler [here]", stacklevel=1)
        talk.say("a remark")
    assert capsys.readouterr().err == "Warning: no compiler [here]\n"
    assert collected == ["no compiler [here]"]
    assert warnings.showwarning is before
