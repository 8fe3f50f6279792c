"""`ml-genn check`: every problem of a model at once, without converting it."""

from __future__ import annotations

from pathlib import Path

import click

from .keras_quietly import import_keras

CANNOT_BE_CONVERTED = 3


@click.command("check", short_help="List what cannot be converted.")
@click.argument("model", type=click.Path(path_type=Path))
@click.pass_context
def command(ctx: click.Context, model: Path) -> None:
    """List everything in MODEL (.keras or .h5) that cannot be converted; exit code 3 where there is something."""
    import_keras()
    import ml_genn_tf

    problems = ml_genn_tf.check_supported(ml_genn_tf.load_model(model))
    if not problems:
        click.echo(f"{model} can be converted.")
        return
    count = "1 layer" if len(problems) == 1 else f"{len(problems)} layers"
    click.echo(f"{model} cannot be converted, {count} in the way:")
    told: set[str] = set()
    for problem in problems:
        remedy = "as above" if problem.remedy in told else problem.remedy
        told.add(problem.remedy)
        click.echo(f"  {problem.layer} ({problem.class_name}): {problem.reason}\n      {remedy}")
    ctx.exit(CANNOT_BE_CONVERTED)
