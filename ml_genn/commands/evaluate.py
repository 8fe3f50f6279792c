"""`ml-genn evaluate`: a saved spiking network on data, without Keras."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import MlGennError, ModelFileError, UsageError
from .options import given, optional_data_options, result_options, run_options
from .outputs import Outputs, command_line, data_info, file_sha256, with_compiler

if TYPE_CHECKING:
    from ..data import Dataset
    from ..reports import Result
    from .talk import Talk


@click.command("evaluate", short_help="Run a saved spiking network on data.")
@click.argument("network", type=click.Path(path_type=Path), metavar="SNN.h5|DIR")
@optional_data_options
@run_options
@result_options
def command(**options: Any) -> None:
    """Run SNN.h5, which `convert --out` wrote, on DATA; Keras is not needed.

    Of DIR, which `train --out` wrote, the test examples of its experiment are run with the trained weights; DATA is
    where its data are now, if they were moved.

    \b
    ml-genn evaluate snn.h5 --data digits
    ml-genn evaluate trained
    """
    if options["network"].is_dir():
        _evaluate_training(options)
        return
    if options["data"] is None:
        if not options["network"].exists():
            raise UsageError(f"there is nothing at {options['network']}; give a saved network or a folder of `train`")
        raise UsageError("a saved network needs data to run on; give --data")
    outputs = Outputs(report=options["report"], json_file=options["json_file"])
    outputs.check()

    from rich.console import Console

    from ..reports.terminal import print_result
    from .talk import Talk

    with Talk(quiet=options["quiet"]) as talk, talk.warnings_shown() as warnings:
        try:
            result = _run(options, talk)
        except ModelFileError as error:
            raise MlGennError(str(error)) from error  # exit code 3 is about models that cannot be converted
        result = dataclasses.replace(result, warnings=(*result.warnings, *warnings))
        outputs.write(result, talk)
    print_result(result, Console(highlight=False))


def _evaluate_training(options: dict[str, Any]) -> None:
    """Test what `train` left in a folder."""
    unused = ("examples", "scale", "shape", "batch_size", "report", "json_file")
    found = [name for name in unused if options[name] is not None]
    if found:
        raise UsageError(
            f"{options['network']} is the folder of an experiment, which has its own examples and batches; leave out "
            f"--{found[0].replace('_file', '').replace('_', '-')}"
        )

    from ..experiments import Training, has_ended
    from .talk import Talk
    from .train import accuracy_line

    folder = options["network"]
    moved = given(data=options["data"])
    training = Training.of_folder(folder, moved, engine=options["engine"], num_threads=options["threads"])
    talk = Talk(quiet=options["quiet"])
    talk.say(f"{training.experiment.name}: reading the data")
    with talk.warnings_shown():
        click.echo(accuracy_line(training.experiment.name, training.evaluate(folder)))
    if not has_ended(folder):
        click.echo(f"the run in {folder} has not ended; these are the weights after its last whole epoch", err=True)


def _run(options: dict[str, Any], talk: Talk) -> Result:
    from ..evaluation import evaluate_file

    data = _read_data(options)
    run = given(batch_size=options["batch_size"], engine=options["engine"], num_threads=options["threads"])
    result = evaluate_file(options["network"], data.x, data.y, progress=talk.progress, **run)
    path = options["network"]
    return dataclasses.replace(
        result,
        model=dataclasses.replace(result.model, source=str(path), sha256=file_sha256(path)),
        data=data_info(data),
        environment=with_compiler(result.environment),
        command=command_line(),
    )


def _read_data(options: dict[str, Any]) -> Dataset:
    """The data in the shape that the network takes."""
    from ..data import load_data, resolve
    from ..runtime.output_trace import classes_told_apart
    from ..serialisers import load_network

    resolve(options["data"])
    network = load_network(options["network"])
    single = len(network.inputs) == len(network.outputs) == 1
    data = load_data(
        options["data"],
        scale=options["scale"],
        shape=options["shape"],
        expected_shape=network.inputs[0].known_shape if single else None,
        num_classes=classes_told_apart(network.outputs[0].known_shape[-1]) if single else None,
    )
    return data if options["examples"] is None else data.first(options["examples"])
