"""`ml-genn compare`: all methods on one model and one data set, in one table and one page."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import UsageError
from . import convert
from .options import calibration_options, data_options, given, parse_options, run_options
from .outputs import Outputs, command_line, data_info, file_sha256, with_compiler

if TYPE_CHECKING:
    from ..reports import MethodComparison
    from .talk import Talk

_FILE = click.Path(path_type=Path)


def numbers(largest: int | None = None) -> Callable[..., Any]:
    """Reads several whole numbers from 1 on, as in 2,4,8."""

    def parse(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, ...] | None:
        if value is None:
            return None
        found = tuple(int(part) if part.strip().isdecimal() else 0 for part in value.split(","))
        if min(found) < 1 or (largest is not None and max(found) > largest):
            limits = "whole numbers from 1 on" if largest is None else f"whole numbers from 1 to {largest}"
            raise click.BadParameter(f"{value!r} is no list of {limits}; give them as in 2,4,8", ctx, param)
        return found

    return parse


def _method_names(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...]:
    """Names of methods, separated by commas."""
    found = convert.METHODS if value is None else tuple(name.strip() for name in value.split(","))
    unknown = [name for name in found if name not in convert.METHODS]
    if unknown:
        known = ", ".join(convert.METHODS)
        raise click.BadParameter(f"{unknown[0]!r} is no method; choose from {known}", ctx, param)
    return found


@click.command("compare", short_help="Compare all methods on one model.")
@click.argument("model", type=_FILE)
@data_options
@click.option("--methods", callback=_method_names, metavar="A,B,...", help="Methods to compare [default: all].")
@click.option(
    "--k",
    "ks",
    callback=numbers(convert.MAX_K),
    metavar="K,K,...",
    help="few-spike: bits of a code to try [default: 2,3,4,6,8].",
)
@click.option(
    "--timesteps",
    callback=numbers(),
    metavar="T,T,...",
    help="Rate coding: timesteps to try [default: 4,8,16,32 for rate, else 128].",
)
@click.option(
    "--option",
    "method_options",
    multiple=True,
    callback=parse_options,
    metavar="NAME=VALUE",
    help="Another option, for those of the methods that have it, as in per_channel=true; may be given several times.",
)
@calibration_options
@click.option("--seed", type=click.IntRange(min=0), metavar="S", help="Seed of random numbers [default: 0].")
@run_options
@click.option("--report", type=_FILE, metavar="REPORT.html", help="Write the comparison as one HTML page.")
@click.option("--json", "json_file", type=_FILE, metavar="COMPARISON.json", help="Write the comparison for programs.")
@click.option("--csv", "table", type=_FILE, metavar="TABLE.csv", help="Write the comparison as a table.")
@click.option("--quiet", "-q", is_flag=True, help="No progress and no remarks on stderr.")
def command(**options: Any) -> None:
    """Convert MODEL (.keras or .h5) by several methods and settings, evaluate each on DATA and compare.

    \b
    ml-genn compare model.keras --data digits --report comparison.html
    ml-genn compare model.h5 --data mnist/ --methods few-spike,rate --k 2,3,4 --timesteps 8,32 --csv table.csv
    """
    _check_settings(options)
    outputs = Outputs(report=options["report"], json_file=options["json_file"], table=options["table"])
    outputs.check()

    from rich.console import Console

    from ..reports.methods_terminal import print_comparison
    from .talk import Talk

    with Talk(quiet=options["quiet"]) as talk, talk.warnings_shown() as warnings:
        comparison = _run(options, talk)
        comparison = dataclasses.replace(comparison, warnings=(*comparison.warnings, *warnings))
        _write(comparison, outputs, talk)
    print_comparison(comparison, Console(highlight=False))


def _check_settings(options: dict[str, Any]) -> None:
    """Settings for which no method was chosen are a mistake."""
    names = options["methods"]
    if options["ks"] is not None and "few-spike" not in names:
        raise UsageError(f"--k goes with the method few-spike, which is not in --methods {','.join(names)}")
    if options["timesteps"] is not None and set(names) == {"few-spike"}:
        raise UsageError("--timesteps goes with rate coding, and --methods names few-spike alone, which takes --k")


def _run(options: dict[str, Any], talk: Talk) -> MethodComparison:
    names = options["methods"]
    needing = next((name for name in names if name in convert.NEED_CALIBRATION), names[0])
    inputs = convert.read_inputs({**options, "method": needing}, talk)
    import ml_genn_tf

    comparison: MethodComparison = ml_genn_tf.compare(
        inputs.model,
        inputs.data.x,
        inputs.data.y,
        calibration=None if inputs.calibration is None else inputs.calibration.dataset.x,
        methods=names,
        progress=talk.progress,
        **given(**{name: options[name] for name in ("ks", "timesteps", "signed", "seed", "batch_size")}),
        **given(engine=options["engine"], threads=options["threads"], options=options["method_options"] or None),
    )
    path = options["model"]
    return dataclasses.replace(
        comparison,
        model=dataclasses.replace(comparison.model, name=path.stem, source=str(path), sha256=file_sha256(path)),
        data=data_info(inputs.data),
        calibration=convert.calibration_info(inputs),
        environment=with_compiler(comparison.environment),
        command=command_line(),
        warnings=(*comparison.warnings, *convert.data_warnings(inputs)),
    )


def _write(comparison: MethodComparison, outputs: Outputs, talk: Talk) -> None:
    from ..reports.methods_file import write_comparison_csv, write_comparison_json
    from ..reports.methods_page import write_comparison_html

    writers = (
        (write_comparison_html, outputs.report),
        (write_comparison_json, outputs.json_file),
        (write_comparison_csv, outputs.table),
    )
    for write, path in writers:
        if path is not None:
            write(comparison, path)
            talk.say(f"wrote {path}")
