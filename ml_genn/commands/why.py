"""`ml-genn why`: which layer makes a spiking network differ from its model, and what would help."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from . import convert
from .outputs import Outputs

if TYPE_CHECKING:
    from ..reports import Result
    from .talk import Talk

NOT_HERE = ("out", "early_exit", "auto", "tolerance", "prefer")
"""Options of `convert` that say nothing about why networks differ."""


def run(**options: Any) -> None:
    """Convert MODEL as `convert` does, and say which layer makes it differ from the model on DATA, and what would help.

    Every layer is given the spiking network's own inputs, so that its error shows apart from what it inherits; then the
    model computes on from the spiking network's values, layer after layer, to see where answers change.

    \b
    ml-genn why model.keras --data digits --k 4
    ml-genn why model.h5 --data mnist/ --method data-norm --timesteps 64 --report why.html
    """
    chosen = convert.check_method_options(options["method"], options["k"], options["timesteps"])
    method_options = {**options.pop("method_options"), **chosen}
    outputs = Outputs(report=options["report"], json_file=options["json_file"])
    outputs.check()

    from rich.console import Console

    from ..reports.diagnosis_page import write_diagnosis_html
    from ..reports.diagnosis_terminal import print_diagnosis
    from .talk import Talk

    with Talk(quiet=options["quiet"]) as talk, talk.warnings_shown() as warnings:
        result = _diagnosed(options, method_options, talk)
        result = dataclasses.replace(result, warnings=(*result.warnings, *warnings))
        outputs.write(result, talk, page=write_diagnosis_html)
    print_diagnosis(result, Console(highlight=False))


def _diagnosed(options: dict[str, Any], method_options: dict[str, Any], talk: Talk) -> Result:
    inputs = convert.read_inputs(options, talk)
    conversion = convert.converted(options, method_options, inputs)
    result: Result = conversion.evaluate(inputs.data.x, inputs.data.y, progress=talk.progress, diagnosed=None)
    return convert.completed(result, options["model"], inputs)


command = click.Command(
    "why",
    callback=run,
    params=[parameter for parameter in convert.command.params if parameter.name not in NOT_HERE],
    help=run.__doc__,
    short_help="Say which layer makes the spiking network differ.",
)
"""Takes the options of `convert`."""
