"""Options that several commands share, and the kinds of values they take."""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import click

from ..errors import UsageError

Command = TypeVar("Command", bound=Callable[..., Any])


ENGINES = ("auto", "embedded", "reference", "pygenn")


def _parse_shape(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    """H,W,C as positive whole numbers."""
    if value is None:
        return None
    try:
        sizes = tuple(int(part) for part in value.split(","))
    except ValueError:
        sizes = ()
    if not sizes or min(sizes) < 1:
        raise click.BadParameter(f"{value!r} is no shape; give positive whole numbers as in 28,28,1", ctx, param)
    return sizes


def _chosen_engine(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """The option, else ML_GENN_ENGINE, else None."""
    found = value or os.environ.get("ML_GENN_ENGINE", "").strip() or None
    if found is not None and found not in ENGINES:
        raise UsageError(f"ML_GENN_ENGINE is {found!r}; set it to one of {', '.join(ENGINES)}, or give --engine")
    return found


def _parse_scale(ctx: click.Context, param: click.Parameter, value: str | None) -> Fraction | None:
    """A positive number or fraction."""
    from ..data import parse_scale
    from ..errors import DataError

    try:
        return None if value is None else parse_scale(value)
    except DataError as error:
        raise click.BadParameter(str(error), ctx, param) from error


def parse_options(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> dict[str, Any]:
    """NAME=VALUE as {name: value}; values are numbers, true, false, none, or text."""
    return {name: _value(text) for name, text in parse_settings(ctx, param, value).items()}


def parse_settings(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
    """NAME=VALUE as {name: value}, values as text."""
    settings = {}
    for text in value:
        name, equals, given_value = text.partition("=")
        if not name.isidentifier() or not equals:
            raise click.BadParameter(f"{text!r} is no option; give NAME=VALUE as in percentile=99.5", ctx, param)
        settings[name] = given_value
    return settings


def _value(text: str) -> bool | int | float | str | None:
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def several(*decorators: Callable[[Any], Any]) -> Callable[[Command], Command]:
    """One decorator that applies several, the first one first in the help."""

    def decorate(function: Command) -> Command:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def _data_option(**how: Any) -> Callable[[Command], Command]:
    return click.option(
        "--data",
        metavar="DATA",
        help="digits, FILE.npz (arrays x and y), FILE.h5 (datasets x and y), or a folder of MNIST-style IDX files "
        "(its test split; FOLDER:train for the other).",
        **how,
    )


_data_details = several(
    click.option("--examples", type=click.IntRange(min=1), metavar="N", help="Use the first N examples only."),
    click.option(
        "--scale",
        callback=_parse_scale,
        metavar="S",
        help="Multiply the data by S, a number or a fraction "
        "[default: 1/255 for 8-bit IDX images, 1/16 for digits, else 1].",
    ),
    click.option("--shape", callback=_parse_shape, metavar="H,W,C", help="Read every example in this shape."),
)

data_options = several(_data_option(required=True), _data_details)
optional_data_options = several(_data_option(), _data_details)

calibration_options = several(
    click.option(
        "--norm-data",
        metavar="DATA",
        help="Choose thresholds on these data [default: the first 2,000 training examples of digits and IDX folders].",
    ),
    click.option(
        "--signed/--unsigned",
        default=None,
        help="Whether inputs may be negative [default: what the calibration data show].",
    ),
)

threads_and_engine = several(
    click.option(
        "--engine",
        type=click.Choice(ENGINES),
        callback=_chosen_engine,
        help="What runs the network [default: ML_GENN_ENGINE, else auto].",
    ),
    click.option(
        "--threads", type=click.IntRange(min=1), metavar="N", help="Threads [default: ML_GENN_THREADS, else all cores]."
    ),
)

run_options = several(
    click.option("--batch-size", type=click.IntRange(min=1), metavar="B", help="Examples simulated together."),
    threads_and_engine,
)

_FILE = click.Path(path_type=Path)

result_options = several(
    click.option("--report", type=_FILE, metavar="REPORT.html", help="Write the report as one HTML page."),
    click.option("--json", "json_file", type=_FILE, metavar="RESULT.json", help="Write the result for programs."),
    click.option("--quiet", "-q", is_flag=True, help="No progress and no remarks on stderr."),
)


def given(**options: Any) -> dict[str, Any]:
    """Those options that the user gave, so that the library's own defaults hold for the others."""
    return {name: value for name, value in options.items() if value is not None}
