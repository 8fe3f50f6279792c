"""`ml-genn train`: a ready training experiment, into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError
from .options import parse_settings, threads_and_engine
from .outputs import command_line

if TYPE_CHECKING:
    from ..experiments import Experiment, Training


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
@click.option(
    "--resume", is_flag=True, help="Go on with the run that DIR holds, with its parameters; n_epochs may be larger now."
)
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
    ml-genn train --resume --set n_epochs=30 --out digits
    ml-genn evaluate digits
    ml-genn report digits
    """
    from ..experiments import EXPERIMENTS, RUN, find_experiment

    if listed:
        _print_list(experiment)
        return
    if experiment is None and not resume:
        raise UsageError(f"which experiment? Give one of {', '.join(EXPERIMENTS)}")
    chosen = None if experiment is None else find_experiment(experiment)
    if out is None:
        raise UsageError("training takes a while; give --out DIR, where its results are kept")
    training = _training(chosen, settings, out if resume else None, {"engine": engine, "num_threads": threads})

    from .outputs import with_compiler
    from .talk import Talk

    talk = Talk(quiet=quiet)
    talk.say(f"{training.experiment.name}: reading the data")
    try:
        with talk.warnings_shown():
            result = training.run(
                out,
                command=_whole_command(training, out, engine) if resume else command_line(),
                callbacks=[] if quiet else [_progress()],
                resume=resume,
                complete=with_compiler,
            )
    except KeyboardInterrupt:
        if (out / RUN).exists():
            resumed = command_line(["train", "--resume", "--out", str(out)])
            click.echo(f"`{resumed}` goes on where the last epoch ended", err=True)
        raise
    click.echo(accuracy_line(training.experiment.name, result.test))
    epochs = "1 epoch" if result.epochs == 1 else f"{result.epochs} epochs"
    click.echo(f"{epochs} in {result.seconds:,.1f} s, CPU time {result.cpu_seconds:,.1f} s; see {out}")


def accuracy_line(name: str, test: Any) -> str:
    """The accuracy of a test with its interval, as one line."""
    low, high = test.confidence_95
    return (
        f"{name}: {100 * test.accuracy:.2f} % of {test.examples:,} test examples "
        f"(95 % interval {100 * low:.2f} to {100 * high:.2f} %)"
    )


def _training(
    chosen: Experiment | None, settings: dict[str, str], resumed: Path | None, how: dict[str, Any]
) -> Training:
    """A training with these settings, all others those of the run that is resumed, if it is of the same experiment."""
    from ..experiments import RUN, Training

    if resumed is not None and (resumed / RUN).exists():
        before = Training.of_folder(resumed, **how)
        if chosen is None or chosen.name == before.experiment.name:
            return Training.of_folder(resumed, settings, **how)
    if chosen is None:
        raise UsageError(f"{resumed} holds no run to resume")
    return Training(chosen, settings, **how)


def _whole_command(training: Training, out: Path, engine: str | None) -> str:
    """The command that trains from the beginning what is now resumed."""
    known = training.experiment.parameters
    changed = {name: value for name, value in vars(training.values).items() if value != known[name].default}
    settings = [word for name, value in changed.items() for word in ("--set", f"{name}={value}")]
    words = ["train", training.experiment.name, *settings, "--out", str(out)]
    return command_line([*words, *(() if engine is None else ("--engine", engine))])


def _progress() -> Any:
    from ..callbacks import BatchProgressBar

    return BatchProgressBar()


def _print_list(name: str | None) -> None:
    """All experiments, or the parameters of one."""
    from ..experiments import EXPERIMENTS, find_experiment

    if name is not None:
        _print_parameters(find_experiment(name))
        return
    experiments = [find_experiment(each) for each in EXPERIMENTS]
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
