"""`ml-genn report`: the HTML page of a result, made again."""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import UsageError


@click.command("report", short_help="Make the HTML page of a result again.")
@click.argument("result", type=click.Path(path_type=Path), metavar="RESULT.json|COMPARISON.json|DIR")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="REPORT.html",
    help="[default: RESULT.html beside RESULT.json, report.html in DIR]",
)
def command(result: Path, out: Path | None) -> None:
    """Write the HTML page of RESULT.json, COMPARISON.json or the training in DIR, and print its path."""
    if result.is_dir():
        _report_training(result, out)
        return
    target = result.with_suffix(".html") if out is None else out
    if target.resolve() == result.resolve():
        raise UsageError(f"the page would replace the result {result}; name another file with --out")

    from ..reports.html import write_html
    from ..reports.json_file import is_comparison, read_comparison, read_json
    from ..reports.methods_page import write_comparison_html

    if is_comparison(result):
        write_comparison_html(read_comparison(result), target)
    else:
        write_html(read_json(result), target)
    click.echo(str(target))


def _report_training(folder: Path, out: Path | None) -> None:
    """The page of a run of `train`, also of one that is still going on."""
    from ..atomic import write_text_atomic
    from ..experiments import REPORT, run_report

    target = folder / REPORT if out is None else out
    write_text_atomic(target, run_report(folder))
    click.echo(str(target))
