"""`ml-genn convert`: from a Keras model to a spiking network with a report."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import click

from ..errors import UsageError
from .keras_quietly import import_keras
from .options import calibration_options, data_options, given, parse_options, result_options, run_options
from .outputs import Outputs, command_line, data_info, file_sha256, with_compiler

if TYPE_CHECKING:
    from ..data import CalibrationData, Dataset
    from ..reports import Calibration, Result
    from .talk import Talk

METHODS = ("few-spike", "rate", "data-norm", "spike-norm", "simple")
NEED_CALIBRATION = ("few-spike", "rate", "data-norm", "spike-norm")
MAX_K = 24
DEFAULT_K = 10
DEFAULT_TIMESTEPS = 128
DEFAULT_RATE_TIMESTEPS = 32
DEFAULT_TOLERANCE = 0.5
PREFERENCES = ("synops", "steps")


@click.command("convert", short_help="Turn a Keras model into a spiking network.")
@click.argument("model", type=click.Path(path_type=Path))
@data_options
@click.option("--method", type=click.Choice(METHODS), default="few-spike", show_default=True, help="How to convert.")
@click.option(
    "--k", type=click.IntRange(1, MAX_K), metavar="K", help=f"few-spike: bits of a code [default: {DEFAULT_K}]."
)
@click.option(
    "--timesteps",
    type=click.IntRange(min=1),
    metavar="T",
    help=f"Rate coding: timesteps of an example [default: {DEFAULT_RATE_TIMESTEPS} for rate, else "
    f"{DEFAULT_TIMESTEPS}].",
)
@click.option(
    "--option",
    "method_options",
    multiple=True,
    callback=parse_options,
    metavar="NAME=VALUE",
    help="Another option of the method by its name in Python, as in negative_spikes=false; may be given several times.",
)
@click.option(
    "--auto",
    is_flag=True,
    help="Choose method and setting on the calibration data: the cheapest network inside the tolerance.",
)
@click.option(
    "--tolerance",
    type=click.FloatRange(0, 100),
    metavar="POINTS",
    help=f"--auto: points of accuracy that may be lost [default: {DEFAULT_TOLERANCE}].",
)
@click.option(
    "--prefer",
    type=click.Choice(PREFERENCES),
    help=f"--auto: what shall be least, synaptic operations or timesteps [default: {PREFERENCES[0]}].",
)
@calibration_options
@click.option(
    "--early-exit",
    type=click.FloatRange(0, 1),
    metavar="TOLERANCE",
    help="Rate coding: report how early answers can be taken if so large a fraction of them may change, as in 0.001.",
)
@click.option("--seed", type=click.IntRange(min=0), metavar="S", help="Seed of random numbers [default: 0].")
@run_options
@click.option("--out", type=click.Path(path_type=Path), metavar="SNN.h5", help="Save the spiking network.")
@result_options
def command(**options: Any) -> None:
    """Turn MODEL (.keras or .h5) into a spiking network, evaluate both on DATA and report.

    \b
    ml-genn convert model.keras --data digits --k 8 --report report.html
    ml-genn convert model.h5 --data mnist/ --method rate --timesteps 16 --json result.json
    ml-genn convert model.keras --data digits --auto --tolerance 0.5 --report report.html
    """
    check_auto(options, click.get_current_context())
    chosen = check_method_options(options["method"], options["k"], options["timesteps"])
    method_options = {**options.pop("method_options"), **chosen}
    outputs = Outputs(report=options["report"], json_file=options["json_file"], network=options["out"])
    outputs.check()

    from rich.console import Console

    from ..reports.terminal import print_result
    from .talk import Talk

    with Talk(quiet=options["quiet"]) as talk, talk.warnings_shown() as warnings:
        result = _run(options, method_options, outputs, talk)
        result = dataclasses.replace(result, warnings=(*result.warnings, *warnings))
        outputs.write(result, talk)
    print_result(result, Console(highlight=False))


def check_auto(options: Mapping[str, Any], context: click.Context) -> None:
    """Options of a chosen method and options of the search for one exclude each other.

    Raises:
        UsageError: --auto with one of the former, or one of the latter without --auto.
    """
    chosen_by_hand = ("method", "k", "timesteps", "method_options", "early_exit")
    for name in chosen_by_hand if options["auto"] else ("tolerance", "prefer"):
        if context.get_parameter_source(name) is click.core.ParameterSource.DEFAULT:
            continue
        option = "--option" if name == "method_options" else f"--{name.replace('_', '-')}"
        if options["auto"]:
            raise UsageError(f"--auto chooses method and settings itself; leave out {option}")
        raise UsageError(f"{option} goes with --auto, which chooses method and settings; add it")


def check_method_options(method: str, k: int | None, timesteps: int | None) -> dict[str, Any]:
    """The option that goes with the method, with its default.

    Raises:
        UsageError: an option of the other kind of coding.
    """
    if method == "few-spike":
        if timesteps is not None:
            raise UsageError("--timesteps goes with rate coding, --method few-spike takes --k (bits of a code)")
        return {"k": DEFAULT_K if k is None else k}
    if k is not None:
        raise UsageError(f"--k goes with --method few-spike, --method {method} takes --timesteps")
    default = DEFAULT_RATE_TIMESTEPS if method == "rate" else DEFAULT_TIMESTEPS
    return {"timesteps": default if timesteps is None else timesteps}


@final
@dataclass(frozen=True)
class Inputs:
    """Everything that a conversion reads."""

    model: Any
    data: Dataset
    calibration: CalibrationData | None


def _run(options: dict[str, Any], method_options: dict[str, Any], outputs: Outputs, talk: Talk) -> Result:
    inputs = read_inputs(options, talk)
    conversion = chosen(options, inputs, talk) if options["auto"] else converted(options, method_options, inputs)
    result = conversion.evaluate(inputs.data.x, inputs.data.y, progress=talk.progress)
    if options["early_exit"] is not None:
        early = conversion.early_exit(inputs.data.x, inputs.data.y, tolerance=options["early_exit"])
        result = dataclasses.replace(result, notes=(*result.notes, early.sentence()))
    result = completed(result, options["model"], inputs)
    if outputs.network is not None:
        conversion.save(outputs.network, result=result)
        talk.say(f"wrote {outputs.network}")
    return result


def converted(options: dict[str, Any], method_options: dict[str, Any], inputs: Inputs) -> Any:
    """The conversion that the options ask for."""
    import ml_genn_tf

    return ml_genn_tf.convert(
        inputs.model,
        calibration=None if inputs.calibration is None else inputs.calibration.dataset.x,
        method=options["method"],
        **method_options,
        **given(**{name: options[name] for name in ("signed", "seed", "batch_size", "engine", "threads")}),
    )


def chosen(options: dict[str, Any], inputs: Inputs, talk: Talk) -> Any:
    """The cheapest conversion inside the tolerance."""
    import ml_genn_tf

    return ml_genn_tf.auto_convert(
        inputs.model,
        calibration=None if inputs.calibration is None else inputs.calibration.dataset.x,
        progress=talk.progress,
        **given(**{name: options[name] for name in ("tolerance", "prefer", "signed", "seed", "batch_size")}),
        **given(engine=options["engine"], threads=options["threads"]),
    )


def read_inputs(options: dict[str, Any], talk: Talk) -> Inputs:
    """Model and data that the options name, checked in the order in which they are cheap to check."""
    from ..data import load_calibration, load_data, resolve

    for spec in (options["data"], options["norm_data"]):
        if spec is not None:
            resolve(spec)  # a misspelt name shows before TensorFlow has taken its seconds to load
    talk.say(f"reading {options['model']}")
    import_keras()
    import ml_genn_tf

    model = ml_genn_tf.load_model(options["model"])
    ml_genn_tf.require_supported(model)  # before what is wrong with the data, which may be meant for another model
    input_shape, classes = model_interface(model)
    reading: dict[str, Any] = {"scale": options["scale"], "shape": options["shape"], "expected_shape": input_shape}
    data = load_data(options["data"], num_classes=classes, **reading)
    if options["examples"] is not None:
        data = data.first(options["examples"])
    calibration = load_calibration(options["data"], options["norm_data"], **reading)
    if calibration is None and options["method"] in NEED_CALIBRATION:
        raise UsageError(
            f"--method {options['method']} chooses thresholds on training data, and {options['data']} does not say "
            "which examples are for training; name some with --norm-data"
        )
    return Inputs(model, data, calibration)


def model_interface(model: Any) -> tuple[tuple[int, ...] | None, int | None]:
    """Input shape and number of classes of a Keras model; None for what is not fixed or not single."""
    from ..runtime.output_trace import classes_told_apart

    shape, output = getattr(model, "input_shape", None), getattr(model, "output_shape", None)
    fixed = isinstance(shape, tuple) and all(isinstance(size, int) for size in shape[1:])
    single = isinstance(output, tuple) and isinstance(output[-1], int)
    return (shape[1:] if fixed else None), (classes_told_apart(output[-1]) if single else None)  # type: ignore[index]


def completed(result: Result, path: Path, inputs: Inputs) -> Result:
    """The result with what only the command knows: files, splits, and the command itself."""
    return dataclasses.replace(
        result,
        model=dataclasses.replace(result.model, name=path.stem, source=str(path), sha256=file_sha256(path)),
        data=data_info(inputs.data),
        calibration=calibration_info(inputs),
        environment=with_compiler(result.environment),
        command=command_line(),
        warnings=(*result.warnings, *data_warnings(inputs)),
    )


def calibration_info(inputs: Inputs) -> Calibration | None:
    """Which examples thresholds were chosen on."""
    from ..reports import Calibration

    data = inputs.calibration
    return None if data is None else Calibration(source=data.description, examples=len(data.dataset))


def data_warnings(inputs: Inputs) -> tuple[str, ...]:
    """What is doubtful about evaluation and calibration data together."""
    from ..data import range_warning

    warning = None if inputs.calibration is None else range_warning(inputs.data, inputs.calibration.dataset)
    return (warning,) if warning else ()
