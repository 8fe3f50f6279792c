"""A training as one HTML page, made from its log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import final

from . import figures, training_words, words
from .page import Page, Section, render_page
from .properties import Property
from .result import Environment
from .sections.again import machine_properties
from .tables import Column, Table, cells
from .training_log import Epoch, TrainingLog

KINDS = ("snn", "third", "fourth", "fifth", "sixth", "ann")
"""Colours of lines, in the order in which they appear."""

ROWS = 24
"""Epochs in the table; of longer trainings as many, evenly spread, and the last."""


@final
@dataclass(frozen=True, kw_only=True)
class _Part:
    """A figure of a section."""

    figure: figures.LineFigure
    legend: tuple[tuple[str, str], ...]
    sentence: str
    caption: str


def training_page(
    log: TrainingLog,
    title: str = "Training",
    *,
    facts: Sequence[str] = (),
    command: str = "",
    environment: Environment | None = None,
    parameters: Mapping[str, str] | None = None,
) -> str:
    """The page as text. Every text is escaped; there is no script in it, and nothing is loaded from elsewhere.

    Args:
        log: the training, as `read_log` reads it.
        title: what was trained.
        facts: a few words each, shown below the title, such as the accuracy of a test.
        command: how to see the same again.
        environment: where it ran.
        parameters: settings by name.
    """
    sections = (
        _losses(log),
        *_metrics(log),
        _rates(log),
        _obstacles(log),
        _times(log),
        _epochs(log),
        _again(command, environment, parameters or {}),
    )
    packages = {} if environment is None else environment.packages
    return render_page(
        Page(
            title=f"{title}: training",
            kind="training report",
            heading=title,
            facts=(
                *facts,
                words.plural(len(log.epochs), "epoch"),
                f"batches of {words.plural(log.batch_size, 'example')}",
                words.plural(log.timesteps, "timestep"),
            ),
            date=None if environment is None else environment.date,
            lede=training_words.summary(log),
            warnings=training_words.warnings(log),
            sections=tuple(section for section in sections if section is not None),
            footer=f"Written by mlGeNN {packages.get('ml_genn', '')}".strip()
            + ". The same for programs: the run's log.",
        )
    )


Lines = dict[str, list[tuple[float, float]]]
"""Points (epoch, number) by name."""


def _lines(log: TrainingLog, find: Callable[[Epoch], Mapping[str, float]]) -> Lines:
    """The numbers of each name over the epochs that have them."""
    found: Lines = {}
    for epoch in log.epochs:
        for name, number in find(epoch).items():
            found.setdefault(name, []).append((epoch.epoch, number))
    return found


def _part(lines: Lines, caption: str, *, unit: str = "", most: float | None = None) -> _Part:
    kinds = [KINDS[place % len(KINDS)] for place in range(len(lines))]
    series = [
        figures.Series(kind=kind, name=name, values=tuple(points))
        for kind, (name, points) in zip(kinds, lines.items(), strict=True)
    ]
    last = ", ".join(f"{name} {words.significant(points[-1][1])}{unit}" for name, points in lines.items())
    return _Part(
        figure=figures.course_figure(series, unit=unit, most=most),
        legend=tuple((one.kind, one.name) for one in series),
        sentence=f"{caption} In the last epoch: {last}.",
        caption=caption,
    )


def _section(name: str, title: str, parts: Sequence[_Part]) -> Section | None:
    return Section(name=name, title=title, view={"parts": tuple(parts)}, template="course") if parts else None


def _beside(training: Lines, validation: Lines) -> Lines:
    """Training and validation of each name, the name left out where there is only one."""
    alone = len(training.keys() | validation.keys()) == 1
    return {
        what if alone else f"{name}, {what}": points
        for name in dict.fromkeys([*training, *validation])
        for what, lines in (("training", training), ("validation", validation))
        if (points := lines.get(name))
    }


def _losses(log: TrainingLog) -> Section | None:
    lines = _beside(_lines(log, lambda epoch: epoch.loss), _lines(log, lambda epoch: epoch.validation_loss))
    caption = "Mean loss of the examples by epoch; in training each batch meets the weights before it is learnt."
    return _section("loss", "Loss", [_part(lines, caption)] if lines else [])


def _metrics(log: TrainingLog) -> list[Section | None]:
    training, validation = (
        _lines(log, lambda epoch: epoch.metrics),
        _lines(log, lambda epoch: epoch.validation_metrics),
    )
    found = []
    for place, name in enumerate(dict.fromkeys([*training, *validation])):
        share, title = training_words.is_share(name), training_words.title(name)
        lines = _beside(
            *({name: _scaled(part[name], share)} if name in part else {} for part in (training, validation))
        )
        part = _part(lines, f"{title} by epoch.", unit="\u00a0%" if share else "", most=100.0 if share else None)
        found.append(_section(f"metric-{place}", title, [part]))
    return found


def _scaled(points: list[tuple[float, float]], share: bool) -> list[tuple[float, float]]:
    return [(epoch, 100.0 * number) for epoch, number in points] if share else points


def _rates(log: TrainingLog) -> Section | None:
    lines = _lines(log, lambda epoch: {name: item.rate for name, item in epoch.populations.items()})
    caption = "Mean number of spikes of a neuron in a trial, by epoch and population."
    return _section("rates", "Spikes", [_part(lines, caption)] if lines else [])


def _obstacles(log: TrainingLog) -> Section | None:
    """What keeps gradients from neurons: silence, clamped slopes, lost spikes of labels."""
    silent = _lines(log, lambda epoch: {name: pair[0] for name, pair in training_words.shares(epoch).items()})
    clamped = _lines(log, lambda epoch: {name: pair[1] for name, pair in training_words.shares(epoch).items()})
    lost = _lines(
        log,
        lambda epoch: {name: 100.0 * count / max(epoch.examples, 1) for name, count in epoch.lost_label_spikes.items()},
    )
    captions = (
        "Silent neurons: the share that sent no spike in the whole epoch. Gradients neither reach nor leave them.",
        "Clamped gradients: the share of spikes whose voltage rose less steeply than min_slope.",
        "Lost label spikes: the share of examples in which the neuron of the label did not spike.",
    )
    parts = [
        _part(lines, caption, unit="\u00a0%", most=100.0)
        for lines, caption in zip((silent, clamped, lost), captions, strict=True)
        if lines
    ]
    return _section("obstacles", "What keeps gradients away", parts)


def _times(log: TrainingLog) -> Section | None:
    whole: Lines = {"all": [(epoch.epoch, epoch.seconds) for epoch in log.epochs]}
    parts = _lines(log, lambda epoch: epoch.parts)
    wall, cpu = (sum(getattr(epoch, name) for epoch in log.epochs) for name in ("seconds", "cpu_seconds"))
    caption = (
        f"Wall time of the training of each epoch, and of its parts: forward is simulation. Together "
        f"{words.seconds(wall)}, and {words.seconds(cpu)} of processor time."
    )
    return _section("times", "Time", [_part({**whole, **parts}, caption, unit="\u00a0s")])


def _epochs(log: TrainingLog) -> Section:
    """The numbers behind the figures."""
    step = -(-len(log.epochs) // ROWS)
    shown = [*log.epochs[:-1:step], log.epochs[-1]]
    found = [*_columns(shown), ("Silent", _silent), ("Time", lambda epoch: words.seconds(epoch.seconds))]
    return Section(
        name="epochs",
        title="Epochs",
        view={
            "table": Table(
                caption="What epochs came to; silent neurons are those of all populations",
                columns=(Column("Epoch"), *(Column(title) for title, _ in found)),
                rows=tuple(cells(str(epoch.epoch), *(text(epoch) for _, text in found)) for epoch in shown),
            ),
            "note": "" if step == 1 else f"One epoch in {step}, and the last.",
        },
    )


def _columns(epochs: Sequence[Epoch]) -> Iterator[tuple[str, Callable[[Epoch], str]]]:
    """Titles and texts of losses and metrics, of validation where there is any."""
    yield "Loss", lambda epoch: _mean(epoch.loss)
    if any(epoch.validation_loss for epoch in epochs):
        yield "Validation loss", lambda epoch: _mean(epoch.validation_loss)
    for kind, field in (("", "metrics"), ("Validation ", "validation_metrics")):
        for name in dict.fromkeys(name for epoch in epochs for name in getattr(epoch, field)):
            title = training_words.title(name)
            yield f"{kind}{title[0].lower()}{title[1:]}" if kind else title, partial(_result, field, name)


def _result(field: str, name: str, epoch: Epoch) -> str:
    found = getattr(epoch, field)
    return training_words.value(name, found[name]) if name in found else words.DASH


def _silent(epoch: Epoch) -> str:
    return str(sum(population.silent for population in epoch.populations.values()))


def _mean(losses: Mapping[str, float]) -> str:
    return words.significant(sum(losses.values()), 4) if losses else words.DASH


def _again(command: str, environment: Environment | None, parameters: Mapping[str, str]) -> Section | None:
    """Where the numbers come from."""
    if not command:
        return None
    found = [Property("Parameters", tuple(f"{name} = {value}" for name, value in parameters.items()))]
    if environment is not None:
        found += machine_properties(environment)
    view = {"command": command, "properties": tuple(one for one in found if one.lines)}
    return Section(name="again", title="To see these numbers again", view=view)
