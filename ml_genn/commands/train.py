"""`ml-genn train`: a ready training experiment, into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError
from .options import parse_settings, threads_and_engine

if TYPE_CHECKING:
    from ..experiments import Experiment


@click.command("train", short_help="Train a spiking network by one of the experiments.")
@click.argument("experiment", required=False)
@click.option(
    "--set",
    "settings",
    multiple=True,
    callback=parse_settings,
    metavar="NAME=VALUE",
    help="Give a parameter another value than its default.",
)
@click.option("--out", type=click.Path(path_type=Path), metavar="DIR", help="The folder for all that comes of it.")
@click.option("--resume", is_flag=True, help="Go on with the run that DIR holds; n_epochs may be larger now.")
@click.option("--list", "listed", is_flag=True, help="Show the experiments, or the parameters of EXPERIMENT.")
@threads_and_engine
@click.option("--quiet", "-q", is_flag=True, help="No progress on stderr.")
def command(
    experiment: str | None,
    settings: dict[str, str],
    out: Path | None,
    resume: bool,
    listed: bool,
    engine: str | None,
    threads: int | None,
    quiet: bool,
) -> None:
    """Train EXPERIMENT, test it, and write parameters, log, weights, result and an HTML report into DIR.

    \b
    ml-genn train --list
    ml-genn train latency-digits --set n_epochs=20 --out digits
    ml-genn evaluate digits
    ml-genn report digits
    """
    from ..experiments import EXPERIMENTS, RUN, Training, find_experiment

    if experiment is None:
        if not listed:
            raise UsageError(f"which experiment? Give one of {', '.join(EXPERIMENTS)}")
        _print_experiments([find_experiment(name) for name in EXPERIMENTS])
        return
    chosen = find_experiment(experiment)
    if listed:
        _print_parameters(chosen)
        return
    if out is None:
        raise UsageError("training takes a while; give --out DIR, where its results are kept")
    training = Training(chosen, settings, engine=engine, num_threads=threads)

    from .outputs import command_line

    try:
        result = training.run(out, command=command_line(), callbacks=[] if quiet else [_progress()], resume=resume)
    except KeyboardInterrupt:
        if (out / RUN).exists():
            click.echo(f"the run in {out} goes on where its last epoch ended when you add --resume", err=True)
        raise
    click.echo(accuracy_line(chosen.name, result.test))
    epochs = "1 epoch" if result.epochs == 1 else f"{result.epochs} epochs"
    click.echo(f"{epochs} in {result.seconds:,.1f} s, CPU time {result.cpu_seconds:,.1f} s; see {out}")


def accuracy_line(name: str, test: Any) -> str:
    """The accuracy of a test with its interval, as one line."""
    low, high = test.confidence_95
    return (
        f"{name}: {100 * test.accuracy:.2f} % of {test.examples:,} test examples "
        f"(95 % interval {100 * low:.2f} to {100 * high:.2f} %)"
    )


def _progress() -> Any:
    from ..callbacks import BatchProgressBar

    return BatchProgressBar()


def _print_experiments(experiments: list[Experiment]) -> None:
    width = max(len(item.name) for item in experiments)
    for item in experiments:
        click.echo(f"{item.name:{width}}  {item.summary}")


def _print_parameters(experiment: Experiment) -> None:
    rows = [(name, str(item.default), item) for name, item in experiment.parameters.items()]
    width, longest = max(len(row[0]) for row in rows), max(len(row[1]) for row in rows)
    click.echo(f"{experiment.name}: {experiment.summary}")
    for name, default, item in rows:
        unit = f" [{item.unit}]" if item.unit else ""
        choices = f": {', '.join(map(str, item.choices))}" if item.choices else ""
        click.echo(f"  {name:{width}}  {default:{longest}}  {item.help}{unit}{choices}")
