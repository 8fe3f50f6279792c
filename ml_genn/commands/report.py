"""`ml-genn report`: the HTML page of a result, made again."""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import UsageError


@click.command("report", short_help="Make the HTML page of a result again.")
@click.argument("result", type=click.Path(path_type=Path), metavar="RESULT.json")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="REPORT.html", help="[default: RESULT.html beside RESULT.json]"
)
def command(result: Path, out: Path | None) -> None:
    """Write the HTML page of RESULT.json and print its path."""
    target = result.with_suffix(".html") if out is None else out
    if target.resolve() == result.resolve():
        raise UsageError(f"the page would replace the result {result}; name another file with --out")

    from ..reports import read_json, write_html

    write_html(read_json(result), target)
    click.echo(str(target))
